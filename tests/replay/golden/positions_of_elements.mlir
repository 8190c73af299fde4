builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> (tensor<?x?xf64>, tensor<?x4xf64>, tensor<i64>) {
    %0 = nd.dim %x {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %x {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.constant {value = "0x0000000000000000000000000000f03f00000000000000400000000000000840"} : () -> tensor<4xf64>
    %3 = nd.constant {value = "1"} : () -> tensor<i64>
    %4 = nd.constant {value = "0"} : () -> tensor<i64>
    %5 = nd.constant {value = "2"} : () -> tensor<i64>
    %6 = nd.constant {value = "4"} : () -> tensor<i64>
    %7 = nd.maximum %1, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %8 = nd.int_div %7, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    nd.assert_equal %0, %6 {axis = 0 : i64, what = "nd.mul", node = 12 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %9, %10 = nd.kernel %8 attributes {iterators = ["reduction"], maps = [array<i64>, array<i64: 0>, array<i64>], combine = ["", "sum"], extents = array<i64: 0>} {
      %11 = nd.loop_index {loop = 0 : i64} : () -> tensor<i64>
      %12 = nd.constant {value = "1"} : () -> tensor<i64>
      %13 = nd.mul %11, %12 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %14 = nd.constant {value = "0"} : () -> tensor<i64>
      %15 = nd.add %13, %14 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      nd.yield %15, %15 : tensor<i64>, tensor<i64>
    } : (tensor<i64>) -> (tensor<?xi64>, tensor<i64>)
    %11 = nd.constant {value = "1"} : () -> tensor<i64>
    %12 = nd.kernel %9, %11 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, 1>} {
    ^bb0(%13: tensor<i64>):
      %14 = nd.cast %13 : (tensor<i64>) -> tensor<f64>
      nd.yield %14 : tensor<f64>
    } : (tensor<?xi64>, tensor<i64>) -> tensor<?x1xf64>
    %13, %14 = nd.kernel %x, %12, %2 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>, array<i64: 0, -1>, array<i64: 1>, array<i64: 0, 1>, array<i64: 0, 1>], combine = ["", ""], extents = array<i64: -1, -1>} {
    ^bb0(%15: tensor<f64>, %16: tensor<f64>, %17: tensor<f64>):
      %18 = nd.add %15, %16 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %19 = nd.mul %15, %17 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %18, %19 : tensor<f64>, tensor<f64>
    } : (tensor<?x?xf64>, tensor<?x1xf64>, tensor<4xf64>) -> (tensor<?x?xf64>, tensor<?x4xf64>)
    %15 = nd.mul %10, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    func.return %13, %14, %15 : tensor<?x?xf64>, tensor<?x4xf64>, tensor<i64>
  }
}
