builtin.module {
  func.func @main(%a: tensor<?x?xf64>, %b: tensor<?x?xf64>, %c: tensor<?x?xf64>) -> tensor<?x?xf64> {
    %0 = nd.dim %c {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %b {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.dim %c {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %3 = nd.dim %a {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %4 = nd.dim %a {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %5 = nd.dim %b {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %6 = nd.constant {value = "0.5"} : () -> tensor<f64>
    %7 = nd.constant {value = "2.0"} : () -> tensor<f64>
    nd.assert_equal %4, %5 {axis = 0 : i64, what = "nd.dot", node = 3 : i64} : (tensor<i64>, tensor<i64>) -> ()
    nd.assert_equal %2, %3 {axis = 0 : i64, what = "nd.add", node = 5 : i64} : (tensor<i64>, tensor<i64>) -> ()
    nd.assert_equal %0, %1 {axis = 1 : i64, what = "nd.add", node = 5 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %8 = nd.gemm %a, %b, %7, %c, %6 {transpose_a = false, transpose_b = false, accumulate = true} : (tensor<?x?xf64>, tensor<?x?xf64>, tensor<f64>, tensor<?x?xf64>, tensor<f64>) -> tensor<?x?xf64>
    func.return %8 : tensor<?x?xf64>
  }
}
