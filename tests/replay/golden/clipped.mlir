builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%1: tensor<f64>):
      %2 = nd.constant {value = "-0.5"} : () -> tensor<f64>
      %3 = nd.constant {value = "0.5"} : () -> tensor<f64>
      %4 = nd.clip %1, %2, %3 : (tensor<f64>, tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %4 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %0 : tensor<?xf64>
  }
}
