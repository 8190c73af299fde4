builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%1: tensor<f64>):
      %2 = nd.sqr %1 : (tensor<f64>) -> tensor<f64>
      %3 = nd.mul %1, %2 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %4 = nd.constant {value = "3.0"} : () -> tensor<f64>
      %5 = nd.mul %4, %3 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %6 = nd.constant {value = "2.0"} : () -> tensor<f64>
      %7 = nd.mul %6, %2 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %8 = nd.sub %5, %7 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %9 = nd.add %8, %1 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %10 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %11 = nd.sub %9, %10 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %11 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %0 : tensor<?xf64>
  }
}
