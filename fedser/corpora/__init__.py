"""Speech corpora as tables of labelled utterances: one parser a file, one pipeline for all."""

from fedser.corpora.catalogue import check_options, corpora_in, load, load_divided
from fedser.corpora.corpus import COLUMNS, Corpus
from fedser.corpora.counts import count
from fedser.corpora.layout import Layout
from fedser.corpora.loader import CorpusLoader, Parsed
from fedser.vocabulary import SPLITS

__all__ = [
    "COLUMNS",
    "SPLITS",
    "Corpus",
    "CorpusLoader",
    "Layout",
    "Parsed",
    "check_options",
    "corpora_in",
    "count",
    "load",
    "load_divided",
]
