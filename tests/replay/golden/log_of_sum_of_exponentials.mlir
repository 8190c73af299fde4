builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<f64> {
    %0 = nd.constant {value = "0.0"} : () -> tensor<f64>
    %1 = nd.kernel %x attributes {iterators = ["reduction"], maps = [array<i64: 0>, array<i64>], combine = ["max"], extents = array<i64: -1>} {
    ^bb0(%2: tensor<f64>):
      nd.yield %2 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<f64>
    %2 = nd.isfinite %1 : (tensor<f64>) -> tensor<i1>
    %3 = nd.switch %2, %1, %0 : (tensor<i1>, tensor<f64>, tensor<f64>) -> tensor<f64>
    %4 = nd.kernel %x, %3 attributes {iterators = ["reduction"], maps = [array<i64: 0>, array<i64>, array<i64>], combine = ["sum"], extents = array<i64: -1>} {
    ^bb0(%5: tensor<f64>, %6: tensor<f64>):
      %7 = nd.sub %5, %6 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %8 = nd.exp %7 : (tensor<f64>) -> tensor<f64>
      nd.yield %8 : tensor<f64>
    } : (tensor<?xf64>, tensor<f64>) -> tensor<f64>
    %5 = nd.log %4 : (tensor<f64>) -> tensor<f64>
    %6 = nd.add %3, %5 : (tensor<f64>, tensor<f64>) -> tensor<f64>
    func.return %6 : tensor<f64>
  }
}
