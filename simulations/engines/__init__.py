"""Where the federation runs: in this process and its workers, under Ray, or on real SuperNodes."""
