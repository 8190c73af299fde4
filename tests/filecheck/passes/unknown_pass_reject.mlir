// RUN: not python -m lamina.passes.opt --passes=simplify %s 2>&1 | filecheck %s

func.func @main(%x: tensor<f64>) -> tensor<f64> {
  func.return %x : tensor<f64>
}

// CHECK: no pass 'simplify'; there are canonicalize, stabilize, specialize, cse, dce, fuse-products, prove-checks, share-rows and rewrites
