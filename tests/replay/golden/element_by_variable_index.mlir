builtin.module {
  func.func @main(%x: tensor<?xf64>, %i: tensor<i64>) -> (tensor<f64>, tensor<?xf64>, tensor<?xf64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    nd.assert_index %i, %0 {axis = 0 : i64, what = "nd.subtensor", array = "x"} : (tensor<i64>, tensor<i64>) -> ()
    %1 = nd.constant {value = "0"} : () -> tensor<i64>
    %2 = nd.lt %i, %1 : (tensor<i64>, tensor<i64>) -> tensor<i1>
    %3 = nd.add %i, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %4 = nd.switch %2, %3, %i : (tensor<i1>, tensor<i64>, tensor<i64>) -> tensor<i64>
    %5 = nd.constant {value = "1"} : () -> tensor<i64>
    %6 = nd.slice %x, %4, %5, %5 {dropped = array<i64: 0>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<f64>
    %7 = nd.maximum %4, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %8 = nd.minimum %7, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %9 = nd.maximum %8, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %10 = nd.minimum %1, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %11 = nd.maximum %10, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %12 = nd.slice %x, %11, %9, %5 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %13 = nd.sub %0, %8 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %14 = nd.maximum %13, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %15 = nd.minimum %8, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %16 = nd.maximum %15, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %17 = nd.slice %x, %16, %14, %5 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %18 = nd.kernel %12 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%19: tensor<f64>):
      %20 = nd.identity %19 : (tensor<f64>) -> tensor<f64>
      nd.yield %20 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    %19 = nd.kernel %17 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%20: tensor<f64>):
      %21 = nd.identity %20 : (tensor<f64>) -> tensor<f64>
      nd.yield %21 : tensor<f64>
    } : (tensor<?xf64>) -> tensor<?xf64>
    func.return %6, %18, %19 : tensor<f64>, tensor<?xf64>, tensor<?xf64>
  }
}
