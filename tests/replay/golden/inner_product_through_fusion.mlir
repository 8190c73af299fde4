builtin.module {
  func.func @main(%x: tensor<?xf64>) -> tensor<f64> {
    %0 = nd.kernel %x attributes {iterators = ["reduction"], maps = [array<i64: 0>, array<i64>], combine = ["sum"], extents = array<i64: -1>} {
    ^bb0(%1: tensor<f64>):
      %2 = nd.sin %1 : (tensor<f64>) -> tensor<f64>
      %3 = nd.exp %2 : (tensor<f64>) -> tensor<f64>
      %4 = nd.sqr %3 : (tensor<f64>) -> tensor<f64>
      nd.yield %4 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<f64>
    %1 = nd.cos %0 : (tensor<f64>) -> tensor<f64>
    func.return %1 : tensor<f64>
  }
}
