// RUN: python -m lamina.passes.opt --passes=canonicalize %s | filecheck %s

// The shape of an expression is that of its arguments: the expression need not be computed.

func.func @main(%x: tensor<?x3xf64>, %y: tensor<3xf64>) -> (tensor<i64>, tensor<2xi64>) {
  %a = nd.mul %x, %y : (tensor<?x3xf64>, tensor<3xf64>) -> tensor<?x3xf64>
  %b = nd.exp %a : (tensor<?x3xf64>) -> tensor<?x3xf64>
  %c = nd.dimshuffle %b {input_ndim = 2 : i64, order = array<i64: 1, 0>} : (tensor<?x3xf64>) -> tensor<3x?xf64>
  %n = nd.dim %c {i = 1 : i64} : (tensor<3x?xf64>) -> tensor<i64>
  %s = nd.shape %c : (tensor<3x?xf64>) -> tensor<2xi64>
  func.return %n, %s : tensor<i64>, tensor<2xi64>
}

// CHECK-NOT:  nd.exp
// CHECK:      [[THREE:%.*]] = nd.constant {value = "3"}
// CHECK:      [[N:%.*]] = nd.dim %x {i = 0 : i64}
// CHECK-NEXT: [[S:%.*]] = nd.make_vector [[THREE]], [[N]]
// CHECK-NEXT: func.return [[N]], [[S]]
