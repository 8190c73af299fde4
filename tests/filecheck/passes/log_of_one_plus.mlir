// RUN: python -m lamina.passes.opt --passes=stabilize %s | filecheck %s

// The user's line and the value's name go over to what takes their place.

func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
  %one = nd.constant {value = "1.0"} : () -> tensor<f64>
  %sum = nd.add %one, %x : (tensor<f64>, tensor<?xf64>) -> tensor<?xf64>
  %y = nd.log %sum {line = "model.py:7"} : (tensor<?xf64>) -> tensor<?xf64>
  func.return %y : tensor<?xf64>
}

// CHECK:      func.func @main(%x: tensor<?xf64>) -> tensor<?xf64> {
// CHECK-NEXT:   %y = nd.log1p %x {line = "model.py:7"} : (tensor<?xf64>) -> tensor<?xf64>
// CHECK-NEXT:   func.return %y
