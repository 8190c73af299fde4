builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> (tensor<?xi1>, tensor<i1>) {
    %0, %1 = nd.kernel %x attributes {iterators = ["reduction", "parallel"], maps = [array<i64: 0, 1>, array<i64: 1>, array<i64: 0, 1>], combine = ["all", ""], extents = array<i64: -1, -1>} {
    ^bb0(%2: tensor<f64>):
      %3 = nd.constant {value = "-3.0"} : () -> tensor<f64>
      %4 = nd.gt %2, %3 : (tensor<f64>, tensor<f64>) -> tensor<i1>
      %5 = nd.constant {value = "2.0"} : () -> tensor<f64>
      %6 = nd.gt %2, %5 : (tensor<f64>, tensor<f64>) -> tensor<i1>
      nd.yield %4, %6 : tensor<i1>, tensor<i1>
    } : (tensor<?x?xf64>) -> (tensor<?xi1>, tensor<?x?xi1>)
    %2 = nd.kernel %1 attributes {iterators = ["reduction", "reduction"], maps = [array<i64: 0, 1>, array<i64>], combine = ["any"], extents = array<i64: -1, -1>} {
    ^bb0(%3: tensor<i1>):
      nd.yield %3 : tensor<i1>
    } : (tensor<?x?xi1>) -> tensor<i1>
    func.return %0, %2 : tensor<?xi1>, tensor<i1>
  }
}
