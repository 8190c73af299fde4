builtin.module {
  func.func @main(%x: tensor<?xf64>) -> (tensor<f64>, tensor<?xf64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "200.0"} : () -> tensor<f64>
    %2 = nd.constant {value = "-2.0"} : () -> tensor<f64>
    %3 = nd.constant {value = "0.0"} : () -> tensor<f64>
    %4 = nd.constant {value = "1.0"} : () -> tensor<f64>
    %5 = nd.constant {value = "100.0"} : () -> tensor<f64>
    %6 = nd.constant {value = "2.0"} : () -> tensor<f64>
    %7 = nd.constant {value = "-1"} : () -> tensor<i64>
    %8 = nd.constant {value = "1"} : () -> tensor<i64>
    %9 = nd.constant {value = "0"} : () -> tensor<i64>
    %10 = nd.minimum %8, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %11 = nd.sub %0, %10 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %12 = nd.maximum %11, %9 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %13 = nd.minimum %10, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %14 = nd.maximum %13, %9 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %15 = nd.slice %x, %14, %12, %8 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %16 = nd.add %0, %7 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %17 = nd.maximum %16, %9 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %18 = nd.minimum %17, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %19 = nd.maximum %18, %9 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %20 = nd.minimum %9, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %21 = nd.maximum %20, %9 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %22 = nd.slice %x, %21, %19, %8 {dropped = array<i64>} : (tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    nd.assert_equal %12, %19 {axis = 0 : i64, what = "nd.sub", node = 5 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %23 = nd.kernel %0 attributes {iterators = ["parallel"], maps = [array<i64>, array<i64: 0>], combine = [""], extents = array<i64: 0>} {
      %24 = nd.constant {value = "0.0"} : () -> tensor<f64>
      nd.yield %24 : tensor<f64>
    } : (tensor<i64>) -> tensor<?xf64>
    nd.assert_equal %18, %12 {axis = 0 : i64, what = "nd.inc_subtensor", op = "inc_subtensor"} : (tensor<i64>, tensor<i64>) -> ()
    nd.assert_equal %12, %12 {axis = 0 : i64, what = "nd.inc_subtensor", op = "inc_subtensor"} : (tensor<i64>, tensor<i64>) -> ()
    %24, %25, %26, %27 = nd.kernel %22, %15 attributes {iterators = ["reduction"], maps = [array<i64: 0>, array<i64: 0>, array<i64>, array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["sum", "", "", ""], extents = array<i64: -1>} {
    ^bb0(%28: tensor<f64>, %29: tensor<f64>):
      %30 = nd.sqr %28 : (tensor<f64>) -> tensor<f64>
      %31 = nd.sub %29, %30 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %32 = nd.sqr %31 : (tensor<f64>) -> tensor<f64>
      %33 = nd.constant {value = "100.0"} : () -> tensor<f64>
      %34 = nd.mul %33, %32 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %35 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %36 = nd.sub %35, %28 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %37 = nd.sqr %36 : (tensor<f64>) -> tensor<f64>
      %38 = nd.add %34, %37 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %39 = nd.constant {value = "-2.0"} : () -> tensor<f64>
      %40 = nd.mul %39, %36 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %41 = nd.constant {value = "200.0"} : () -> tensor<f64>
      %42 = nd.mul %31, %41 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %43 = nd.constant {value = "2.0"} : () -> tensor<f64>
      %44 = nd.mul %43, %28 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %45 = nd.mul %42, %44 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %46 = nd.neg %45 : (tensor<f64>) -> tensor<f64>
      nd.yield %38, %40, %42, %46 : tensor<f64>, tensor<f64>, tensor<f64>, tensor<f64>
    } : (tensor<?xf64>, tensor<?xf64>) -> (tensor<f64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>)
    %28 = nd.update_slice %23, %25, %21, %19, %8 {dropped = array<i64>, set = false} : (tensor<?xf64>, tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %29 = nd.update_slice %28, %27, %21, %19, %8 {dropped = array<i64>, set = false} : (tensor<?xf64>, tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    %30 = nd.update_slice %29, %26, %14, %12, %8 {dropped = array<i64>, set = false} : (tensor<?xf64>, tensor<?xf64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    func.return %24, %30 : tensor<f64>, tensor<?xf64>
  }
}
