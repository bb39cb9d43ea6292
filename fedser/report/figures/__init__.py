"""Pieces that the figures of several kinds of run are made of."""
