"""The corpora fedser knows, by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fedser.corpora import (
    audformat_database,
    cremad,
    emodb,
    emotiontts,
    iemocap,
    manifest,
    msp_improv,
    msp_podcast,
    nemo,
    ravdess,
    synthetic,
)
from fedser.corpora.assembly import assemble
from fedser.corpora.corpus import Corpus
from fedser.corpora.loader import Loader
from fedser.corpora.options import CorpusOptions
from fedser.corpora.transcripts import with_transcripts
from fedser.errors import ConfigError, CorpusError, did_you_mean

LOADERS: dict[str, Loader[Any]] = {
    "audformat": audformat_database.LOADER,
    "cremad": cremad.LOADER,
    "emodb": emodb.LOADER,
    "emotiontts": emotiontts.LOADER,
    "iemocap": iemocap.LOADER,
    "manifest": manifest.LOADER,
    "msp-improv": msp_improv.LOADER,
    "msp-podcast": msp_podcast.LOADER,
    "nemo": nemo.LOADER,
    "ravdess": ravdess.LOADER,
    "synthetic": synthetic.LOADER,
}
"""A new corpus: its file, its test, a line here."""


def load(name: str, root: str | Path | None = None, **options: Any) -> Corpus:
    """Return the corpus `name` that lies in `root`: its folder, or the one that holds it; a manifest's file.

    Raises ConfigError for an unknown name or option, CorpusError for anything wrong with the files; both in
    one line that says where.
    """
    checked = check_options(name, options)
    loader = LOADERS[name]
    place = _place(name, loader, root)
    try:
        parsed = with_transcripts(loader.parse(place, checked), checked.transcripts, place)
        return assemble(name, parsed, checked)
    except CorpusError as error:
        # What a manifest says in a cell of several lines is quoted in one.
        raise CorpusError(f"{name}, {place}: {' '.join(str(error).splitlines())}") from error
    except OSError as error:
        raise CorpusError(f"{name}, {error.filename or place}: {error.strerror or error}") from error


def check_options(name: str, options: Mapping[str, Any]) -> CorpusOptions:
    """Return the options of the corpus `name`, complete and typed, without touching a file.

    Raises ConfigError, with a suggestion, for an unknown corpus or option or a wrong value.
    """
    if name not in LOADERS:
        raise ConfigError(f'unknown corpus "{name}"{did_you_mean(name, LOADERS)}')
    checked: CorpusOptions = LOADERS[name].options.read(options, f'options of corpus "{name}"')
    return checked


def corpora_in(root: str | Path) -> tuple[str, ...]:
    """Return the names of the corpora that `root` is or holds, judged by names of files; () for none."""
    place = Path(root)
    return tuple(name for name, loader in LOADERS.items() if place.exists() and loader.lies_in(place))


def _place(name: str, loader: Loader[Any], root: str | Path | None) -> Path:
    if root is not None:
        return Path(root)
    if loader.default_root is None:
        raise ConfigError(f'corpus "{name}" needs a root: the folder that holds it, or the file of a manifest')
    return loader.default_root()
