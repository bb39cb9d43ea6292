"""The corpora fedser knows, by name; each is imported only when asked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fedser.corpora.assembly import assemble
from fedser.corpora.corpus import Corpus
from fedser.corpora.loader import CorpusLoader
from fedser.corpora.transcripts import with_transcripts
from fedser.errors import ConfigError, CorpusError
from fedser.file_names import existing
from fedser.plugins import Registry

LOADERS: Registry[type[CorpusLoader]] = Registry(
    "corpora",
    "corpus",
    {
        "audformat": "fedser.corpora.audformat_database:Audformat",
        "cremad": "fedser.corpora.cremad:Cremad",
        "emodb": "fedser.corpora.emodb:EmoDb",
        "emotiontts": "fedser.corpora.emotiontts:EmotionTts",
        "iemocap": "fedser.corpora.iemocap:Iemocap",
        "manifest": "fedser.corpora.manifest:Manifest",
        "msp-improv": "fedser.corpora.msp_improv:MspImprov",
        "msp-podcast": "fedser.corpora.msp_podcast:MspPodcast",
        "nemo": "fedser.corpora.nemo:Nemo",
        "ravdess": "fedser.corpora.ravdess:Ravdess",
        "synthetic": "fedser.corpora.synthetic:Synthetic",
    },
)
"""A new corpus: its file, its test, a line here."""


def load(name: str, root: str | Path | None = None, **options: Any) -> Corpus:
    """Return the corpus `name` that lies in `root`: its folder, or the one that holds it; a manifest's file.

    Raises ConfigError for an unknown name or option, CorpusError for anything wrong with the files; both in
    one line that says where.
    """
    return load_divided(name, root, [None], **options)[0]


def load_divided(name: str, root: str | Path | None, draws: Sequence[int | None], **options: Any) -> list[Corpus]:
    """Return the corpus as `load` does, read once, with its speakers divided in each of some draws.

    A draw numbers a division, None is the fixed one. A corpus that brings its splits has them in all.
    """
    loader = check_options(name, options)
    place = _place(loader, root)
    try:
        parsed = with_transcripts(loader.parse(place), loader.transcripts, place)
        return assemble(name, parsed, loader, draws)
    except CorpusError as error:
        # What a manifest says in a cell of several lines is quoted in one.
        raise CorpusError(f"{name}, {place}: {' '.join(str(error).splitlines())}") from error
    except OSError as error:
        raise CorpusError(f"{name}, {error.filename or place}: {error.strerror or error}") from error


def check_options(name: str, options: Mapping[str, Any]) -> CorpusLoader:
    """Return the loader of the corpus `name` with its options, complete and typed, without touching a file.

    Raises ConfigError, with a suggestion, for an unknown corpus or option or a wrong value.
    """
    return LOADERS.find(name, "corpora").read(options, f'options of corpus "{name}"')


def corpora_in(root: str | Path) -> tuple[str, ...]:
    """Return the names of the corpora that `root` is or holds, judged by names of files; () for none."""
    place = existing(Path(root))
    return tuple(name for name, loader in LOADERS.items() if place.exists() and loader.lies_in(place))


def _place(loader: CorpusLoader, root: str | Path | None) -> Path:
    place = loader.default_root() if root is None else Path(root)
    if place is None:
        raise ConfigError(
            f'corpus "{loader.name}" needs a root: the folder that holds it, or the file of a manifest'
        )
    return existing(place)
