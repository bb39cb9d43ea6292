"""Entry points: the command line and the experiments it runs."""
