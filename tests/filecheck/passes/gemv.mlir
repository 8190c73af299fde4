// RUN: python -m lamina.passes.opt --passes=canonicalize,specialize %s | filecheck %s

// beta - eta * X.T @ r: one call, in which X stays where it is.

func.func @main(%X: tensor<?x?xf64>, %r: tensor<?xf64>, %eta: tensor<f64>, %beta: tensor<?xf64>) -> tensor<?xf64> {
  %t = nd.dimshuffle %X {input_ndim = 2 : i64, order = array<i64: 1, 0>} : (tensor<?x?xf64>) -> tensor<?x?xf64>
  %c = nd.dimshuffle %r {input_ndim = 1 : i64, order = array<i64: 0, -1>} : (tensor<?xf64>) -> tensor<?x1xf64>
  %d = nd.dot %t, %c : (tensor<?x?xf64>, tensor<?x1xf64>) -> tensor<?x1xf64>
  %g = nd.dimshuffle %d {input_ndim = 2 : i64, order = array<i64: 0>} : (tensor<?x1xf64>) -> tensor<?xf64>
  %s = nd.mul %eta, %g : (tensor<f64>, tensor<?xf64>) -> tensor<?xf64>
  %y = nd.sub %beta, %s : (tensor<?xf64>, tensor<?xf64>) -> tensor<?xf64>
  func.return %y : tensor<?xf64>
}

// CHECK:      [[ONE:%.*]] = nd.constant {value = "1.0"} : () -> tensor<f64>
// CHECK-NEXT: [[ALPHA:%.*]] = nd.neg %eta
// CHECK-NEXT: %y = nd.gemv %X, %r, [[ALPHA]], %beta, [[ONE]] {transposed = true, accumulate = true}
// CHECK-NEXT: func.return %y
