builtin.module {
  func.func @main(%a: tensor<i64>, %b: tensor<f32>, %c: tensor<i1>) -> tensor<f64> {
    %0 = nd.cast %a : (tensor<i64>) -> tensor<f64>
    %1 = nd.cast %b : (tensor<f32>) -> tensor<f64>
    %2 = nd.mul %0, %1 : (tensor<f64>, tensor<f64>) -> tensor<f64>
    %3 = nd.cos %b : (tensor<f32>) -> tensor<f32>
    %4 = nd.cast %3 : (tensor<f32>) -> tensor<f64>
    %5 = nd.switch %c, %2, %4 : (tensor<i1>, tensor<f64>, tensor<f64>) -> tensor<f64>
    func.return %5 : tensor<f64>
  }
}
