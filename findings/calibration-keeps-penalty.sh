#!/usr/bin/env bash
# Expected: scikit-learn's CalibratedClassifierCV makes probabilities of a penalised classifier's output: their mean is
#   the share of active hours, however the penalty of ten on active hours was given and whatever the method.
# Observed: so it is if the classifier has class_weight={0: 1, 1: 10}. Given as sample_weight to fit() the same penalty
#   weights the fit of the calibration, too, and the result is calibrated to a world with ten times as many active
#   hours. method="temperature" leaves the penalty in either way: it scales the log-odds and cannot shift them.
# Matters: "calibrated" forecasts of rare hours are several times too high, and 0.5 stands for a chance of about one in
#   eleven. Nothing shows it but a comparison of the mean with the share of active hours.
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
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression

print("scikit-learn", sklearn.__version__)
random = numpy.random.default_rng(0)
features = random.normal(size=(20_000, 3))
active = random.random(20_000) < 1 / (1 + numpy.exp(4 - 2 * features[:, 0]))
share = active.mean()
print(f"share of active hours: {share:.3f}")
kept = {}
for method in ("sigmoid", "isotonic", "temperature"):
    in_classifier = CalibratedClassifierCV(LogisticRegression(class_weight={0: 1, 1: 10}), method=method)
    in_classifier.fit(features, active)
    as_weights = CalibratedClassifierCV(LogisticRegression(), method=method)
    as_weights.fit(features, active, sample_weight=numpy.where(active, 10, 1))
    means = [model.predict_proba(features)[:, 1].mean() for model in (in_classifier, as_weights)]
    kept[method] = ["no" if abs(mean / share - 1) < 0.05 else mean > 3 * share and "yes" for mean in means]
    print(f"{method:12} mean forecast with class_weight {means[0]:.3f}, with sample_weight {means[1]:.3f}")
raise SystemExit(kept != {"sigmoid": ["no", "yes"], "isotonic": ["no", "yes"], "temperature": ["yes", "yes"]})
P
echo "holds"
