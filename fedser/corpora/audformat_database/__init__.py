"""Databases in audEERING's format (package audformat, MIT): Wagner & Wierstorf, https://audeering.github.io/audformat."""

from fedser.corpora.audformat_database.database import Audformat

__all__ = ["Audformat"]
