#!/usr/bin/env bash
# Expected: LightGBM's scale_pos_weight=10 is the same as giving every positive row the weight 10.
# Observed: the objective is the same, the metric is not: binary_logloss stays unweighted with
#   scale_pos_weight, and is weighted where rows carry weights. The more a weighted model learns, the worse
#   its unweighted log-loss gets, so early stopping ends after one or two trees.
# Matters: forecasting rare hours with a penalty and early stopping gets next to the base rate
#   and concludes that there is nothing to learn; and with it on, the output is no probability either way.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 lightgbm==4.7.0 >/dev/null 2>&1 ||
  unavailable "the packages, in these versions"

"$work/venv/bin/python" - <<'P' || changed
import lightgbm, numpy

print("LightGBM", lightgbm.__version__)
random = numpy.random.default_rng(0)

def hours(count):
    hour = numpy.arange(count)
    active = (random.random(count) < numpy.where(hour % 24 == 9, 0.9, 0.02)).astype(int)
    return numpy.c_[hour % 24, hour // 24 % 7], active

learned, held_out = hours(8_760), hours(4_000)

def trees(name, weigh=False, **settings):
    def weights(active):
        return numpy.where(active, 10.0, 1.0) if weigh else None
    rows = lightgbm.Dataset(learned[0], learned[1], weight=weights(learned[1]))
    newest = lightgbm.Dataset(held_out[0], held_out[1], weight=weights(held_out[1]), reference=rows)
    settings |= {"objective": "binary", "metric": "binary_logloss", "verbosity": -1, "seed": 1,
                 "num_threads": 1, "deterministic": True}
    model = lightgbm.train(settings, rows, 400, valid_sets=[newest],
                           callbacks=[lightgbm.early_stopping(20, verbose=False)])
    mean = model.predict(held_out[0]).mean()
    print(f"{name:26} {model.best_iteration:3} trees, mean forecast {mean:.3f}, active {held_out[1].mean():.3f}")
    return model.best_iteration, mean

plain = trees("no weights")
scaled = trees("scale_pos_weight=10", scale_pos_weight=10)
weighted = trees("weight 10 on positive rows", weigh=True)
raise SystemExit(not (scaled[0] <= 3 < 20 < weighted[0] and weighted[1] > 2 * plain[1]))
P
echo "holds"
