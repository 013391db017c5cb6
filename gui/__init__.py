"""The window."""

import nnlib as nnlib  # before NumPy: see nnlib/blas.py
