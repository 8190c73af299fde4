builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> tensor<?x2xf64> {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %x {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.constant {value = "1.0"} : () -> tensor<f64>
    %3 = nd.constant {value = "2"} : () -> tensor<i64>
    %4 = nd.mul %0, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %5 = nd.constant {value = "0"} : () -> tensor<i64>
    %6 = nd.int_div %4, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %7 = nd.maximum %6, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    nd.assert_equal %7, %6 {axis = 0 : i64, what = "negative length", op = "reshape"} : (tensor<i64>, tensor<i64>) -> ()
    %8 = nd.mul %6, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    nd.assert_equal %4, %8 {axis = 0 : i64, what = "nd.reshape", op = "reshape"} : (tensor<i64>, tensor<i64>) -> ()
    %9 = nd.reshape_to %x, %6, %3 : (tensor<?x?xf64>, tensor<i64>, tensor<i64>) -> tensor<?x2xf64>
    %10 = nd.kernel %9 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%11: tensor<f64>):
      %12 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %13 = nd.add %11, %12 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %13 : tensor<f64>
    } : (tensor<?x2xf64>) -> tensor<?x2xf64>
    func.return %10 : tensor<?x2xf64>
  }
}
