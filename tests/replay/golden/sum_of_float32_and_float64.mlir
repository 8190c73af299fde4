builtin.module {
  func.func @main(%x: tensor<?xf32>, %y: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf32>) -> tensor<i64>
    %1 = nd.dim %y {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    nd.assert_equal %0, %1 {axis = 0 : i64, what = "nd.add", node = 0 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %2 = nd.kernel %x, %y attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%3: tensor<f32>, %4: tensor<f64>):
      %5 = nd.cast %3 : (tensor<f32>) -> tensor<f64>
      %6 = nd.add %5, %4 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %6 : tensor<f64>
    } : (tensor<?xf32>, tensor<?xf64>) -> tensor<?xf64>
    func.return %2 : tensor<?xf64>
  }
}
