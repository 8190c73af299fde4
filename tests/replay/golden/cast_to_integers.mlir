builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xi32> {
    %0 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%1: tensor<f64>):
      %2 = nd.constant {value = "10.0"} : () -> tensor<f64>
      %3 = nd.mul %1, %2 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %4 = nd.cast %3 : (tensor<f64>) -> tensor<i32>
      nd.yield %4 : tensor<i32>
    } : (tensor<?xf64>) -> tensor<?xi32>
    func.return %0 : tensor<?xi32>
  }
}
