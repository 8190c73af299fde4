builtin.module {
  func.func @main(%a: tensor<?x?x?xf64>, %b: tensor<?x?x?xf64>) -> tensor<?x?x?xf64> {
    %0 = nd.dim %a {i = 2 : i64} : (tensor<?x?x?xf64>) -> tensor<i64>
    %1 = nd.dim %b {i = 1 : i64} : (tensor<?x?x?xf64>) -> tensor<i64>
    %2 = nd.dim %a {i = 0 : i64} : (tensor<?x?x?xf64>) -> tensor<i64>
    %3 = nd.dim %b {i = 0 : i64} : (tensor<?x?x?xf64>) -> tensor<i64>
    nd.assert_equal %2, %3 {axis = 0 : i64, what = "nd.dot", node = 0 : i64} : (tensor<i64>, tensor<i64>) -> ()
    nd.assert_equal %0, %1 {axis = 1 : i64, what = "nd.dot", node = 0 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %4 = nd.dot %a, %b : (tensor<?x?x?xf64>, tensor<?x?x?xf64>) -> tensor<?x?x?xf64>
    func.return %4 : tensor<?x?x?xf64>
  }
}
