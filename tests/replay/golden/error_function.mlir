builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%1: tensor<f64>):
      %2 = nd.constant {value = "-1.4142135623730951"} : () -> tensor<f64>
      %3 = nd.true_div %1, %2 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %4 = nd.erfc %3 : (tensor<f64>) -> tensor<f64>
      %5 = nd.constant {value = "0.5"} : () -> tensor<f64>
      %6 = nd.mul %5, %4 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %6 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %0 : tensor<?xf64>
  }
}
