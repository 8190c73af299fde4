// RUN: python -m lamina.passes.opt --passes=cse %s | filecheck %s

func.func @main(%x: tensor<3xf64>, %y: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>, tensor<f64>) {
  %a = nd.add %x, %y : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %b = nd.add %y, %x {line = "another.py:1"} : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %c = nd.sub %x, %y : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %d = nd.sub %y, %x : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %e = nd.mul %a, %b : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %f = nd.mul %c, %d : (tensor<3xf64>, tensor<3xf64>) -> tensor<3xf64>
  %g = nd.sum %a {axis = array<i64: 0>} : (tensor<3xf64>) -> tensor<f64>
  %h = nd.sum %b : (tensor<3xf64>) -> tensor<f64>
  %i = nd.add %g, %h : (tensor<f64>, tensor<f64>) -> tensor<f64>
  func.return %e, %f, %i : tensor<3xf64>, tensor<3xf64>, tensor<f64>
}

// a + b is b + a, but a - b is not b - a; sums over other axes are other sums.
// CHECK:      %a = nd.add %x, %y
// CHECK-NEXT: %c = nd.sub %x, %y
// CHECK-NEXT: %d = nd.sub %y, %x
// CHECK-NEXT: %e = nd.mul %a, %a
// CHECK-NEXT: %f = nd.mul %c, %d
// CHECK-NEXT: %g = nd.sum %a {axis = array<i64: 0>}
// CHECK-NEXT: %h = nd.sum %a :
// CHECK-NEXT: %i = nd.add %g, %h
