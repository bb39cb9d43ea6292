"""Studies: one experiment under several values of its options, and runs that are laid side by side."""
