"""Attacks and defences as studies: what updates reveal, and what protection costs."""
