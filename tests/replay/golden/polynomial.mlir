builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.constant {value = "1.0"} : () -> tensor<f64>
    %1 = nd.constant {value = "2.0"} : () -> tensor<f64>
    %2 = nd.constant {value = "3.0"} : () -> tensor<f64>
    %3 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%4: tensor<f64>):
      %5 = nd.sqr %4 : (tensor<f64>) -> tensor<f64>
      %6 = nd.mul %4, %5 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %7 = nd.constant {value = "3.0"} : () -> tensor<f64>
      %8 = nd.mul %7, %6 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %9 = nd.constant {value = "2.0"} : () -> tensor<f64>
      %10 = nd.mul %9, %5 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %11 = nd.sub %8, %10 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %12 = nd.add %11, %4 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %13 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %14 = nd.sub %12, %13 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %14 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %3 : tensor<?xf64>
  }
}
