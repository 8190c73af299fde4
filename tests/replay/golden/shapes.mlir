builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> (tensor<2xi64>, tensor<i64>, tensor<?x?xf64>) {
    %0 = nd.dim %x {i = 1 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %1 = nd.dim %x {i = 0 : i64} : (tensor<?x?xf64>) -> tensor<i64>
    %2 = nd.constant {value = "2"} : () -> tensor<i64>
    %3 = nd.make_vector %1, %0 {dtype = "int64"} : (tensor<i64>, tensor<i64>) -> tensor<2xi64>
    %4 = nd.mul %1, %2 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %5 = nd.cast %0 : (tensor<i64>) -> tensor<f64>
    %6 = nd.kernel %x, %5 attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>, array<i64>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
    ^bb0(%7: tensor<f64>, %8: tensor<f64>):
      %9 = nd.true_div %7, %8 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %9 : tensor<f64>
    } : (tensor<?x?xf64>, tensor<f64>) -> tensor<?x?xf64>
    func.return %3, %4, %6 : tensor<2xi64>, tensor<i64>, tensor<?x?xf64>
  }
}
