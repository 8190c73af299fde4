"""Kernels for nvptx64, in LLVM IR, run on the CPU: each GPU thread is an LLVM coroutine."""
