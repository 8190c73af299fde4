builtin.module {
  func.func @main(%x: tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>) {
    %0, %1, %2, %3, %4 = nd.kernel %x attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["", "", "", "", ""], extents = array<i64: -1>} {
    ^bb0(%5: tensor<f64>):
      %6 = nd.floor %5 : (tensor<f64>) -> tensor<f64>
      %7 = nd.ceil %5 : (tensor<f64>) -> tensor<f64>
      %8 = nd.round_half_to_even %5 : (tensor<f64>) -> tensor<f64>
      %9 = nd.trunc %5 : (tensor<f64>) -> tensor<f64>
      %10 = nd.sign %5 : (tensor<f64>) -> tensor<f64>
      nd.yield %6, %7, %8, %9, %10 : tensor<f64>, tensor<f64>, tensor<f64>, tensor<f64>, tensor<f64>
    } : (tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>)
    func.return %0, %1, %2, %3, %4 : tensor<?xf64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>
  }
}
