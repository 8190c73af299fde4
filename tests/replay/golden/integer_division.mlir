builtin.module {
  func.func @main(%x: tensor<?xi64>, %y: tensor<?xi32>) -> (tensor<?xi64>, tensor<?xi64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xi64>) -> tensor<i64>
    %1 = nd.dim %y {i = 0 : i64} : (tensor<?xi32>) -> tensor<i64>
    nd.assert_equal %0, %1 {axis = 0 : i64, what = "nd.int_div", node = 0 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %2, %3 = nd.kernel %y, %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["", ""], extents = array<i64: -1>} {
    ^bb0(%4: tensor<i32>, %5: tensor<i64>):
      %6 = nd.cast %4 : (tensor<i32>) -> tensor<i64>
      %7 = nd.int_div %5, %6 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %8 = nd.mod %5, %6 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      nd.yield %7, %8 : tensor<i64>, tensor<i64>
    } : (tensor<?xi32>, tensor<?xi64>) -> (tensor<?xi64>, tensor<?xi64>)
    func.return %2, %3 : tensor<?xi64>, tensor<?xi64>
  }
}
