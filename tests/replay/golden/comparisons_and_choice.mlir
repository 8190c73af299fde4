builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%1: tensor<f64>):
      %2 = nd.constant {value = "-1.0"} : () -> tensor<f64>
      %3 = nd.gt %1, %2 : (tensor<f64>, tensor<f64>) -> tensor<i1>
      %4 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %5 = nd.lt %1, %4 : (tensor<f64>, tensor<f64>) -> tensor<i1>
      %6 = nd.and_ %3, %5 : (tensor<i1>, tensor<i1>) -> tensor<i1>
      %7 = nd.sqr %1 : (tensor<f64>) -> tensor<f64>
      %8 = nd.abs %1 : (tensor<f64>) -> tensor<f64>
      %9 = nd.switch %6, %7, %8 : (tensor<i1>, tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %9 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %0 : tensor<?xf64>
  }
}
