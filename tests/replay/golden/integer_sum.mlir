builtin.module {
  func.func @main(%x: tensor<?xi32>) -> tensor<i64> {
    %0 = nd.kernel %x attributes {iterators = ["reduction"], maps = [array<i64: 0>, array<i64>], combine = ["sum"], extents = array<i64: -1>} {
    ^bb0(%1: tensor<i32>):
      %2 = nd.cast %1 : (tensor<i32>) -> tensor<i64>
      nd.yield %2 : tensor<i64>
    } : (tensor<?xi32>) -> tensor<i64>
    func.return %0 : tensor<i64>
  }
}
