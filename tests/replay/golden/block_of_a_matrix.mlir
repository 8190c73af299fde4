builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> tensor<?x?xf64> {
    %0 = nd.dim %x {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %x {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.constant {value = "-1"} : () -> tensor<i64>
    %3 = nd.constant {value = "2"} : () -> tensor<i64>
    %4 = nd.constant {value = "1"} : () -> tensor<i64>
    %5 = nd.constant {value = "0"} : () -> tensor<i64>
    %6 = nd.minimum %4, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %7 = nd.sub %1, %6 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %8 = nd.maximum %7, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %9 = nd.minimum %6, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %10 = nd.maximum %9, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %11 = nd.maximum %0, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %12 = nd.add %11, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %13 = nd.int_div %12, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %14 = nd.minimum %5, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %15 = nd.maximum %14, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %16 = nd.slice %x, %10, %8, %4, %15, %13, %3 {dropped = array<i64>} : (tensor<?x?xf64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?x?xf64>
    %17 = nd.add %1, %2 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %18 = nd.maximum %17, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %19 = nd.minimum %18, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %20 = nd.maximum %19, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %21 = nd.minimum %5, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %22 = nd.maximum %21, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    nd.assert_index %4, %0 {axis = 1 : i64, what = "nd.subtensor", array = "x"} : (tensor<i64>, tensor<i64>) -> ()
    %23 = nd.slice %x, %22, %20, %4, %4, %4, %4 {dropped = array<i64: 1>} : (tensor<?x?xf64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %24 = nd.dimshuffle %23 {input_ndim = 1 : i64, order = array<i64: 0, -1>} : (tensor<?xf64>) -> tensor<?x1xf64>
    nd.assert_equal %8, %20 {axis = 0 : i64, what = "nd.add", node = 3 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %25 = nd.kernel %16, %23 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>, array<i64: 0>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%26: tensor<f64>, %27: tensor<f64>):
      %28 = nd.add %26, %27 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %28 : tensor<f64>
    } : (tensor<?x?xf64>, tensor<?xf64>) -> tensor<?x?xf64>
    func.return %25 : tensor<?x?xf64>
  }
}
