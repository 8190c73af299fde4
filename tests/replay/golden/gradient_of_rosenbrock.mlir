builtin.module {
  func.func @main(%x: tensor<?xf64>) -> (tensor<f64>, tensor<?xf64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "-1"} : () -> tensor<i64>
    %2 = nd.constant {value = "1"} : () -> tensor<i64>
    %3 = nd.constant {value = "0"} : () -> tensor<i64>
    %4 = nd.minimum %2, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %5 = nd.sub %0, %4 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %6 = nd.maximum %5, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %7 = nd.minimum %4, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %8 = nd.maximum %7, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %9 = nd.slice %x, %8, %6, %2 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %10 = nd.add %0, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %11 = nd.maximum %10, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %12 = nd.minimum %11, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %13 = nd.maximum %12, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %14 = nd.minimum %3, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %15 = nd.maximum %14, %3 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %16 = nd.slice %x, %15, %13, %2 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    nd.assert_equal %6, %13 {axis = 0 : i64, what = "nd.sub", node = 5 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %17 = nd.kernel %0 attributes {iterators = ["parallel"], maps = [array<i64>, array<i64: 0>], combine = [""], extents = array<i64: 0>} {
      %18 = nd.constant {value = "0.0"} : () -> tensor<f64>
      nd.yield %18 : tensor<f64>
    } : (tensor<i64>) -> tensor<?xf64>
    nd.assert_equal %12, %6 {axis = 0 : i64, what = "nd.inc_subtensor", op = "inc_subtensor"} : (tensor<i64>, tensor<i64>) -> ()
    nd.assert_equal %6, %6 {axis = 0 : i64, what = "nd.inc_subtensor", op = "inc_subtensor"} : (tensor<i64>, tensor<i64>) -> ()
    %18, %19, %20, %21 = nd.kernel %16, %9 attributes {iterators = ["reduction"], maps = [array<i64: 0>, array<i64: 0>, array<i64>, array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["sum", "", "", ""], extents = array<i64: -1>} {
    ^bb0(%22: tensor<f64>, %23: tensor<f64>):
      %24 = nd.sqr %22 : (tensor<f64>) -> tensor<f64>
      %25 = nd.sub %23, %24 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %26 = nd.sqr %25 : (tensor<f64>) -> tensor<f64>
      %27 = nd.constant {value = "100.0"} : () -> tensor<f64>
      %28 = nd.mul %27, %26 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %29 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %30 = nd.sub %29, %22 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %31 = nd.sqr %30 : (tensor<f64>) -> tensor<f64>
      %32 = nd.add %28, %31 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %33 = nd.constant {value = "-2.0"} : () -> tensor<f64>
      %34 = nd.mul %33, %30 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %35 = nd.constant {value = "200.0"} : () -> tensor<f64>
      %36 = nd.mul %25, %35 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %37 = nd.constant {value = "2.0"} : () -> tensor<f64>
      %38 = nd.mul %37, %22 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %39 = nd.mul %36, %38 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %40 = nd.neg %39 : (tensor<f64>) -> tensor<f64>
      nd.yield %32, %34, %36, %40 : tensor<f64>, tensor<f64>, tensor<f64>, tensor<f64>
    } : (tensor<?xf64>, tensor<?xf64>) -> (tensor<f64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>)
    %22 = nd.update_slice %17, %19, %15, %13, %2 {dropped = array<i64>, set = false} : (tensor<?xf64>, tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %23 = nd.update_slice %22, %21, %15, %13, %2 {dropped = array<i64>, set = false} : (tensor<?xf64>, tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %24 = nd.update_slice %23, %20, %8, %6, %2 {dropped = array<i64>, set = false} : (tensor<?xf64>, tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    func.return %18, %24 : tensor<f64>, tensor<?xf64>
  }
}
