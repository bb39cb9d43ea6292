"""One device that meets environments in order: the experiment of `fedser paper`."""
