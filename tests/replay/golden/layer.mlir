builtin.module {
  func.func @main(%x: tensor<?x?xf64>, %w: tensor<?x?xf64>, %b: tensor<?xf64>) -> tensor<?x?xf64> {
    %0 = nd.dim %w {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %b {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %2 = nd.dim %x {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %3 = nd.dim %w {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %4 = nd.constant {value = "1.0"} : () -> tensor<f64>
    nd.assert_equal %2, %3 {axis = 0 : i64, what = "nd.dot", node = 0 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %5 = nd.gemm %x, %w, %4 {transpose_a = false, transpose_b = false, accumulate = false} : (tensor<?x?xf64>, tensor<?x?xf64>, tensor<f64>) -> tensor<?x?xf64>
    nd.assert_equal %0, %1 {axis = 0 : i64, what = "nd.add", node = 2 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %6 = nd.kernel %5, %b attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>, array<i64: 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%7: tensor<f64>, %8: tensor<f64>):
      %9 = nd.add %7, %8 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %10 = nd.tanh %9 : (tensor<f64>) -> tensor<f64>
      nd.yield %10 : tensor<f64>
    } : (tensor<?x?xf64>, tensor<?xf64>) -> tensor<?x?xf64>
    func.return %6 : tensor<?x?xf64>
  }
}
