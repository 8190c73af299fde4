builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "2.0"} : () -> tensor<f64>
    %2 = nd.constant {value = "-2"} : () -> tensor<i64>
    %3 = nd.constant {value = "-1"} : () -> tensor<i64>
    %4 = nd.constant {value = "1"} : () -> tensor<i64>
    %5 = nd.sub %0, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %6 = nd.sub %5, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %7 = nd.constant {value = "2"} : () -> tensor<i64>
    %8 = nd.constant {value = "0"} : () -> tensor<i64>
    %9 = nd.gt %6, %8 : (tensor<i64>, tensor<i64>) -> tensor<i1>
    %10 = nd.sub %6, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %11 = nd.int_div %10, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %12 = nd.add %11, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %13 = nd.switch %9, %12, %8 : (tensor<i1>, tensor<i64>, tensor<i64>) -> tensor<i64>
    %14 = nd.minimum %5, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %15 = nd.maximum %14, %8 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %16 = nd.slice %x, %15, %13, %2 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %17 = nd.kernel %16 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%18: tensor<f64>):
      %19 = nd.constant {value = "2.0"} : () -> tensor<f64>
      %20 = nd.mul %18, %19 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %20 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %17 : tensor<?xf64>
  }
}
