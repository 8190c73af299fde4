"""Uses of every function on whole arrays, by family: functions of a namespace and of arrays.

A case is written once for Lamina and NumPy (`names`). Its parameters after the namespace are
arrays: s, t of no dimension, v, w of one, M, N of two, T, U of three, Q of four; R a row, C a
column, E a stack of one matrix (of static length 1); A a square matrix, B two of them, P positive
numbers; k, K indices of dtype int64, b, D bools.
"""
