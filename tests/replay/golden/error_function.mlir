builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.constant {value = "1.4142135623730951"} : () -> tensor<f64>
    %1 = nd.constant {value = "1.0"} : () -> tensor<f64>
    %2 = nd.constant {value = "0.5"} : () -> tensor<f64>
    %3 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%4: tensor<f64>):
      %5 = nd.constant {value = "1.4142135623730951"} : () -> tensor<f64>
      %6 = nd.true_div %4, %5 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %7 = nd.erf %6 : (tensor<f64>) -> tensor<f64>
      %8 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %9 = nd.add %8, %7 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %10 = nd.constant {value = "0.5"} : () -> tensor<f64>
      %11 = nd.mul %10, %9 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %11 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %3 : tensor<?xf64>
  }
}
