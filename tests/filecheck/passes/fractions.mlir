// RUN: python -m lamina.passes.opt --passes=canonicalize %s | filecheck %s
// RUN: python -m lamina.passes.opt --passes=canonicalize --strict-ieee %s | filecheck %s --check-prefix=STRICT

// (a / p - b / (1 - p)) * p * (1 - p) -> a * (1 - p) - b * p: p may round to 0 or 1.

func.func @main(%a: tensor<?xf64>, %b: tensor<?xf64>, %p: tensor<?xf64>) -> tensor<?xf64> {
  %one = nd.constant {value = "1.0"} : () -> tensor<f64>
  %q = nd.sub %one, %p : (tensor<f64>, tensor<?xf64>) -> tensor<?xf64>
  %c = nd.true_div %a, %p : (tensor<?xf64>, tensor<?xf64>) -> tensor<?xf64>
  %d = nd.true_div %b, %q : (tensor<?xf64>, tensor<?xf64>) -> tensor<?xf64>
  %e = nd.sub %c, %d : (tensor<?xf64>, tensor<?xf64>) -> tensor<?xf64>
  %f = nd.mul %e, %p : (tensor<?xf64>, tensor<?xf64>) -> tensor<?xf64>
  %g = nd.mul %f, %q : (tensor<?xf64>, tensor<?xf64>) -> tensor<?xf64>
  func.return %g : tensor<?xf64>
}

// CHECK-NOT: nd.true_div
// CHECK:     %q = nd.sub
// CHECK-DAG: [[A:%.*]] = nd.mul %a, %q
// CHECK-DAG: [[B:%.*]] = nd.mul %b, %p
// CHECK:     nd.sub [[A]], [[B]]

// STRICT:    nd.true_div %a, %p
