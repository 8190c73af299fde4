builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> tensor<?x2xf64> {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %x {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.constant {value = "2"} : () -> tensor<i64>
    %3 = nd.mul %0, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %4 = nd.constant {value = "0"} : () -> tensor<i64>
    %5 = nd.int_div %3, %2 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %6 = nd.maximum %5, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    nd.assert_equal %6, %5 {axis = 0 : i64, what = "negative length", op = "reshape"} : (tensor<i64>, tensor<i64>) -> ()
    %7 = nd.mul %5, %2 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    nd.assert_equal %3, %7 {axis = 0 : i64, what = "nd.reshape", op = "reshape"} : (tensor<i64>, tensor<i64>) -> ()
    %8 = nd.reshape_to %x, %5, %2 : (tensor<?x?xf64>, tensor<i64>, tensor<i64>) -> tensor<?x2xf64>
    %9 = nd.kernel %8 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%10: tensor<f64>):
      %11 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %12 = nd.add %10, %11 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %12 : tensor<f64>
    } : (tensor<?x2xf64>) -> tensor<?x2xf64>
    func.return %9 : tensor<?x2xf64>
  }
}
