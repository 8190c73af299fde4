builtin.module {
  func.func @main(%X: tensor<?x?xf64>, %y: tensor<?xf64>, %eta: tensor<f64>, %alpha: tensor<f64>, %beta: tensor<?xf64>) -> (tensor<f64>, tensor<f64>, tensor<?xf64>) {
    %0 = nd.dim %y {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.dim %X {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.dim %X {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %3 = nd.dim %beta {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %4 = nd.constant {value = "1.0"} : () -> tensor<f64>
    %5 = nd.constant {value = "-1.0"} : () -> tensor<f64>
    nd.assert_equal %2, %3 {axis = 0 : i64, what = "nd.dot", node = 2 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %6 = nd.gemv %X, %beta, %4 {transposed = false, accumulate = false} : (tensor<?x?xf64>, tensor<?xf64>, tensor<f64>) -> tensor<?xf64>
    nd.assert_equal %0, %1 {axis = 0 : i64, what = "nd.mul", node = 7 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %7 = nd.cast %0 : (tensor<i64>) -> tensor<f64>
    %8 = nd.true_div %5, %7 : (tensor<f64>, tensor<f64>) -> tensor<f64>
    %9 = nd.neg %eta : (tensor<f64>) -> tensor<f64>
    %10, %11, %12 = nd.kernel %alpha, %6, %y, %8 attributes {iterators = ["reduction"], maps = [array<i64>, array<i64: 0>, array<i64: 0>, array<i64>, array<i64>, array<i64: 0>, array<i64>], combine = ["sum", "", "sum"], extents = array<i64: -1>} {
    ^bb0(%13: tensor<f64>, %14: tensor<f64>, %15: tensor<f64>, %16: tensor<f64>):
      %17 = nd.add %13, %14 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %18 = nd.sigmoid %17 : (tensor<f64>) -> tensor<f64>
      %19 = nd.neg %17 : (tensor<f64>) -> tensor<f64>
      %20 = nd.scalar_softplus %19 : (tensor<f64>) -> tensor<f64>
      %21 = nd.mul %20, %15 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %22 = nd.constant {value = "1.0"} : () -> tensor<f64>
      %23 = nd.sub %22, %15 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %24 = nd.sigmoid %19 : (tensor<f64>) -> tensor<f64>
      %25 = nd.scalar_softplus %17 : (tensor<f64>) -> tensor<f64>
      %26 = nd.mul %25, %23 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %27 = nd.add %21, %26 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %28 = nd.mul %16, %23 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %29 = nd.mul %16, %15 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %30 = nd.mul %29, %24 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %31 = nd.mul %28, %18 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %32 = nd.sub %30, %31 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %27, %32, %32 : tensor<f64>, tensor<f64>, tensor<f64>
    } : (tensor<f64>, tensor<?xf64>, tensor<?xf64>, tensor<f64>) -> (tensor<f64>, tensor<?xf64>, tensor<f64>)
    %13 = nd.true_div %10, %7 : (tensor<f64>, tensor<f64>) -> tensor<f64>
    %14 = nd.mul %eta, %12 : (tensor<f64>, tensor<f64>) -> tensor<f64>
    %15 = nd.sub %alpha, %14 : (tensor<f64>, tensor<f64>) -> tensor<f64>
    %16 = nd.gemv %X, %11, %9, %beta, %4 {transposed = true, accumulate = true} : (tensor<?x?xf64>, tensor<?xf64>, tensor<f64>, tensor<?xf64>, tensor<f64>) -> tensor<?xf64>
    func.return %13, %15, %16 : tensor<f64>, tensor<f64>, tensor<?xf64>
  }
}
