"""Bad inputs, each with what is to be said of it: one table for the suite and for the real command line."""

from tests.bad_inputs import options, paths, runs, tables, texts

CASES = [case for part in (options, texts, tables, paths, runs) for case in part.CASES]
