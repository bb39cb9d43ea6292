"""Lower bounds on ε from guesses about canaries, each in or out of one run by the toss of a fair coin."""

import math

import numpy as np
from scipy import optimize, stats

from fedser.privacy.accountant import require_accounting


def epsilon_shown(canaries: int, guesses: int, correct: int, delta: float, level: float = 0.05) -> float:
    """Return the ε that so many correct guesses refute at a level: no run that is (ε, δ)-private allows them.

    `canaries` m, of which the auditor guessed about r = `guesses` and was right about v = `correct`. Nothing is
    assumed of the mechanism, nor that canaries are independent given the run (Steinke, Nasr and Jagielski 2023,
    Privacy auditing with one (1) training run, arXiv 2305.08846, Corollary 5.4): P(≥ v) ≤ P(W ≥ v) + 2 m δ maxᵢ
    P(v > W ≥ v − i)/i, W binomial of r at e^ε/(1 + e^ε). 0 where nothing is refuted.
    """
    if not 0 <= correct <= guesses <= canaries:
        raise ValueError(f"expected correct ≤ guesses ≤ canaries, got {correct}, {guesses} and {canaries}")

    def beyond(epsilon: float) -> float:
        return _p_value(canaries, guesses, correct, epsilon, delta) - level

    if beyond(0.0) >= 0:
        return 0.0
    high = 1.0
    while beyond(high) < 0:
        high *= 2
    return float(optimize.brentq(beyond, 0.0, high, xtol=1e-9))


def _p_value(m: int, r: int, v: int, epsilon: float, delta: float) -> float:
    right = stats.binom(r, 1 / (1 + math.exp(-epsilon)))
    reached = float(right.sf(v - 1))
    if delta == 0 or v == 0:
        return reached
    steps = np.arange(1, v + 1)
    short = right.cdf(v - 1) - right.cdf(v - 1 - steps)
    return min(1.0, reached + 2 * m * delta * float(np.max(short / steps)))


def epsilon_of_errors(
    misses: tuple[int, int], alarms: tuple[int, int], delta: float, level: float = 0.05
) -> float:
    """Return ε ≥ log((1 − δ − β)/α) from misses of n in and false alarms of n out, each (count, n).

    α and β are Clopper and Pearson's upper limits; both directions of the test are tried (Jagielski, Ullman and
    Oprea 2020). Canaries must be independent given the run, as those with noise of their own are.
    """
    beta, alpha = (_upper(*counts, level / 4) for counts in (misses, alarms))
    found = [
        math.log((1 - delta - missed) / alarm)
        for missed, alarm in ((beta, alpha), (alpha, beta))
        if missed + delta < 1
    ]
    return max(0.0, *found) if found else 0.0


def epsilon_of_gaussian_errors(
    misses: tuple[int, int], alarms: tuple[int, int], delta: float, level: float = 0.05
) -> float:
    """Return ε at δ of the least Gaussian shift μ = Φ⁻¹(1 − α) − Φ⁻¹(β) that explains the errors.

    Tighter than `epsilon_of_errors`, and right where the noise is Gaussian and nothing is sampled (Nasr et al.
    2023, USENIX Security). 0 where no shift is shown.
    """
    beta, alpha = (_upper(*counts, level / 2) for counts in (misses, alarms))
    shift = float(stats.norm.isf(alpha) - stats.norm.ppf(beta))
    if not shift > 0:
        return 0.0
    require_accounting()
    from dp_accounting import get_epsilon_gaussian

    return float(get_epsilon_gaussian(1 / shift, delta))


def _upper(count: int, n: int, level: float) -> float:
    """Return Clopper and Pearson's upper limit of a share."""
    return 1.0 if count >= n else float(stats.beta.ppf(1 - level, count + 1, n - count))
