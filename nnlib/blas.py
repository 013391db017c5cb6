"""How many threads NumPy's BLAS uses: one, unless the environment says otherwise.

Imported before NumPy. OpenBLAS's threads wait for each other by spinning: as soon as something else
uses a core (this program's own painting, a browser), training is up to sixty times slower with two
threads on two cores than with one. Who has cores to spare sets OPENBLAS_NUM_THREADS.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
