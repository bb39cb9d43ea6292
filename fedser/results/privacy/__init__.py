"""The results of privacy studies: files and tables."""
