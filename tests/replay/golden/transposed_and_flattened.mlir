builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> tensor<?xf64> {
    %0 = nd.dim %x {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %x {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.mul %0, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %3 = nd.kernel %x attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 1, 0>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%4: tensor<f64>):
      %5 = nd.identity %4 : (tensor<f64>) -> tensor<f64>
      nd.yield %5 : tensor<f64>
    } : (tensor<?x?xf64>) -> tensor<?x?xf64>
    %4 = nd.reshape_to %3, %2 : (tensor<?x?xf64>, tensor<i64>) -> tensor<?xf64>
    %5 = nd.kernel %4 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%6: tensor<f64>):
      %7 = nd.identity %6 : (tensor<f64>) -> tensor<f64>
      nd.yield %7 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %5 : tensor<?xf64>
  }
}
