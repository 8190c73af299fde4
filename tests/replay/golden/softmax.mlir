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
    %6, %7 = nd.kernel %x, %5 attributes {iterators = ["parallel", "reduction"], maps = [array<i64: 0, 1>, array<i64: 0>, array<i64: 0, 1>, array<i64: 0>], combine = ["", "sum"], extents = array<i64: -1, -1>} {
    ^bb0(%8: tensor<f64>, %9: tensor<f64>):
      %10 = nd.sub %8, %9 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %11 = nd.exp %10 : (tensor<f64>) -> tensor<f64>
      nd.yield %11, %11 : tensor<f64>, tensor<f64>
    } : (tensor<?x?xf64>, tensor<?xf64>) -> (tensor<?x?xf64>, tensor<?xf64>)
    %8 = nd.kernel %6, %7 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>, array<i64: 0>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%9: tensor<f64>, %10: tensor<f64>):
      %11 = nd.true_div %9, %10 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %11 : tensor<f64>
    } : (tensor<?x?xf64>, tensor<?xf64>) -> tensor<?x?xf64>
    func.return %8 : tensor<?x?xf64>
  }
}
