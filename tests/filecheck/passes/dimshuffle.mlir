// RUN: python -m lamina.passes.opt --passes=dimshuffle,cse,dce %s | filecheck %s

func.func @main(%x: tensor<?x?xf64>, %y: tensor<?x1xf64>) -> (tensor<?x?xf64>, tensor<?x1xf64>, tensor<?x1x?xf64>) {
  %a = nd.dimshuffle %x {input_ndim = 2 : i64, order = array<i64: 1, 0>} : (tensor<?x?xf64>) -> tensor<?x?xf64>
  %b = nd.dimshuffle %a {input_ndim = 2 : i64, order = array<i64: 1, 0>} : (tensor<?x?xf64>) -> tensor<?x?xf64>
  %c = nd.dimshuffle %y {input_ndim = 2 : i64, order = array<i64: 0>} : (tensor<?x1xf64>) -> tensor<?xf64>
  %d = nd.dimshuffle %c {input_ndim = 1 : i64, order = array<i64: 0, -1>} : (tensor<?xf64>) -> tensor<?x1xf64>
  %e = nd.dimshuffle %a {input_ndim = 2 : i64, order = array<i64: 0, -1, 1>} : (tensor<?x?xf64>) -> tensor<?x1x?xf64>
  func.return %b, %d, %e : tensor<?x?xf64>, tensor<?x1xf64>, tensor<?x1x?xf64>
}

// CHECK:      func.func @main
// CHECK-NEXT:   %e = nd.dimshuffle %x {input_ndim = 2 : i64, order = array<i64: 1, -1, 0>}
// CHECK-NEXT:   func.return %x, %y, %e
