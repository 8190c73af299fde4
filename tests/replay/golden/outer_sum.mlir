builtin.module {
  func.func @main(%x: tensor<?xf64>, %y: tensor<?xf64>) -> tensor<?x?xf64> {
    %0 = nd.kernel %x, %y attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0>, array<i64: 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%1: tensor<f64>, %2: tensor<f64>):
      %3 = nd.add %1, %2 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %3 : tensor<f64>
    } : (tensor<?xf64>, tensor<?xf64>) -> tensor<?x?xf64>
    func.return %0 : tensor<?x?xf64>
  }
}
