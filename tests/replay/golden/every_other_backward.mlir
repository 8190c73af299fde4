builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "-2"} : () -> tensor<i64>
    %2 = nd.constant {value = "-1"} : () -> tensor<i64>
    %3 = nd.constant {value = "1"} : () -> tensor<i64>
    %4 = nd.sub %0, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %5 = nd.sub %4, %2 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %6 = nd.constant {value = "2"} : () -> tensor<i64>
    %7 = nd.constant {value = "0"} : () -> tensor<i64>
    %8 = nd.gt %5, %7 : (tensor<i64>, tensor<i64>) -> tensor<i1>
    %9 = nd.sub %5, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %10 = nd.int_div %9, %6 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %11 = nd.add %10, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %12 = nd.switch %8, %11, %7 : (tensor<i1>, tensor<i64>, tensor<i64>) -> tensor<i64>
    %13 = nd.minimum %4, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %14 = nd.maximum %13, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %15 = nd.slice %x, %14, %12, %1 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %16 = nd.kernel %15 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%17: tensor<f64>):
      %18 = nd.constant {value = "2.0"} : () -> tensor<f64>
      %19 = nd.mul %17, %18 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %19 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %16 : tensor<?xf64>
  }
}
