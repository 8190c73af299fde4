builtin.module {
  func.func @main(%a: tensor<f64>, %m: tensor<?x?xf64>) -> tensor<?x?xf64> {
    %0 = nd.kernel %a, %m attributes {iterators = ["parallel", "parallel"], maps = [array<i64>, array<i64: 0, 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%1: tensor<f64>, %2: tensor<f64>):
      %3 = nd.mul %1, %2 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %3 : tensor<f64>
    } : (tensor<f64>, tensor<?x?xf64>) -> tensor<?x?xf64>
    func.return %0 : tensor<?x?xf64>
  }
}
