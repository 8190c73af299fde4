// RUN: python -m lamina.passes.opt --passes=index-of-function,dce %s | filecheck %s

// log(x + row)[i] -> log(x[i] + row[0]): what broadcasts keeps its one row.

func.func @main(%x: tensor<?x?xf64>, %row: tensor<1x?xf64>, %i: tensor<i64>) -> tensor<?xf64> {
  %a = nd.add %x, %row : (tensor<?x?xf64>, tensor<1x?xf64>) -> tensor<?x?xf64>
  %b = nd.log %a : (tensor<?x?xf64>) -> tensor<?x?xf64>
  %y = nd.subtensor %b, %i {idx_list = ["i"]} : (tensor<?x?xf64>, tensor<i64>) -> tensor<?xf64>
  func.return %y : tensor<?xf64>
}

// CHECK:      [[ZERO:%.*]] = nd.constant {value = "0"} : () -> tensor<i64>
// CHECK-NEXT: [[X:%.*]] = nd.subtensor %x, %i
// CHECK-NEXT: [[ROW:%.*]] = nd.subtensor %row, [[ZERO]]
// CHECK-NEXT: [[SUM:%.*]] = nd.add [[X]], [[ROW]]
// CHECK-NEXT: %y = nd.log [[SUM]]
