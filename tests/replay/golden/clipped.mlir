builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.constant {value = "0.5"} : () -> tensor<f64>
    %1 = nd.constant {value = "-0.5"} : () -> tensor<f64>
    %2 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%3: tensor<f64>):
      %4 = nd.constant {value = "-0.5"} : () -> tensor<f64>
      %5 = nd.constant {value = "0.5"} : () -> tensor<f64>
      %6 = nd.clip %3, %4, %5 : (tensor<f64>, tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %6 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %2 : tensor<?xf64>
  }
}
