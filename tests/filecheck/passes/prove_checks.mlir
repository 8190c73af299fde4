// RUN: python -m lamina.passes.opt --passes=prove-checks %s | filecheck %s

func.func @main(%x: tensor<?xf64>, %y: tensor<?xf64>, %z: tensor<?xf64>) -> tensor<?xf64> {
  %three = nd.constant {value = "3"} : () -> tensor<i64>
  %four = nd.constant {value = "4"} : () -> tensor<i64>
  %a = nd.dim %x {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
  %b = nd.dim %y {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
  %c = nd.dim %z {i = 0 : i64} : (tensor<?xf64>) -> tensor<i64>
  nd.assert_equal %a, %a {what = "itself"} : (tensor<i64>, tensor<i64>) -> ()
  nd.assert_equal %a, %b {what = "first"} : (tensor<i64>, tensor<i64>) -> ()
  nd.assert_equal %b, %c {what = "second"} : (tensor<i64>, tensor<i64>) -> ()
  nd.assert_equal %c, %a {what = "follows"} : (tensor<i64>, tensor<i64>) -> ()
  nd.assert_equal %c, %three {what = "third"} : (tensor<i64>, tensor<i64>) -> ()
  nd.assert_equal %a, %three {what = "follows too"} : (tensor<i64>, tensor<i64>) -> ()
  nd.assert_equal %b, %four {what = "fails"} : (tensor<i64>, tensor<i64>) -> ()
  func.return %x : tensor<?xf64>
}

// CHECK-NOT: itself
// CHECK-NOT: follows
// CHECK:     nd.assert_equal %a, %b {what = "first"}
// CHECK-NEXT: nd.assert_equal %b, %c {what = "second"}
// CHECK-NEXT: nd.assert_equal %c, %three {what = "third"}
// CHECK-NEXT: nd.assert_equal %b, %four {what = "fails"}
