#!/usr/bin/env bash
# Expected: the log-loss of a forecast depends on its probabilities and the outcomes.
# Observed: scikit-learn's log_loss clips probabilities at the machine epsilon of the array's type. An
#   impossible event that happens costs 36.0 nats in float64, 15.9 in float32 and 6.9 in float16.
# Matters: the same forecasts score better when a network hands them over in float32 than when a baseline
#   computes them in float64: a comparison of the two measures the type wherever a forecast is 0 or 1.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 scikit-learn==1.9.1 >/dev/null 2>&1 ||
  unavailable "the packages, in these versions"

"$work/venv/bin/python" - <<'P' || changed
import numpy, sklearn
from sklearn.metrics import log_loss

print("scikit-learn", sklearn.__version__)
outcomes = [1, 0, 0, 0]
seen = {}
for kind in ("float64", "float32", "float16"):
    seen[kind] = 4 * log_loss(outcomes, numpy.zeros(4, dtype=kind))
    print(f"{kind}: the hour that was called impossible costs {seen[kind]:.2f} nats")
expected = {"float64": 36.04, "float32": 15.94, "float16": 6.93}
raise SystemExit(any(abs(seen[kind] - cost) > 0.05 for kind, cost in expected.items()))
P
echo "holds"
