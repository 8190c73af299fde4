builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> (tensor<?xi1>, tensor<i1>) {
    %0 = nd.constant {value = "2.0"} : () -> tensor<f64>
    %1 = nd.constant {value = "-3.0"} : () -> tensor<f64>
    %2, %3 = nd.kernel %x attributes {iterators = ["reduction", "parallel"], maps = [array<i64: 0, 1>, array<i64: 1>, array<i64: 0, 1>], combine = ["all", ""], extents = array<i64: -1, -1>} {
    ^bb0(%4: tensor<f64>):
      %5 = nd.constant {value = "-3.0"} : () -> tensor<f64>
      %6 = nd.gt %4, %5 : (tensor<f64>, tensor<f64>) -> tensor<i1>
      %7 = nd.constant {value = "2.0"} : () -> tensor<f64>
      %8 = nd.gt %4, %7 : (tensor<f64>, tensor<f64>) -> tensor<i1>
      nd.yield %6, %8 : tensor<i1>, tensor<i1>
    } : (tensor<?x?xf64>) -> (tensor<?xi1>, tensor<?x?xi1>)
    %4 = nd.kernel %3 attributes {iterators = ["reduction", "reduction"], maps = [array<i64: 0, 1>, array<i64>], combine = ["any"], extents = array<i64: -1, -1>} {
    ^bb0(%5: tensor<i1>):
      nd.yield %5 : tensor<i1>
    } : (tensor<?x?xi1>) -> tensor<i1>
    func.return %2, %4 : tensor<?xi1>, tensor<i1>
  }
}
