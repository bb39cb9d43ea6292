"""A transformers checkpoint by hub name or local folder: found without hanging, known by its content."""

import hashlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging import ERROR
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from huggingface_hub import constants, get_session, try_to_load_from_cache
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModel
from transformers.utils import logging

from fedser.errors import FeatureError

ANSWER_S = 5.0
"""How long the hub may take to answer at all."""

UNUSED_WEIGHTS = ("pooler.", "masked_spec_embed")
"""Weights that no embedding here passes through; some checkpoints come without them."""

CONTENT = {".json", ".safetensors", ".bin", ".txt", ".model"}
"""The files of a local folder that its numbers can depend on."""


_FAULTS = (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, SafetensorError, UnpicklingError)
"""What transformers raises of files it cannot read, and of names it cannot find."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a model comes from: `source` is a folder or a hub name, `revision` the hub's commit.

    `where` and `way_out` are for errors: which section names the model, and what to do without one.
    """

    where: str
    source: str
    offline: bool
    way_out: str
    revision: str | None = None

    def read(self, auto_class: Any, **options: Any) -> Any:
        """Return `auto_class.from_pretrained` of this checkpoint: folder, then cache, then hub.

        Raises FeatureError, in one line, with the ways out.
        """
        if self.revision is not None:
            options["revision"] = self.revision
        options["trust_remote_code"] = False  # left open, transformers asks at the terminal whether to run it
        with quiet():
            try:
                with _no_network():
                    return auto_class.from_pretrained(self.source, local_files_only=True, **options)
            except _FAULTS as error:
                if Path(self.source).is_dir():
                    raise self._unreadable(error) from None
            if self.offline:
                raise self._out_of_reach("not in the Hugging Face cache, and offline is set")
            if not _hub_answers():
                raise self._out_of_reach(
                    f"not in the Hugging Face cache, and {constants.ENDPOINT} does not answer"
                )
            try:
                return auto_class.from_pretrained(self.source, **options)
            except _FAULTS as error:
                raise self._out_of_reach(first_line(error)) from None

    def model(self, dtype: str = "float32", auto_class: Any = AutoModel, **options: Any) -> Any:
        """Return the model, for inference only; `options` as `from_pretrained` takes them.

        Raises FeatureError if weights are missing: transformers would fill them in at random.
        """
        model, report = self.read(auto_class, dtype=dtype, output_loading_info=True, **options)
        missing = [
            key for key in sorted(report["missing_keys"]) if not any(part in key for part in UNUSED_WEIGHTS)
        ]
        if missing:
            raise FeatureError(
                f'{self.where}: the checkpoint "{self.source}" lacks {len(missing)} of its weights'
                f" ({missing[0]}, …): expected a complete one; save or download it again"
            )
        return model.eval().requires_grad_(False)

    def _unreadable(self, error: Exception) -> FeatureError:
        return FeatureError(
            f"{self.where}: the folder {self.source} is no checkpoint that transformers can read"
            f" ({first_line(error)}): expected what save_pretrained writes"
        )

    def _out_of_reach(self, reason: str) -> FeatureError:
        return FeatureError(
            f'{self.where}: cannot get the model "{self.source}" ({reason}): name a local folder as'
            " the checkpoint, fill the Hugging Face cache (HF_HOME) on a machine with network,"
            f" or {self.way_out}"
        )


def find(where: str, source: str, *, offline: bool, way_out: str) -> tuple[Checkpoint, Any, str]:
    """Return a checkpoint pinned to what is there now, its config, and a fingerprint of its content.

    The fingerprint is a digest of a local folder's files, or the hub's name and commit.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        checkpoint = Checkpoint(where, str(folder.absolute()), offline, way_out)
        return checkpoint, checkpoint.read(AutoConfig), _digest(folder)
    if not source or source.startswith((".", "~", os.sep)) or source.count("/") > 1 or "\\" in source:
        raise FeatureError(f"{where}: no such folder: {source}; expected a checkpoint's folder or a hub name")
    config = Checkpoint(where, source, offline, way_out).read(AutoConfig)
    # The cache keeps each file under snapshots/<commit>/, and by now config.json is in it.
    commit = Path(str(try_to_load_from_cache(source, "config.json"))).parent.name
    return Checkpoint(where, source, offline, way_out, commit), config, f"{source}@{commit}"


def _digest(folder: Path) -> str:
    """Return a digest of the names and contents of a checkpoint's files, not of where they lie."""
    digest = hashlib.blake2b(digest_size=20)
    for file in sorted(folder.iterdir()):
        if file.suffix in CONTENT:
            with file.open("rb") as content:
                digest.update(file.name.encode() + b"\0" + hashlib.file_digest(content, "blake2b").digest())
    return digest.hexdigest()


def _hub_answers() -> bool:
    """Ask once, before transformers asks many times with growing pauses."""
    try:
        get_session().head(constants.ENDPOINT, timeout=ANSWER_S)
    except Exception:  # whatever it is (name, proxy, certificate, HF_HUB_OFFLINE): there is no hub for us
        return False
    return True


def first_line(error: Exception) -> str:
    """Return what an error says, without the advice that follows."""
    if isinstance(error, UnpicklingError):
        return "its weights are a pickle of more than tensors, which could run any code"
    return str(error).strip().split("\n")[0].rstrip(".")


@contextmanager
def _no_network() -> Iterator[None]:
    """Hold the hub's client off: it asks for other things than models too, even where only files are wanted."""
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the bars, log lines and warnings of transformers and of the hub."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.set_verbosity(ERROR)
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            logging.set_verbosity(verbosity)
            if bars:
                logging.enable_progress_bar()  # type: ignore[no-untyped-call]
