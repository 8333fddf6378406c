#!/usr/bin/env bash
# Expected: one more hour of history changes a model by one hour.
# Observed: scikit-learn's HistGradientBoosting turns early stopping on by itself above 10,000 rows: it
#   holds out a tenth drawn at random and stops where that no longer improves. With 10,000 hours it grows
#   100 trees, with 10,001 a fraction of them.
# Matters: 10,000 hours are fourteen months of an hourly series. The model changes its kind on that day, and
#   the rows held out are neighbours in time of those learned, so they judge it too kindly. Compare with
#   early_stopping=False, or hold out the newest slice.
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
from sklearn.ensemble import HistGradientBoostingClassifier

print("scikit-learn", sklearn.__version__)
random = numpy.random.default_rng(0)
hour = numpy.arange(10_001)
features = numpy.c_[hour % 24, hour // 24 % 7]
active = (random.random(hour.size) < numpy.where(hour % 24 == 9, 0.9, 0.02)).astype(int)
trees = {}
for rows in (10_000, 10_001):
    model = HistGradientBoostingClassifier(random_state=0).fit(features[:rows], active[:rows])
    trees[rows] = model.n_iter_
    print(f"{rows} hours: {model.n_iter_} trees, scored {len(model.validation_score_)} times on held-out rows")
raise SystemExit(not (trees[10_000] == 100 and trees[10_001] < 90))
P
echo "holds"
