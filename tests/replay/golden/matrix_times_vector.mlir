builtin.module {
  func.func @main(%m: tensor<?x?xf64>, %x: tensor<?xf64>) -> tensor<?xf64> {
    %0 = nd.dim %m {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %2 = nd.constant {value = "1.0"} : () -> tensor<f64>
    nd.assert_equal %0, %1 {axis = 0 : i64, what = "nd.dot", node = 1 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %3 = nd.gemv %m, %x, %2 {transposed = false, accumulate = false} : (tensor<?x?xf64>, tensor<?xf64>, tensor<f64>) -> tensor<?xf64>
    func.return %3 : tensor<?xf64>
  }
}
