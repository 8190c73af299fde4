builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xi32> {
    %0 = nd.constant {value = "10.0"} : () -> tensor<f64>
    %1 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%2: tensor<f64>):
      %3 = nd.constant {value = "10.0"} : () -> tensor<f64>
      %4 = nd.mul %2, %3 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %5 = nd.cast %4 : (tensor<f64>) -> tensor<i32>
      nd.yield %5 : tensor<i32>
    } : (tensor<?xf64>) -> tensor<?xi32>
    func.return %1 : tensor<?xi32>
  }
}
