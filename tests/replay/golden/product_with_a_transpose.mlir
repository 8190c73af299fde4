builtin.module {
  func.func @main(%a: tensor<?x?xf64>, %b: tensor<?x?xf64>) -> tensor<?x?xf64> {
    %0 = nd.dim %a {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %b {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.constant {value = "1.0"} : () -> tensor<f64>
    nd.assert_equal %0, %1 {axis = 0 : i64, what = "nd.dot", node = 1 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %3 = nd.gemm %a, %b, %2 {transpose_a = true, transpose_b = false, accumulate = false} : (tensor<?x?xf64>, tensor<?x?xf64>, tensor<f64>) -> tensor<?x?xf64>
    func.return %3 : tensor<?x?xf64>
  }
}
