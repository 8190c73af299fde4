builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "2.0"} : () -> tensor<f64>
    %2 = nd.constant {value = "-2"} : () -> tensor<i64>
    %3 = nd.constant {value = "0"} : () -> tensor<i64>
    %4 = nd.constant {value = "-1"} : () -> tensor<i64>
    %5 = nd.constant {value = "1"} : () -> tensor<i64>
    %6 = nd.sub %0, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %7 = nd.sub %6, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %8 = nd.constant {value = "2"} : () -> tensor<i64>
    %9 = nd.maximum %7, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %10 = nd.add %9, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %11 = nd.int_div %10, %8 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %12 = nd.minimum %6, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %13 = nd.maximum %12, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %14 = nd.slice %x, %13, %11, %2 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %15 = nd.kernel %14 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%16: tensor<f64>):
      %17 = nd.constant {value = "2.0"} : () -> tensor<f64>
      %18 = nd.mul %16, %17 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %18 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %15 : tensor<?xf64>
  }
}
