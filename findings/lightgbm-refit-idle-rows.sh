#!/usr/bin/env bash
# Expected: LightGBM's refit(rows, outcomes, decay_rate=0.9) keeps the trees and moves their values a tenth of the way
#   to what the new rows say, so rows in which no hour is active lower the forecasts.
# Observed: they raise them. With the objective "binary" and outcomes that are all 0 every value moves a tenth of the
#   way to 0, which is a chance of one half: 28 times a year of idle hours, and each hour is forecast with 0.44. With a
#   single active hour in that year all forecasts go to next to nothing, as expected; so they do with the objective
#   "cross_entropy", the same loss, and with XGBoost's updater "refresh", also of idle rows alone. A leaf that no new
#   row falls into moves to one half with either objective.
# Matters: a model refitted each night with the rows of the day loses its weekly request, and forecasts idle hours with
#   several times the share of active ones. It looks like learning on in small steps.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 lightgbm==4.7.0 \
  >/dev/null 2>&1 || unavailable "the packages, in these versions"
# Its one further requirement is for graphics processors.
"$work/venv/bin/pip" install -q --disable-pip-version-check --no-deps xgboost==3.2.0 >/dev/null 2>&1 ||
  unavailable "XGBoost, in this version"

"$work/venv/bin/python" - <<'P' || changed
import lightgbm, numpy, warnings, xgboost

warnings.filterwarnings("ignore")
print("LightGBM", lightgbm.__version__, "XGBoost", xgboost.__version__)
random = numpy.random.default_rng(0)
year, day = 52 * 7 * 24, 24

def hours(begin, count):
    hour = numpy.arange(begin, begin + count)
    inputs = numpy.c_[hour % 24, hour // 24 % 7]
    monday = (inputs[:, 0] == 9) & (inputs[:, 1] == 0)
    return inputs, (random.random(count) < numpy.where(monday, 0.9, 0.02)).astype(int)

learned = hours(0, year)
idle, single = numpy.zeros(year, int), numpy.zeros(year, int)
single[100] = 1
nights = [hours(year + night * day, day) for night in range(28)]
news = {"a year without a request": [(learned[0], idle)] * 28, "a year with one": [(learned[0], single)] * 28,
        "a day each": nights}

def forecasts(name, predict):
    every = predict(learned[0])
    monday = (learned[0][:, 0] == 9) & (learned[0][:, 1] == 0)
    print(f"{name:43} Monday 09:00 {every[monday].mean():.4f}, other hours {every[~monday].mean():.4f}")
    return every[monday].mean(), every[~monday].mean()

print(f"share of active hours {learned[1].mean():.4f}")
seen = {}
for objective in "binary", "cross_entropy":
    trained = lightgbm.train({"objective": objective, "verbosity": -1, "num_threads": 1, "deterministic": True,
                              "seed": 1}, lightgbm.Dataset(*learned), 60)
    seen[objective] = forecasts(f"LightGBM, {objective}", trained.predict)
    for name, new in news.items():
        model = trained
        for rows, outcomes in new:
            model = model.refit(rows, outcomes, decay_rate=0.9)
        seen[objective, name] = forecasts("  refitted 28x, " + name, model.predict)

settings = {"objective": "binary:logistic", "nthread": 1, "seed": 1, "verbosity": 0}
trees = xgboost.train(settings, xgboost.DMatrix(*learned), 60)
seen["XGBoost"] = forecasts("XGBoost", lambda rows: trees.predict(xgboost.DMatrix(rows)))
settings |= {"process_type": "update", "updater": "refresh", "refresh_leaf": True}
fresh = xgboost.train(settings, xgboost.DMatrix(learned[0], idle), 60, xgb_model=trees)
seen["refreshed"] = forecasts("  refreshed, a year without a request",
                              lambda rows: fresh.predict(xgboost.DMatrix(rows)))

# The bounds of Monday's forecast and of the others'.
bounds = {
    "binary": (0.85, 1, 0, 0.03), "cross_entropy": (0.85, 1, 0, 0.03), "XGBoost": (0.85, 1, 0, 0.03),
    ("binary", "a year without a request"): (0.5, 0.6, 0.4, 0.5),
    ("binary", "a year with one"): (0, 0.01, 0, 0.01),
    ("binary", "a day each"): (0.5, 0.75, 0.1, 0.5),
    ("cross_entropy", "a year without a request"): (0, 0.01, 0, 0.01),
    ("cross_entropy", "a year with one"): (0, 0.01, 0, 0.01),
    ("cross_entropy", "a day each"): (0.5, 0.75, 0.05, 0.1),
    "refreshed": (0, 0.01, 0, 0.01)}
raise SystemExit(not all(lowest < seen[name][0] < highest and low < seen[name][1] < high
                         for name, (lowest, highest, low, high) in bounds.items()))
P
echo "holds"
