"""fedser: speech emotion recognition that keeps learning, on one device or many.

A corpus heard in an acoustic environment becomes embeddings; a device learns from them one environment
after another, keeping a small episodic memory.
"""

__version__ = "0.1.0"
