builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> tensor<?x?xf64> {
    %0 = nd.dim %x {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "1"} : () -> tensor<i64>
    %2 = nd.constant {value = "0"} : () -> tensor<i64>
    %3 = nd.gt %0, %2 : (tensor<i64>, tensor<i64>) -> tensor<i1>
    %4 = nd.switch %3, %1, %2 : (tensor<i1>, tensor<i64>, tensor<i64>) -> tensor<i64>
    nd.assert_equal %1, %4 {axis = 0 : i64, what = "empty reduction", op = "max"} : (tensor<i64>, tensor<i64>) -> ()
    %5 = nd.kernel %x attributes {iterators = ["parallel", "reduction"], maps = [array<i64: 0, 1>, array<i64: 0>], combine = ["max"], extents = array<i64: -1, -1>} {
    ^bb0(%6: tensor<f64>):
      nd.yield %6 : tensor<f64>
    } : (tensor<?x?xf64>) -> tensor<?xf64>
    %6 = nd.dimshuffle %5 {input_ndim = 1 : i64, order = array<i64: 0, -1>} : (tensor<?xf64>) -> tensor<?x1xf64>
    %7, %8 = nd.kernel %x, %5 attributes {iterators = ["parallel", "reduction"], maps = [array<i64: 0, 1>, array<i64: 0>, array<i64: 0, 1>, array<i64: 0>], combine = ["", "sum"], extents = array<i64: -1, -1>} {
    ^bb0(%9: tensor<f64>, %10: tensor<f64>):
      %11 = nd.sub %9, %10 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %12 = nd.exp %11 : (tensor<f64>) -> tensor<f64>
      nd.yield %12, %12 : tensor<f64>, tensor<f64>
    } : (tensor<?x?xf64>, tensor<?xf64>) -> (tensor<?x?xf64>, tensor<?xf64>)
    %9 = nd.dimshuffle %8 {input_ndim = 1 : i64, order = array<i64: 0, -1>} : (tensor<?xf64>) -> tensor<?x1xf64>
    %10 = nd.kernel %7, %8 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>, array<i64: 0>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%11: tensor<f64>, %12: tensor<f64>):
      %13 = nd.true_div %11, %12 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %13 : tensor<f64>
    } : (tensor<?x?xf64>, tensor<?xf64>) -> tensor<?x?xf64>
    func.return %10 : tensor<?x?xf64>
  }
}
