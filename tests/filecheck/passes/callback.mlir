// RUN: python -m lamina.passes.opt --passes=canonicalize,cse,dce %s | filecheck %s

func.func @main(%x: tensor<?xf64>) -> (tensor<?xf64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>) {
  %a, %n = nd.callback %x {node = 0 : i64, op = 0 : i64, title = "A"} : (tensor<?xf64>) -> (tensor<?xf64>, tensor<f64>)
  %b, %m = nd.callback %x {node = 1 : i64, op = 0 : i64, title = "A"} : (tensor<?xf64>) -> (tensor<?xf64>, tensor<f64>)
  %c = nd.callback %x {node = 2 : i64, op = 2 : i64, title = "A"} : (tensor<?xf64>) -> tensor<?xf64>
  %d = nd.callback %c {node = 3 : i64, op = 2 : i64, title = "A"} : (tensor<?xf64>) -> tensor<?xf64>
  %e = nd.callback %x {node = 4 : i64, op = 4 : i64, title = "B"} : (tensor<?xf64>) -> tensor<?xf64>
  %s = nd.mul %b, %m : (tensor<?xf64>, tensor<f64>) -> tensor<?xf64>
  func.return %a, %s, %c, %d : tensor<?xf64>, tensor<?xf64>, tensor<?xf64>, tensor<?xf64>
}

// Equal ops on equal operands are one, not those that only have the same title; unused ones go.
// CHECK:      %a, %n = nd.callback %x {node = 0 : i64, op = 0 : i64
// CHECK-NEXT: %c = nd.callback %x {node = 2 : i64, op = 2 : i64
// CHECK-NEXT: %d = nd.callback %c {node = 3 : i64, op = 2 : i64
// CHECK-NEXT: %s = nd.mul %a, %n
// CHECK-NEXT: func.return %a, %s, %c, %d
