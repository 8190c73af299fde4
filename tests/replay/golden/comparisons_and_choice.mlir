builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.constant {value = "1.0"} : () -> tensor<f64>
    %1 = nd.constant {value = "-1.0"} : () -> tensor<f64>
    %2 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%3: tensor<f64>):
      %4 = nd.constant {value = "-1.0"} : () -> tensor<f64>
      %5 = nd.gt %3, %4 : (tensor<f64>, tensor<f64>) -> tensor<i1>
      %6 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %7 = nd.lt %3, %6 : (tensor<f64>, tensor<f64>) -> tensor<i1>
      %8 = nd.and_ %5, %7 : (tensor<i1>, tensor<i1>) -> tensor<i1>
      %9 = nd.sqr %3 : (tensor<f64>) -> tensor<f64>
      %10 = nd.abs %3 : (tensor<f64>) -> tensor<f64>
      %11 = nd.switch %8, %9, %10 : (tensor<i1>, tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %11 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %2 : tensor<?xf64>
  }
}
