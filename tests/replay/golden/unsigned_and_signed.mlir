builtin.module {
  func.func @main(%x: tensor<?xui8>, %y: tensor<?xi8>) -> tensor<?xi16> {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xui8>) -> tensor<i64>
    %1 = nd.dim %y {i = 0 : i64} : (tensor<?xi8>) -> tensor<i64>
    nd.assert_equal %0, %1 {axis = 0 : i64, what = "nd.mul", node = 0 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %2 = nd.kernel %x, %y attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%3: tensor<ui8>, %4: tensor<i8>):
      %5 = nd.cast %3 : (tensor<ui8>) -> tensor<i16>
      %6 = nd.cast %4 : (tensor<i8>) -> tensor<i16>
      %7 = nd.mul %5, %6 : (tensor<i16>, tensor<i16>) -> tensor<i16>
      %8 = nd.constant {value = "1"} : () -> tensor<i16>
      %9 = nd.sub %7, %8 : (tensor<i16>, tensor<i16>) -> tensor<i16>
      nd.yield %9 : tensor<i16>
    } : (tensor<?xui8>, tensor<?xi8>) -> tensor<?xi16>
    func.return %2 : tensor<?xi16>
  }
}
