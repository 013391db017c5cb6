"""What `make bench` runs. All comparisons are ratios within one run; nothing here is a test."""

import os as _os

FORCED = ("OPENBLAS_", "OMP_", "MKL_", "GOTO_")
ENVIRONMENT = {key: text for key, text in _os.environ.items() if not key.startswith(FORCED)}
"""The environment of child processes: as it was before nnlib set anything in it, and without what
would choose threads or kernels for an engine; each is measured as it comes."""

import nnlib as nnlib  # noqa: E402 - before NumPy: see nnlib/blas.py
