"""IEMOCAP: Busso et al. (2008), Language Resources and Evaluation 42(4):335–359. English, 10 actors, dyadic."""

from fedser.corpora.iemocap.release import Iemocap

__all__ = ["Iemocap"]
