#!/usr/bin/env bash
# Expected: the AUC depends only on the order of the forecasts; one that puts every active hour before every idle one
#   gets 1.0, however small its probabilities.
# Observed: Keras' AUC metric counts at 200 thresholds, evenly spaced from 0 to 1, so all probabilities below 1/199
#   look the same. Where active hours are forecast with 0.004 and idle ones with less it gives 0.5, and 0.01 for the
#   area under precision and recall; scikit-learn gives 1.0 for both. A hundredfold of the same forecasts gets 1.0.
# Matters: a series with an active hour in a thousand has most of its forecasts there. The log of a training says that
#   the network has learned nothing, and a search for settings prefers those that exaggerate. Thresholds of one's own
#   at small values tell such forecasts apart.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 jax==0.10.2 keras==3.15.1 scikit-learn==1.9.1 \
  >/dev/null 2>&1 || unavailable "the packages, in these versions"

KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$work/venv/bin/python" - <<'P' || changed
import keras, numpy, sklearn
from sklearn.metrics import average_precision_score, roc_auc_score

print("Keras", keras.__version__, "scikit-learn", sklearn.__version__)
active = numpy.arange(10_000) % 100 == 0
forecasts = numpy.where(active, 0.004, numpy.linspace(0.0001, 0.002, 10_000))

def area(scale=1, **options):
    metric = keras.metrics.AUC(**options)
    metric.update_state(active, scale * forecasts)
    return round(float(metric.result()), 2)

seen = {
    "scikit-learn, ROC": round(roc_auc_score(active, forecasts), 2),
    "scikit-learn, precision and recall": round(average_precision_score(active, forecasts), 2),
    "Keras, ROC": area(),
    "Keras, precision and recall": area(curve="PR"),
    "Keras, ROC of a hundredfold": area(scale=100),
    "Keras, ROC, small thresholds": area(thresholds=list(numpy.logspace(-6, -0.001, 200))),
}
for name, value in seen.items():
    print(f"{name:36} {value}")
raise SystemExit(list(seen.values()) != [1, 1, 0.5, 0.01, 1, 1])
P
echo "holds"
