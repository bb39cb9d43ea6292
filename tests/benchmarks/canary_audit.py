"""What canaries show of each mechanism in one run, beside what the accountant claims.

    python -m tests.benchmarks.canary_audit

Writes tests/benchmarks/results/canary_audit.json. That broken mechanisms are caught is tested in
tests/privacy/test_one_run_audit.py.
"""

import json
from pathlib import Path

from fedser.privacy import PrivacyOptions
from fedser.privacy.audit import audit

RESULT = Path(__file__).parent / "results" / "canary_audit.json"
CENTRAL = {"mechanism": "central", "clip": 0.5, "delta": 0.01, "noise_multiplier": 1.0}
MECHANISMS = {
    "central, known cohorts": (CENTRAL, 1.0),
    "central, fixed cohorts of a half": ({**CENTRAL, "sampling": "fixed"}, 0.5),
    "central, poisson cohorts of a half": ({**CENTRAL, "sampling": "poisson"}, 0.5),
    "distributed, secure sum": ({**CENTRAL, "mechanism": "distributed", "secure_aggregation": True}, 1.0),
}
NOISE, ROUNDS, CANARIES = 2.0, 6, 2000


def main() -> None:
    """Audit every mechanism and write what was found."""
    found = {
        name: audit(PrivacyOptions(**options), NOISE, rate, ROUNDS, canaries=CANARIES).record()
        for name, (options, rate) in MECHANISMS.items()
    }
    content = {"command": "python -m tests.benchmarks.canary_audit", "noise_multiplier": NOISE, "audits": found}
    RESULT.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
