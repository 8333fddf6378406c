#!/usr/bin/env bash
# Expected: early_stopping=True of scikit-learn's MLPClassifier holds rows out and stops where the loss, which the
#   network is trained on, no longer improves on them; at worst it stops a little early.
# Observed: it watches the share of right answers. Where few hours are active, "never" is right for 97 of 100 from the
#   first epoch on, and no epoch is better. So training ends after a dozen epochs, and the weights kept are those of one
#   of the first: its log-loss is several times that of the base rate, and idle hours are forecast with one in five and
#   more. Without early_stopping the same network learns the active hour and the base rate of the others.
# Matters: the option that is to guard a network for rare hours keeps one that has learned next to nothing, and
#   best_validation_score_ says 0.97. HistGradientBoostingClassifier, with an option of the same name, watches the loss.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 \
  >/dev/null 2>&1 || unavailable "the packages, in these versions"

"$work/venv/bin/python" - <<'P' || changed
import numpy, sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

print("scikit-learn", sklearn.__version__)
random = numpy.random.default_rng(0)

def hours(count):
    hour = numpy.arange(count) % 24
    return numpy.eye(24)[hour], (random.random(count) < numpy.where(hour == 9, 0.45, 0.004)).astype(int)

learned, later = hours(8_760), hours(8_760)
base = log_loss(later[1], numpy.full(len(later[1]), learned[1].mean()))
print(f"base rate {learned[1].mean():.3f}, log-loss of the base rate {base:.3f}")

def fit(name, model):
    forecast = model.fit(*learned).predict_proba(later[0])[:, 1]
    at_nine = later[0][:, 9] == 1
    loss, idle = log_loss(later[1], forecast), forecast[~at_nine].mean()
    print(f"{name:32} {model.n_iter_:3} epochs, log-loss {loss:.3f}, 09:00 {forecast[at_nine].mean():.2f}, "
          f"other hours {idle:.3f}")
    return loss, idle

holds = []
for seed in range(3):
    whole = fit(f"seed {seed}", MLPClassifier((16,), random_state=seed))
    network = MLPClassifier((16,), random_state=seed, early_stopping=True)
    stopped = fit(f"seed {seed}, early_stopping", network)
    print("  best validation score", round(network.best_validation_score_, 3))
    holds.append(whole[0] < 0.7 * base and whole[1] < 0.01 and stopped[0] > 2 * base and stopped[1] > 0.2
                 and network.n_iter_ < 20 and network.best_validation_score_ > 0.97)
trees = fit("HistGradientBoosting, the same", HistGradientBoostingClassifier(early_stopping=True, random_state=0))
raise SystemExit(not (all(holds) and trees[0] < 0.7 * base))
P
echo "holds"
