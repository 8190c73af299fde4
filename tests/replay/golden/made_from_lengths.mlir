builtin.module {
  func.func @main(%n: tensor<i64>) -> (tensor<?xi64>, tensor<?x2xf64>, tensor<?x?xf64>, tensor<?xf64>) {
    %0 = nd.constant {value = "0.0"} : () -> tensor<f64>
    %1 = nd.constant {value = "1"} : () -> tensor<i64>
    %2 = nd.constant {value = "0"} : () -> tensor<i64>
    %3 = nd.constant {value = "2.5"} : () -> tensor<f64>
    %4 = nd.constant {value = "2"} : () -> tensor<i64>
    %5 = nd.maximum %n, %2 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %6 = nd.int_div %5, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %7 = nd.kernel %6 attributes {iterators = ["parallel"], maps = [array<i64>, array<i64: 0>], combine = [""], extents = array<i64: 0>} {
      %8 = nd.loop_index {loop = 0 : i64} : () -> tensor<i64>
      %9 = nd.constant {value = "1"} : () -> tensor<i64>
      %10 = nd.mul %8, %9 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %11 = nd.constant {value = "0"} : () -> tensor<i64>
      %12 = nd.add %10, %11 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      nd.yield %12 : tensor<i64>
    } : (tensor<i64>) -> tensor<?xi64>
    nd.assert_equal %5, %n {axis = 0 : i64, what = "negative length", node = 4 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %8 = nd.kernel %n, %4 attributes {iterators = ["parallel", "parallel"], maps = [array<i64>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: 0, 1>} {
      %9 = nd.constant {value = "0.0"} : () -> tensor<f64>
      nd.yield %9 : tensor<f64>
    } : (tensor<i64>, tensor<i64>) -> tensor<?x2xf64>
    %9 = nd.kernel %n attributes {iterators = ["parallel"], maps = [array<i64>, array<i64: 0>], combine = [""], extents = array<i64: 0>} {
      %10 = nd.loop_index {loop = 0 : i64} : () -> tensor<i64>
      nd.yield %10 : tensor<i64>
    } : (tensor<i64>) -> tensor<?xi64>
    %10 = nd.dimshuffle %9 {input_ndim = 1 : i64, order = array<i64: 0, -1>} : (tensor<?xi64>) -> tensor<?x1xi64>
    %11 = nd.constant {value = "1"} : () -> tensor<i64>
    %12 = nd.kernel %9, %11 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, 1>} {
    ^bb0(%13: tensor<i64>):
      %14 = nd.constant {value = "0"} : () -> tensor<i64>
      %15 = nd.add %13, %14 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      nd.yield %15 : tensor<i64>
    } : (tensor<?xi64>, tensor<i64>) -> tensor<?x1xi64>
    %13 = nd.kernel %12, %9 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, -1>, array<i64: 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%14: tensor<i64>, %15: tensor<i64>):
      %16 = nd.eq %14, %15 : (tensor<i64>, tensor<i64>) -> tensor<i1>
      %17 = nd.cast %16 : (tensor<i1>) -> tensor<f64>
      nd.yield %17 : tensor<f64>
    } : (tensor<?x1xi64>, tensor<?xi64>) -> tensor<?x?xf64>
    %14 = nd.kernel %n attributes {iterators = ["parallel"], maps = [array<i64>, array<i64: 0>], combine = [""], extents = array<i64: 0>} {
      %15 = nd.constant {value = "2.5"} : () -> tensor<f64>
      nd.yield %15 : tensor<f64>
    } : (tensor<i64>) -> tensor<?xf64>
    func.return %7, %8, %13, %14 : tensor<?xi64>, tensor<?x2xf64>, tensor<?x?xf64>, tensor<?xf64>
  }
}
