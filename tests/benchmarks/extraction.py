"""wav2vec2-base at its real size: fedser's extraction against a plain transformers loop, in the same run.

    python -m tests.benchmarks.extraction [--minutes-of-audio 4] [--pairs 3] [--dtype bfloat16] [--size large]
    python -m tests.benchmarks.extraction --device cuda --minutes-of-audio 240 [--dtype bfloat16]

The plain loop is what users write: AutoModel, one file after another, soundfile.read, the feature extractor,
`torch.no_grad()`, the mean over time; torch's default threads, and once more with one thread (CPU only). fedser's
is `extract_acoustic` with `--workers` processes into an empty store, from digesting the files to the committed
vectors. The two take turns over the same files, and the median of the pairwise ratios is printed.

fedser's workers load torch and the model anew in each call, which a corpus of 97 hours pays once and these few
minutes every time: so the rate counts from the first commit on, and the time until then is printed too.

The weights are random (speed does not depend on them), the audio is generated: speech-like noise, 3 to 11 s long
(IEMOCAP's and MSP-Podcast's mean is between 4.5 and 6 s), 16 kHz, 16 bit, FLAC or WAV.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import torch
import transformers

from fedser.features import FeatureStore, Progress, acoustic_encoder, extract_acoustic
from fedser.vocabulary import RATE_HZ
from tests.benchmarks.processor import processor


def write_files(folder: Path, minutes: float, suffix: str) -> list[Path]:
    """Write noise shaped like syllables until there is enough of it."""
    random = np.random.default_rng(1)
    paths: list[Path] = []
    seconds = 0.0
    while seconds < 60 * minutes:
        length = int(random.uniform(3, 11) * RATE_HZ)
        time_s = np.arange(length) / RATE_HZ
        loudness = 0.1 * (1.2 + np.sin(2 * np.pi * 4 * time_s + random.uniform(0, 6)))
        paths.append(folder / f"{len(paths):04}.{suffix}")
        soundfile.write(paths[-1], random.normal(size=length) * loudness * 0.3, RATE_HZ, subtype="PCM_16")
        seconds += length / RATE_HZ
    return paths


def write_checkpoint(folder: Path, size: str) -> Path:
    """Save a model of the real size with random weights."""
    large = {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    }
    torch.manual_seed(0)
    config = transformers.Wav2Vec2Config(**(large if size == "large" else {}))
    transformers.Wav2Vec2Model(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return folder


def plain_loop(checkpoint: Path, device: str) -> Callable[[list[Path]], np.ndarray]:
    extractor = transformers.AutoFeatureExtractor.from_pretrained(checkpoint)
    model = transformers.AutoModel.from_pretrained(checkpoint).eval().to(device)

    def loop(paths: list[Path]) -> np.ndarray:
        vectors = []
        with torch.no_grad():
            for path in paths:
                waveform, rate_hz = soundfile.read(path, dtype="float32")
                values = extractor(waveform, sampling_rate=rate_hz, return_tensors="pt").input_values
                state = model(values.to(device)).last_hidden_state
                vectors.append(state.mean(dim=1).squeeze(0).cpu().numpy())
        return np.stack(vectors)

    return loop


def rate_of(plain: Callable[[list[Path]], np.ndarray], paths: list[Path]) -> tuple[float, np.ndarray]:
    """Return hours of audio per minute and the vectors."""
    began = time.perf_counter()
    vectors = plain(paths)
    return 60 * hours_of(paths) / (time.perf_counter() - began), vectors


def hours_of(paths: list[Path]) -> float:
    return sum(soundfile.info(path).duration for path in paths) / 3600


def extract(paths: list[Path], options: argparse.Namespace, checkpoint: Path) -> tuple[float, float, np.ndarray]:
    """Return hours of audio per minute from the first commit on, seconds until then, and the vectors."""
    reports: list[tuple[float, float]] = []

    def report(progress: Progress) -> None:
        if progress.fresh_hours > 0:
            reports.append((time.perf_counter(), progress.fresh_hours))

    began = time.perf_counter()
    encoder = acoustic_encoder(
        "wav2vec2",
        checkpoint=str(checkpoint),
        device=options.device,
        dtype=options.dtype,
        batch_size=options.batch_size,
    )
    with tempfile.TemporaryDirectory() as store:
        done = extract_acoustic(
            paths, encoder, FeatureStore(Path(store)), workers=options.workers, on_progress=report
        )
        vectors = done.vectors()
    (first, hours), (last, all_hours) = reports[0], reports[-1]
    if hours == all_hours:
        raise SystemExit("all was committed at once: give it more --minutes-of-audio")
    return 60 * (all_hours - hours) / (last - first), first - began, vectors


def machine(device: str) -> str:
    gpu = f", {torch.cuda.get_device_name(device)}" if device.startswith("cuda") else ""
    return f"{processor()}, transformers {transformers.__version__}{gpu}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--size", default="base", choices=["base", "large"])
    parser.add_argument("--batch-size", type=int, default=None)
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 12))
    parser.add_argument("--minutes-of-audio", type=float, default=4.0)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--suffix", default="flac", choices=["flac", "wav"])
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "audio").mkdir()
        paths = write_files(Path(folder) / "audio", options.minutes_of_audio, options.suffix)
        checkpoint = write_checkpoint(Path(folder) / "model", options.size)
        print(machine(options.device))
        print(f"{len(paths)} files, {60 * hours_of(paths):.1f} min of audio, {options.suffix}")
        compare(paths, checkpoint, options)


def compare(paths: list[Path], checkpoint: Path, options: argparse.Namespace) -> None:
    default_threads = torch.get_num_threads()
    plain = plain_loop(checkpoint, options.device)
    plain(paths[:2])
    settings = [default_threads, 1] if options.device == "cpu" else [default_threads]
    ratios: dict[int, list[float]] = {threads: [] for threads in settings}
    for _ in range(options.pairs):
        ours, start_s, vectors = extract(paths, options, checkpoint)
        print(f"fedser, {options.workers} workers, {options.dtype}: {ours:.3f} h/min after {start_s:.1f} s")
        for threads in settings:
            torch.set_num_threads(threads)
            theirs, reference = rate_of(plain, paths)
            torch.set_num_threads(default_threads)
            ratios[threads].append(ours / theirs)
            print(f"  plain loop, {threads} threads: {theirs:.3f} h/min, ratio {ours / theirs:.2f}")
    distance = np.linalg.norm(vectors - reference, axis=1) / np.linalg.norm(reference, axis=1)
    print(
        f"vectors differ by {distance.max():.1e} of their length, {np.abs(vectors - reference).max():.1e} at most"
    )
    largest_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest worker process: {largest_mb:.0f} MB")
    for threads, found in ratios.items():
        print(
            f"median ratio to the plain loop with {threads} threads: {np.median(found):.2f} of {len(found)} pairs"
        )


if __name__ == "__main__":
    main()
