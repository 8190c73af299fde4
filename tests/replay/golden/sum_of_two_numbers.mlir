builtin.module {
  func.func @main(%a: tensor<f64>, %b: tensor<f64>) -> tensor<f64> {
    %0 = nd.add %a, %b : (tensor<f64>, tensor<f64>) -> tensor<f64>
    func.return %0 : tensor<f64>
  }
}
