"""Entry points: the command line and the experiments it runs."""

import os

# Before numpy and torch load their libraries: one thread per process, so that processes do not fight for cores
# and sums are formed in one order.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
