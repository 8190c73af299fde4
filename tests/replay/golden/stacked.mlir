builtin.module {
  func.func @main(%x: tensor<?xf64>, %y: tensor<?xf64>) -> (tensor<?xf64>, tensor<2x?xf64>) {
    %0 = nd.concatenate %x, %y {axis = 0 : i64} : (tensor<?xf64>, tensor<?xf64>) -> tensor<?xf64>
    %1 = nd.dimshuffle %x {input_ndim = 1 : i64, order = array<i64: -1, 0>} : (tensor<?xf64>) -> tensor<1x?xf64>
    %2 = nd.constant {value = "1"} : () -> tensor<i64>
    %3 = nd.kernel %x, %2 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 1>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: 1, -1>} {
    ^bb0(%4: tensor<f64>):
      %5 = nd.neg %4 : (tensor<f64>) -> tensor<f64>
      nd.yield %5 : tensor<f64>
    } : (tensor<?xf64>, tensor<i64>) -> tensor<1x?xf64>
    %4 = nd.concatenate %1, %3 {axis = 0 : i64} : (tensor<1x?xf64>, tensor<1x?xf64>) -> tensor<2x?xf64>
    func.return %0, %4 : tensor<?xf64>, tensor<2x?xf64>
  }
}
