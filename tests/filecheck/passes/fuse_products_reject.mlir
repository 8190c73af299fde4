// RUN: python -m lamina.passes.opt --passes=fuse-products %s | filecheck %s

// The rows of the product are summed: no map.

func.func @main(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>, %one: tensor<f32>) -> tensor<?xf32> {
  %p = nd.gemm %a, %b, %one {transpose_a = false, transpose_b = false, accumulate = false} : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<f32>) -> tensor<?x?xf32>
  %y = nd.kernel %p attributes {iterators = ["parallel", "reduction"], maps = [array<i64: 0, 1>, array<i64: 0>], combine = ["sum"], extents = array<i64: -1, -1>} {
  ^bb0(%element: tensor<f32>):
    nd.yield %element : tensor<f32>
  } : (tensor<?x?xf32>) -> tensor<?xf32>
  func.return %y : tensor<?xf32>
}

// CHECK:      %p = nd.gemm
// CHECK-NEXT: %y = nd.kernel %p
