builtin.module {
  func.func @main(%x: tensor<?xf16>) -> tensor<?xf16> {
    %0 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%1: tensor<f16>):
      %2 = nd.exp %1 : (tensor<f16>) -> tensor<f16>
      %3 = nd.constant {value = "2.0"} : () -> tensor<f16>
      %4 = nd.mul %2, %3 : (tensor<f16>, tensor<f16>) -> tensor<f16>
      nd.yield %4 : tensor<f16>
    } : (tensor<?xf16>) -> tensor<?xf16>
    func.return %0 : tensor<?xf16>
  }
}
