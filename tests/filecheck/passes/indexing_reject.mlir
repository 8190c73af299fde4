// RUN: python -m lamina.passes.opt --passes=index-of-function %s | filecheck %s

// The whole of log(x) is wanted too: its element is there already.

func.func @main(%x: tensor<?xf64>, %i: tensor<i64>) -> (tensor<?xf64>, tensor<f64>) {
  %a = nd.log %x : (tensor<?xf64>) -> tensor<?xf64>
  %y = nd.subtensor %a, %i {idx_list = ["i"]} : (tensor<?xf64>, tensor<i64>) -> tensor<f64>
  func.return %a, %y : tensor<?xf64>, tensor<f64>
}

// CHECK: %a = nd.log %x
// CHECK-NEXT: %y = nd.subtensor %a, %i
