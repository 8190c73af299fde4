builtin.module {
  func.func @main(%x: tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>, tensor<?xf64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "-1"} : () -> tensor<i64>
    %2 = nd.constant {value = "1"} : () -> tensor<i64>
    %3 = nd.sub %0, %2 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %4 = nd.sub %3, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %5 = nd.constant {value = "0"} : () -> tensor<i64>
    %6 = nd.maximum %4, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %7 = nd.minimum %3, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %8 = nd.maximum %7, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %9 = nd.slice %x, %8, %6, %1 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %x_1, %x_2 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["", ""], extents = array<i64: -1>} {
    ^bb0(%10: tensor<f64>):
      %11 = nd.identity %10 : (tensor<f64>) -> tensor<f64>
      %12 = nd.identity %10 : (tensor<f64>) -> tensor<f64>
      nd.yield %11, %12 : tensor<f64>, tensor<f64>
    } : (tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>)
    %10 = nd.kernel %9 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%11: tensor<f64>):
      %12 = nd.identity %11 : (tensor<f64>) -> tensor<f64>
      nd.yield %12 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %x_1, %10, %x_2 : tensor<?xf64>, tensor<?xf64>, tensor<?xf64>
  }
}
