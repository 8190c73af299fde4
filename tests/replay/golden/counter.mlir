builtin.module {
  func.func @main(%count: tensor<i64>) -> (tensor<i64>, tensor<i64>) {
    %0 = nd.constant {value = "1"} : () -> tensor<i64>
    %1 = nd.add %count, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    func.return %count, %1 : tensor<i64>, tensor<i64>
  }
}
