builtin.module {
  func.func @main(%x: tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>, tensor<?xf64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "0.0"} : () -> tensor<f64>
    %2 = nd.constant {value = "-1"} : () -> tensor<i64>
    %3 = nd.constant {value = "0"} : () -> tensor<i64>
    %4 = nd.constant {value = "1"} : () -> tensor<i64>
    %5 = nd.sub %0, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %6 = nd.sub %5, %2 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %7 = nd.maximum %6, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %8 = nd.minimum %5, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %9 = nd.maximum %8, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %10 = nd.slice %x, %9, %7, %2 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %11, %x_1 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["", ""], extents = array<i64: -1>} {
    ^bb0(%12: tensor<f64>):
      %13 = nd.constant {value = "0.0"} : () -> tensor<f64>
      %14 = nd.add %12, %13 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %15 = nd.identity %12 : (tensor<f64>) -> tensor<f64>
      nd.yield %14, %15 : tensor<f64>, tensor<f64>
    } : (tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>)
    %12 = nd.kernel %10 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%13: tensor<f64>):
      %14 = nd.identity %13 : (tensor<f64>) -> tensor<f64>
      nd.yield %14 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %x_1, %12, %11 : tensor<?xf64>, tensor<?xf64>, tensor<?xf64>
  }
}
