// RUN: python -m lamina.passes.opt --passes=dce %s | filecheck %s

func.func @main(%x: tensor<?xf64>, %y: tensor<?xf64>) -> tensor<?xf64> {
  %n = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
  %m = nd.dim %y {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
  nd.assert_equal %n, %m {axis = 0 : i64, what = "nd.add"} : (tensor<i64>, tensor<i64>) -> ()
  %a = nd.add %x, %y : (tensor<?xf64>, tensor<?xf64>) -> tensor<?xf64>
  %b = nd.exp %a : (tensor<?xf64>) -> tensor<?xf64>
  func.return %x : tensor<?xf64>
}

// What nothing uses goes; checks stay.
// CHECK:      %n = nd.dim %x
// CHECK-NEXT: %m = nd.dim %y
// CHECK-NEXT: nd.assert_equal %n, %m
// CHECK-NEXT: func.return %x
