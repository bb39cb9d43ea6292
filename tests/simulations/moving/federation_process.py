"""Run the federation of a prepared folder in a process of its own: FOLDER DEVICES WORKERS."""

import sys
from pathlib import Path

from simulations.engines.inprocess import run_federation

if __name__ == "__main__":
    run_federation(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
