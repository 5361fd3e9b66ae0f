"""Arrays to pictures and numbers, with NumPy alone."""
