builtin.module {
  func.func @main(%x: tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>) {
    %0 = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
    %1 = nd.constant {value = "-1"} : () -> tensor<i64>
    %2 = nd.constant {value = "10.0"} : () -> tensor<f64>
    %3 = nd.constant {value = "0.0"} : () -> tensor<f64>
    %4 = nd.constant {value = "1"} : () -> tensor<i64>
    %5 = nd.minimum %4, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %6 = nd.constant {value = "3"} : () -> tensor<i64>
    %7 = nd.minimum %6, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %8 = nd.sub %7, %5 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %9 = nd.constant {value = "0"} : () -> tensor<i64>
    %10 = nd.maximum %8, %9 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %11 = nd.minimum %5, %0 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %12 = nd.maximum %11, %9 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %13 = nd.update_slice %x, %3, %12, %10, %4 {dropped = array<i64>, set = true} : (tensor<?xf64>, tensor<f64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    nd.assert_index %1, %0 {axis = 0 : i64, what = "nd.inc_subtensor", array = "x"} : (tensor<i64>, tensor<i64>) -> ()
    %14 = nd.add %0, %1 : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %15 = nd.update_slice %x, %2, %14, %4, %4 {dropped = array<i64: 0>, set = false} : (tensor<?xf64>, tensor<f64>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xf64>
    func.return %13, %15 : tensor<?xf64>, tensor<?xf64>
  }
}
