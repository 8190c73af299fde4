builtin.module {
  func.func @main(%a: tensor<?xf64>, %b: tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>, tensor<?xf64>) {
    %0 = nd.dim %a {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.dim %b {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    nd.assert_equal %0, %1 {axis = 0 : i64, what = "nd.add", node = 0 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %2, %b_1, %a_1 = nd.kernel %a, %b attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["", "", ""], extents = array<i64: -1>} {
    ^bb0(%3: tensor<f64>, %4: tensor<f64>):
      %5 = nd.add %3, %4 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %6 = nd.identity %4 : (tensor<f64>) -> tensor<f64>
      %7 = nd.identity %3 : (tensor<f64>) -> tensor<f64>
      nd.yield %5, %6, %7 : tensor<f64>, tensor<f64>, tensor<f64>
    } : (tensor<?xf64>, tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>, tensor<?xf64>)
    func.return %2, %b_1, %a_1 : tensor<?xf64>, tensor<?xf64>, tensor<?xf64>
  }
}
