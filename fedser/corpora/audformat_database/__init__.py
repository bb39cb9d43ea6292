"""Databases in audEERING's format (package audformat, MIT): Wagner & Wierstorf, https://audeering.github.io/audformat."""

from fedser.corpora.audformat_database.database import LOADER, AudformatOptions

__all__ = ["LOADER", "AudformatOptions"]
