builtin.module {
  func.func @main(%x: tensor<?xf64>) -> (tensor<2x3xf64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "3"} : () -> tensor<i64>
    %2 = nd.constant {value = "0x0000000000000000000000000000f03f0000000000000040000000000000084000000000000010400000000000001440"} : () -> tensor<2x3xf64>
    nd.assert_equal %0, %1 {axis = 1 : i64, what = "nd.add", node = 1 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %3 = nd.kernel %x, %2 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 1>, array<i64: 0, 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%4: tensor<f64>, %5: tensor<f64>):
      %6 = nd.add %4, %5 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %6 : tensor<f64>
    } : (tensor<?xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
    %4, %5, %6 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["", "", ""], extents = array<i64: -1>} {
    ^bb0(%7: tensor<f64>):
      %8 = nd.constant {value = "0.10000000149011612"} : () -> tensor<f64>
      %9 = nd.mul %7, %8 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %10 = nd.constant {value = "1e+300"} : () -> tensor<f64>
      %11 = nd.add %7, %10 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %12 = nd.constant {value = "nan"} : () -> tensor<f64>
      %13 = nd.sub %7, %12 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %9, %11, %13 : tensor<f64>, tensor<f64>, tensor<f64>
    } : (tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>, tensor<?xf64>)
    func.return %3, %4, %5, %6 : tensor<2x3xf64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>
  }
}
