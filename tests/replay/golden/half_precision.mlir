builtin.module {
  func.func @main(%x: tensor<?xf16>) -> tensor<?xf16> {
    %0 = nd.constant {value = "2.0"} : () -> tensor<f16>
    %1 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%2: tensor<f16>):
      %3 = nd.exp %2 : (tensor<f16>) -> tensor<f16>
      %4 = nd.constant {value = "2.0"} : () -> tensor<f16>
      %5 = nd.mul %3, %4 : (tensor<f16>, tensor<f16>) -> tensor<f16>
      nd.yield %5 : tensor<f16>
    } : (tensor<?xf16>) -> tensor<?xf16>
    func.return %1 : tensor<?xf16>
  }
}
