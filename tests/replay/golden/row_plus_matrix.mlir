builtin.module {
  func.func @main(%x: tensor<1x?xf64>, %m: tensor<?x?xf64>) -> tensor<?x?xf64> {
    %0 = nd.dim %x {i = 1 : i64} : (tensor<1x?xf64>) -> tensor<i64>
    %1 = nd.dim %m {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    nd.assert_equal %0, %1 {axis = 1 : i64, what = "nd.mul", node = 0 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %2 = nd.kernel %x, %m attributes {iterators = ["parallel", "parallel"], maps = [array<i64: -1, 1>, array<i64: 0, 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%3: tensor<f64>, %4: tensor<f64>):
      %5 = nd.mul %3, %4 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %6 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %7 = nd.add %5, %6 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %7 : tensor<f64>
    } : (tensor<1x?xf64>, tensor<?x?xf64>) -> tensor<?x?xf64>
    func.return %2 : tensor<?x?xf64>
  }
}
