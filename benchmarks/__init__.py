"""What `make bench` runs. All comparisons are ratios within one run; nothing here is a test."""

import nnlib as nnlib  # before NumPy: see nnlib/blas.py
