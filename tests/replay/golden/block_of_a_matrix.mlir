builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> tensor<?x?xf64> {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %x {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.constant {value = "-1"} : () -> tensor<i64>
    %3 = nd.constant {value = "2"} : () -> tensor<i64>
    %4 = nd.constant {value = "1"} : () -> tensor<i64>
    %5 = nd.minimum %4, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %6 = nd.sub %0, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %7 = nd.constant {value = "0"} : () -> tensor<i64>
    %8 = nd.maximum %6, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %9 = nd.minimum %5, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %10 = nd.maximum %9, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %11 = nd.gt %1, %7 : (tensor<i64>, tensor<i64>) -> tensor<i1>
    %12 = nd.sub %1, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %13 = nd.int_div %12, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %14 = nd.add %13, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %15 = nd.switch %11, %14, %7 : (tensor<i1>, tensor<i64>, tensor<i64>) -> tensor<i64>
    %16 = nd.minimum %7, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %17 = nd.maximum %16, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %18 = nd.slice %x, %10, %8, %4, %17, %15, %3 {dropped = array<i64>} : (tensor<?x?xf64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?x?xf64>
    nd.assert_index %4, %1 {axis = 1 : i64, what = "nd.subtensor", array = "x"} : (tensor<i64>, tensor<i64>) -> ()
    %19 = nd.add %0, %2 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %20 = nd.maximum %19, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %21 = nd.minimum %20, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %22 = nd.maximum %21, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %23 = nd.minimum %7, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %24 = nd.maximum %23, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %25 = nd.slice %x, %24, %22, %4, %4, %4, %4 {dropped = array<i64: 1>} : (tensor<?x?xf64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    nd.assert_equal %8, %22 {axis = 0 : i64, what = "nd.add", node = 3 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %26 = nd.kernel %18, %25 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>, array<i64: 0>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%27: tensor<f64>, %28: tensor<f64>):
      %29 = nd.add %27, %28 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %29 : tensor<f64>
    } : (tensor<?x?xf64>, tensor<?xf64>) -> tensor<?x?xf64>
    func.return %26 : tensor<?x?xf64>
  }
}
