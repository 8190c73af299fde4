"""Measurements: ``python -m benchmarks [NAME ...]``; each compares Lamina with others in one run,
outputs checked.
"""
