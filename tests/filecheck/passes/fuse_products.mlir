// RUN: python -m lamina.passes.opt --passes=fuse-products %s | filecheck %s

// A bias and a ReLU of a scaled product: alpha becomes an operand of the map.

func.func @main(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>, %alpha: tensor<f32>, %v: tensor<?xf32>) -> tensor<?x?xf32> {
  %p = nd.gemm %a, %b, %alpha {transpose_a = false, transpose_b = true, accumulate = false} : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<f32>) -> tensor<?x?xf32>
  %y = nd.kernel %v, %p attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 1>, array<i64: 0, 1>, array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>} {
  ^bb0(%bias: tensor<f32>, %element: tensor<f32>):
    %sum = nd.add %element, %bias : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %zero = nd.constant {value = "0.0"} : () -> tensor<f32>
    %relu = nd.maximum %sum, %zero : (tensor<f32>, tensor<f32>) -> tensor<f32>
    nd.yield %relu : tensor<f32>
  } : (tensor<?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  func.return %y : tensor<?x?xf32>
}

// CHECK-NOT:  nd.gemm
// CHECK:      %y = nd.product_kernel %a, %b, %alpha, %v attributes {transpose_a = false, transpose_b = true, maps = [array<i64>, array<i64: 1>, array<i64: 0, 1>]} {
// CHECK-NEXT: ^bb0([[P:%.*]]: tensor<f32>, [[ALPHA:%.*]]: tensor<f32>, %bias: tensor<f32>):
// CHECK-NEXT:   [[SCALED:%.*]] = nd.mul [[ALPHA]], [[P]]
// CHECK-NEXT:   %sum = nd.add [[SCALED]], %bias
