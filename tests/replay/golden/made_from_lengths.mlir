builtin.module {
  func.func @main(%n: tensor<i64>) -> (tensor<?xi64>, tensor<?x2xf64>, tensor<?x?xf64>, tensor<?xf64>) {
    %0 = nd.constant {value = "1"} : () -> tensor<i64>
    %1 = nd.constant {value = "0"} : () -> tensor<i64>
    %2 = nd.constant {value = "2"} : () -> tensor<i64>
    %3 = nd.maximum %n, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %4 = nd.int_div %3, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %5 = nd.kernel %4 attributes {iterators = ["parallel"], maps = [array<i64>, array<i64: 0>], combine = [""], extents = array<i64: 0>} {
      %6 = nd.loop_index {loop = 0 : i64} : () -> tensor<i64>
      %7 = nd.constant {value = "1"} : () -> tensor<i64>
      %8 = nd.mul %6, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %9 = nd.constant {value = "0"} : () -> tensor<i64>
      %10 = nd.add %8, %9 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      nd.yield %10 : tensor<i64>
    } : (tensor<i64>) -> tensor<?xi64>
    nd.assert_equal %3, %n {axis = 0 : i64, what = "negative length", node = 4 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %6 = nd.kernel %n, %2 attributes {iterators = ["parallel", "parallel"], maps = [array<i64>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: 0, 1>} {
      %7 = nd.constant {value = "0.0"} : () -> tensor<f64>
      nd.yield %7 : tensor<f64>
    } : (tensor<i64>, tensor<i64>) -> tensor<?x2xf64>
    %7 = nd.kernel %n attributes {iterators = ["parallel"], maps = [array<i64>, array<i64: 0>], combine = [""], extents = array<i64: 0>} {
      %8 = nd.loop_index {loop = 0 : i64} : () -> tensor<i64>
      nd.yield %8 : tensor<i64>
    } : (tensor<i64>) -> tensor<?xi64>
    %8 = nd.constant {value = "1"} : () -> tensor<i64>
    %9 = nd.kernel %7, %8 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, 1>} {
    ^bb0(%10: tensor<i64>):
      %11 = nd.constant {value = "0"} : () -> tensor<i64>
      %12 = nd.add %10, %11 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      nd.yield %12 : tensor<i64>
    } : (tensor<?xi64>, tensor<i64>) -> tensor<?x1xi64>
    %10 = nd.kernel %9, %7 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, -1>, array<i64: 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%11: tensor<i64>, %12: tensor<i64>):
      %13 = nd.eq %11, %12 : (tensor<i64>, tensor<i64>) -> tensor<i1>
      %14 = nd.cast %13 : (tensor<i1>) -> tensor<f64>
      nd.yield %14 : tensor<f64>
    } : (tensor<?x1xi64>, tensor<?xi64>) -> tensor<?x?xf64>
    %11 = nd.kernel %n attributes {iterators = ["parallel"], maps = [array<i64>, array<i64: 0>], combine = [""], extents = array<i64: 0>} {
      %12 = nd.constant {value = "2.5"} : () -> tensor<f64>
      nd.yield %12 : tensor<f64>
    } : (tensor<i64>) -> tensor<?xf64>
    func.return %5, %6, %10, %11 : tensor<?xi64>, tensor<?x2xf64>, tensor<?x?xf64>, tensor<?xf64>
  }
}
