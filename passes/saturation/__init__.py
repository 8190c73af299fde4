"""Equality saturation: all forms of a program that the rules allow, and the cheapest of them."""
