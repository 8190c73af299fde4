builtin.module {
  func.func @main(%x: tensor<?xi64>) -> (tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>) {
    %0 = nd.constant {value = "3"} : () -> tensor<i64>
    %1 = nd.constant {value = "1"} : () -> tensor<i64>
    %2 = nd.constant {value = "6"} : () -> tensor<i64>
    %3, %4, %5, %6 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["", "", "", ""], extents = array<i64: -1>} {
    ^bb0(%7: tensor<i64>):
      %8 = nd.constant {value = "6"} : () -> tensor<i64>
      %9 = nd.and_ %7, %8 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %10 = nd.constant {value = "1"} : () -> tensor<i64>
      %11 = nd.or_ %7, %10 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %12 = nd.constant {value = "3"} : () -> tensor<i64>
      %13 = nd.xor %7, %12 : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %14 = nd.invert %7 : (tensor<i64>) -> tensor<i64>
      nd.yield %9, %11, %13, %14 : tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>
    } : (tensor<?xi64>) -> (tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>)
    func.return %3, %4, %5, %6 : tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>
  }
}
