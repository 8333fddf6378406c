#!/usr/bin/env bash
# Expected: weights of rows are relative. Weights that fade with age make the same model whether they are scaled to
#   a mean, a maximum or a sum of one.
# Observed: scaled to a sum of one, XGBoost grows no tree and scikit-learn's logistic regression gets next to no
#   coefficient: both forecast the base rate for every hour, without a warning. What holds a model back
#   (min_child_weight, the penalty on coefficients) is set against the sum of weighted losses, not their mean.
#   LightGBM, HistGradientBoosting and CatBoost, called the same way, forecast as before.
# Matters: formulas for weights that fade often end with dividing by their sum. A comparison of learners then says
#   that these two find no pattern in a series in which the others find one.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 \
  lightgbm==4.7.0 pandas==3.1.1 catboost==1.2.10 >/dev/null 2>&1 || unavailable "the packages, in these versions"
# Its one further requirement is for graphics processors.
"$work/venv/bin/pip" install -q --disable-pip-version-check --no-deps xgboost==3.2.0 >/dev/null 2>&1 ||
  unavailable "XGBoost, in this version"

"$work/venv/bin/python" -W error::UserWarning - <<'P' || changed
from importlib.metadata import version
import numpy
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from xgboost import XGBClassifier

print(*(f"{name} {version(name)}" for name in ("scikit-learn", "xgboost", "lightgbm", "catboost")), sep=", ")
random = numpy.random.default_rng(0)
hour = numpy.arange(8_760)
features = numpy.c_[hour % 24 == 9, hour // 24 % 7].astype(float)
active = (random.random(hour.size) < numpy.where(hour % 24 == 9, 0.6, 0.005)).astype(int)
fading = 0.5 ** ((hour.size - hour) / 2_000)
learners = {
    "XGBoost": lambda: XGBClassifier(n_jobs=1),
    "logistic regression": LogisticRegression,
    "LightGBM": lambda: LGBMClassifier(n_jobs=1, verbosity=-1),
    "HistGradientBoosting": lambda: HistGradientBoostingClassifier(early_stopping=False),
    "CatBoost": lambda: CatBoostClassifier(iterations=200, thread_count=1, verbose=0, allow_writing_files=False),
}
ok = True
for name, learner in learners.items():
    seen = []
    for weights in (fading / fading.mean(), fading / fading.sum()):
        model = learner().fit(features, active, sample_weight=weights)
        seen.append(float(model.predict_proba(features[9:10])[0, 1]))
    print(f"{name:20} forecast for 9 o'clock: {seen[0]:.3f} with mean 1, {seen[1]:.3f} with sum 1")
    collapses = name in ("XGBoost", "logistic regression")
    ok &= seen[0] > 0.5 and (seen[1] < 0.05 if collapses else abs(seen[1] - seen[0]) < 0.05)
print(f"weighted share of active hours: {numpy.average(active, weights=fading):.3f}")
raise SystemExit(not ok)
P
echo "holds"
