"""What `fedser corpora` and `fedser environments` print."""
