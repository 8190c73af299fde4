builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> (tensor<?xf64>, tensor<?xf64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.kernel %x attributes {iterators = ["reduction", "parallel"], maps = [array<i64: 0, 1>, array<i64: 1>], combine = ["sum"], extents = array<i64: -1, -1>} {
    ^bb0(%2: tensor<f64>):
      nd.yield %2 : tensor<f64>
    } : (tensor<?x?xf64>) -> tensor<?xf64>
    %2 = nd.cast %0 : (tensor<i64>) -> tensor<f64>
    %mean = nd.kernel %1, %2 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%3: tensor<f64>, %4: tensor<f64>):
      %5 = nd.true_div %3, %4 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %5 : tensor<f64>
    } : (tensor<?xf64>, tensor<f64>) -> tensor<?xf64>
    %3 = nd.constant {value = "1"} : () -> tensor<i64>
    %mean_1 = nd.kernel %1, %2, %3 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 1>, array<i64>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: 2, -1>} {
    ^bb0(%4: tensor<f64>, %5: tensor<f64>):
      %6 = nd.true_div %4, %5 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %6 : tensor<f64>
    } : (tensor<?xf64>, tensor<f64>, tensor<i64>) -> tensor<1x?xf64>
    %4 = nd.kernel %x, %mean_1 attributes {iterators = ["reduction", "parallel"], maps = [array<i64: 0, 1>, array<i64: -1, 1>, array<i64: 1>], combine = ["sum"], extents = array<i64: -1, -1>} {
    ^bb0(%5: tensor<f64>, %6: tensor<f64>):
      %7 = nd.sub %5, %6 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      %8 = nd.sqr %7 : (tensor<f64>) -> tensor<f64>
      nd.yield %8 : tensor<f64>
    } : (tensor<?x?xf64>, tensor<1x?xf64>) -> tensor<?xf64>
    %var = nd.kernel %4, %2 attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64>, array<i64: 0>], combine = [""], extents = array<i64: -1>} {
    ^bb0(%5: tensor<f64>, %6: tensor<f64>):
      %7 = nd.true_div %5, %6 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %7 : tensor<f64>
    } : (tensor<?xf64>, tensor<f64>) -> tensor<?xf64>
    func.return %mean, %var : tensor<?xf64>, tensor<?xf64>
  }
}
