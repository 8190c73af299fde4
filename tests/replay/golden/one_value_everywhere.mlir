builtin.module {
  func.func @main(%x: tensor<?xf64>) -> (tensor<?x3xf64>, tensor<2x?xf64>, tensor<?xf64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "3"} : () -> tensor<i64>
    %2 = nd.constant {value = "2"} : () -> tensor<i64>
    %3 = nd.constant {value = "0"} : () -> tensor<i64>
    %4 = nd.kernel %0, %1 attributes {iterators = ["parallel", "parallel"], maps = [array<i64>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: 0, 1>} {
      %5 = nd.constant {value = "3.5"} : () -> tensor<f64>
      nd.yield %5 : tensor<f64>
    } : (tensor<i64>, tensor<i64>) -> tensor<?x3xf64>
    %5 = nd.kernel %x, %2 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 1>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: 1, -1>} {
    ^bb0(%6: tensor<f64>):
      nd.yield %6 : tensor<f64>
    } : (tensor<?xf64>, tensor<i64>) -> tensor<2x?xf64>
    nd.assert_index %3, %0 {axis = 0 : i64, what = "nd.subtensor", array = "x"} : (tensor<i64>, tensor<i64>) -> ()
    %6 = nd.constant {value = "1"} : () -> tensor<i64>
    %7 = nd.slice %x, %3, %6, %6 {dropped = array<i64: 0>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<f64>
    %8 = nd.kernel %7, %0 attributes {iterators = ["parallel"], maps = [array<i64>, array<i64>, array<i64: 0>], combine = [""], extents = array<i64: 1>} {
    ^bb0(%9: tensor<f64>):
      nd.yield %9 : tensor<f64>
    } : (tensor<f64>, tensor<i64>) -> tensor<?xf64>
    func.return %4, %5, %8 : tensor<?x3xf64>, tensor<2x?xf64>, tensor<?xf64>
  }
}
