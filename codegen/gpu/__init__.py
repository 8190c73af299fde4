"""Kernels for devices: MLIR's gpu dialect to LLVM IR for NVPTX, and that to PTX."""
