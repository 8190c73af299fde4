builtin.module {
  func.func @main() -> tensor<4xf64> {
    %0 = nd.constant {value = "0x000000000000f03f000000000000f87f000000000000f0ff0000000000000080"} : () -> tensor<4xf64>
    %1 = nd.kernel %0 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%2: tensor<f64>):
      %3 = nd.identity %2 : (tensor<f64>) -> tensor<f64>
      nd.yield %3 : tensor<f64>
    } : (tensor<4xf64>) -> tensor<4xf64>
    func.return %1 : tensor<4xf64>
  }
}
