builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.constant {value = "-1.4142135623730951"} : () -> tensor<f64>
    %1 = nd.constant {value = "0.5"} : () -> tensor<f64>
    %2 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%3: tensor<f64>):
      %4 = nd.constant {value = "-1.4142135623730951"} : () -> tensor<f64>
      %5 = nd.true_div %3, %4 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %6 = nd.erfc %5 : (tensor<f64>) -> tensor<f64>
      %7 = nd.constant {value = "0.5"} : () -> tensor<f64>
      %8 = nd.mul %7, %6 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %8 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %2 : tensor<?xf64>
  }
}
