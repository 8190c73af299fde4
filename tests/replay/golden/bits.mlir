builtin.module {
  func.func @main(%x: tensor<?xi64>) -> (tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>) {
    %0, %1, %2, %3 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["", "", "", ""], extents = array<i64: -1>} {
    ^bb0(%4: tensor<i64>):
      %5 = nd.constant {value = "6"} : () -> tensor<i64>
      %6 = nd.and_ %4, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %7 = nd.constant {value = "1"} : () -> tensor<i64>
      %8 = nd.or_ %4, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %9 = nd.constant {value = "3"} : () -> tensor<i64>
      %10 = nd.xor %4, %9 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %11 = nd.invert %4 : (tensor<i64>) -> tensor<i64>
      nd.yield %6, %8, %10, %11 : tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>
    } : (tensor<?xi64>) -> (tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>)
    func.return %0, %1, %2, %3 : tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>
  }
}
