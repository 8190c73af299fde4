builtin.module {
  func.func @main(%x: tensor<4xf64>, %y: tensor<?xf64>) -> tensor<4xf64> {
    %0 = nd.dim %y {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "4"} : () -> tensor<i64>
    nd.assert_equal %1, %0 {axis = 0 : i64, what = "nd.mul", node = 0 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %2 = nd.kernel %x, %y attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%3: tensor<f64>, %4: tensor<f64>):
      %5 = nd.mul %3, %4 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %5 : tensor<f64>
    } : (tensor<4xf64>, tensor<?xf64>) -> tensor<4xf64>
    func.return %2 : tensor<4xf64>
  }
}
