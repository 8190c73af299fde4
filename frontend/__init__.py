"""Lamina: define, manipulate and compile array expressions."""
