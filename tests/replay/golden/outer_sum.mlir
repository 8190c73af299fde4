builtin.module {
  func.func @main(%x: tensor<?xf64>, %y: tensor<?xf64>) -> tensor<?x?xf64> {
    %0 = nd.dimshuffle %x {input_ndim = 1 : i64, order = array<i64: 0, -1>} : (tensor<?xf64>) -> tensor<?x1xf64>
    %1 = nd.kernel %x, %y attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0>, array<i64: 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%2: tensor<f64>, %3: tensor<f64>):
      %4 = nd.add %2, %3 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %4 : tensor<f64>
    } : (tensor<?xf64>, tensor<?xf64>) -> tensor<?x?xf64>
    func.return %1 : tensor<?x?xf64>
  }
}
