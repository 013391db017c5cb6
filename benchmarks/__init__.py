"""What `make bench` runs. All comparisons are ratios within one run; nothing here is a test."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as main.py does, which says why
