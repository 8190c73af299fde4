builtin.module {
  func.func @main(%x: tensor<?xf64>, %0: tensor<?xf64>) -> (tensor<f64>, tensor<?xf64>) {
    %1, %2 = nd.kernel %x attributes {iterators = ["reduction"], maps = [array<i64: 0>, array<i64>, array<i64: 0>], combine = ["sum", ""], extents = array<i64: -1>} {
    ^bb0(%3: tensor<f64>):
      %4 = nd.constant {value = "2.0"} : () -> tensor<f64>
      %5 = nd.mul %3, %4 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %3, %5 : tensor<f64>, tensor<f64>
    } : (tensor<?xf64>) -> (tensor<f64>, tensor<?xf64>)
    func.return %1, %2 : tensor<f64>, tensor<?xf64>
  }
}
