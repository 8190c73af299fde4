"""What a graph is: variables joined by applications of ops. Plain Python and NumPy."""
