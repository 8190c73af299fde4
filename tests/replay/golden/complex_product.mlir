builtin.module {
  func.func @main(%x: tensor<?xcomplex<f64>>, %y: tensor<?xcomplex<f64>>) -> (tensor<?xcomplex<f64>>, tensor<?xf64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xcomplex<f64>>) -> tensor<i64>
    %1 = nd.dim %y {i = 0 : i64} : (tensor<?xcomplex<f64>>) -> tensor<i64>
    nd.assert_equal %0, %1 {axis = 0 : i64, what = "nd.mul", node = 0 : i64} : (tensor<i64>, tensor<i64>) -> ()
    %2, %3 = nd.kernel %x, %y attributes {iterators = ["parallel"], maps = [array<i64: 0>, array<i64: 0>, array<i64: 0>, array<i64: 0>], combine = ["", ""], extents = array<i64: -1>} {
    ^bb0(%4: tensor<complex<f64>>, %5: tensor<complex<f64>>):
      %6 = nd.mul %4, %5 : (tensor<complex<f64>>, tensor<complex<f64>>) -> tensor<complex<f64>>
      %7 = nd.abs %4 : (tensor<complex<f64>>) -> tensor<f64>
      nd.yield %6, %7 : tensor<complex<f64>>, tensor<f64>
    } : (tensor<?xcomplex<f64>>, tensor<?xcomplex<f64>>) -> (tensor<?xcomplex<f64>>, tensor<?xf64>)
    func.return %2, %3 : tensor<?xcomplex<f64>>, tensor<?xf64>
  }
}
