// RUN: python -m lamina.passes.opt --passes=product-of-matrices %s | filecheck %s

// BLAS multiplies no stacks of matrices, and no integers.

func.func @main(%a: tensor<?x2x2xf64>, %b: tensor<2x2xi64>) -> (tensor<?x2x2xf64>, tensor<2x2xi64>) {
  %c = nd.dot %a, %a : (tensor<?x2x2xf64>, tensor<?x2x2xf64>) -> tensor<?x2x2xf64>
  %d = nd.dot %b, %b : (tensor<2x2xi64>, tensor<2x2xi64>) -> tensor<2x2xi64>
  func.return %c, %d : tensor<?x2x2xf64>, tensor<2x2xi64>
}

// CHECK: %c = nd.dot %a, %a
// CHECK-NEXT: %d = nd.dot %b, %b
