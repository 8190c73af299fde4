"""Devices that run kernels: CUDA's, and one emulated on the CPU."""
