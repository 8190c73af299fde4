builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> (tensor<?x?xf64>, tensor<?x?xf64>, tensor<i64>) {
    %0 = nd.dim %x {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %x {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.constant {value = "4"} : () -> tensor<i64>
    %3 = nd.constant {value = "0x0000000000000000010000000000000002000000000000000300000000000000"} : () -> tensor<4xi64>
    %4 = nd.constant {value = "1"} : () -> tensor<i64>
    %5 = nd.constant {value = "0"} : () -> tensor<i64>
    %6 = nd.constant {value = "2"} : () -> tensor<i64>
    %7 = nd.maximum %1, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %8 = nd.int_div %7, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    nd.assert_equal %1, %8 {axis = 0 : i64, what = "nd.add", node = 6 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %9 = nd.kernel %3 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%10: tensor<i64>):
      %11 = nd.cast %10 : (tensor<i64>) -> tensor<f64>
      nd.yield %11 : tensor<f64>
    } : (tensor<4xi64>) -> tensor<?xf64>
    nd.assert_equal %0, %2 {axis = 0 : i64, what = "nd.mul", node = 12 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %10, %11 = nd.kernel %8 attributes {iterators = ["reduction"], maps = [array<i64>, array<i64: 0>, array<i64>], combine = ["", "sum"], extents = array<i64: 0>} {
      %12 = nd.loop_index {loop = 0 : i64} : () -> tensor<i64>
      %13 = nd.constant {value = "1"} : () -> tensor<i64>
      %14 = nd.mul %12, %13 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %15 = nd.constant {value = "0"} : () -> tensor<i64>
      %16 = nd.add %14, %15 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %17 = nd.constant {value = "2"} : () -> tensor<i64>
      %18 = nd.mul %16, %17 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      nd.yield %16, %18 : tensor<i64>, tensor<i64>
    } : (tensor<i64>) -> (tensor<?xi64>, tensor<i64>)
    %12 = nd.dimshuffle %10 {input_ndim = 1 : i64, order = array<i64: 0, -1>} : (tensor<?xi64>) -> tensor<?x1xi64>
    %13 = nd.constant {value = "1"} : () -> tensor<i64>
    %14 = nd.kernel %10, %13 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, 1>} {
    ^bb0(%15: tensor<i64>):
      %16 = nd.cast %15 : (tensor<i64>) -> tensor<f64>
      nd.yield %16 : tensor<f64>
    } : (tensor<?xi64>, tensor<i64>) -> tensor<?x1xf64>
    %15, %16 = nd.kernel %x, %14, %9 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>, array<i64: 0, -1>, array<i64: 1>, array<i64: 0, 1>, array<i64: 0, 1>], combine = ["", ""], extents = array<i64: -1, -1>} {
    ^bb0(%17: tensor<f64>, %18: tensor<f64>, %19: tensor<f64>):
      %20 = nd.add %17, %18 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %21 = nd.mul %17, %19 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %20, %21 : tensor<f64>, tensor<f64>
    } : (tensor<?x?xf64>, tensor<?x1xf64>, tensor<?xf64>) -> (tensor<?x?xf64>, tensor<?x?xf64>)
    func.return %15, %16, %11 : tensor<?x?xf64>, tensor<?x?xf64>, tensor<i64>
  }
}
