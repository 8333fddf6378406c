#!/usr/bin/env bash
# Expected: a matrix of features has the same forecasts as an array and as SciPy's sparse form of that array, which is
#   the same numbers with the zeros left out.
# Observed: for XGBoost an entry that a sparse matrix leaves out is a missing value, not a zero. A model trained on an
#   array forecasts for the sparse form as if the hour of day at midnight and the count of an idle hour were unknown;
#   one trained on the sparse form is as wrong on an array. No warning. LightGBM and scikit-learn's logistic regression
#   give the same forecasts for both.
# Matters: counts of hourly requests are nearly all zeros, so they are kept sparse where there are many streams. The
#   forecasts for midnight, weekday 0 and idle streams are wrong, and those for other hours look right.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 \
  lightgbm==4.7.0 >/dev/null 2>&1 || unavailable "the packages, in these versions"
# Without its part for graphics cards, which is as large as all the rest.
"$work/venv/bin/pip" install -q --disable-pip-version-check --no-deps xgboost==3.2.0 >/dev/null 2>&1 ||
  unavailable "XGBoost, in this version"

"$work/venv/bin/python" -W error::UserWarning - <<'P' || changed
import lightgbm, numpy, xgboost
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

print("XGBoost", xgboost.__version__, "LightGBM", lightgbm.__version__)
random = numpy.random.default_rng(0)
hour = random.integers(0, 24, 4_000)
dense = numpy.column_stack([hour, random.poisson(0.2, 4_000)]).astype(float)
active = random.random(4_000) < numpy.select([hour == 3, hour == 0], [0.5, 0.4], 0.02)
sparse = csr_matrix(dense)
print(f"active at midnight: {active[hour == 0].mean():.2f}")

def at_midnight(model, features):
    return round(float(model.predict_proba(features)[hour == 0, 1].mean()), 2)

seen = {}
for make in (lambda: xgboost.XGBClassifier(n_estimators=20, learning_rate=0.5, n_jobs=1),
             lambda: lightgbm.LGBMClassifier(n_estimators=50, n_jobs=1, verbose=-1), LogisticRegression):
    on_array, on_sparse = make().fit(dense, active), make().fit(sparse, active)
    name = type(on_array).__name__
    seen[name] = [at_midnight(model, features) for model in (on_array, on_sparse) for features in (dense, sparse)]
    print(f"{name:18} trained on the array: {seen[name][0]} for it, {seen[name][1]} for the sparse form;"
          f" trained on that: {seen[name][2]} and {seen[name][3]}")
boosted = seen.pop("XGBClassifier")
holds = min(boosted[0], boosted[3]) > 0.35 and max(boosted[1], boosted[2]) < 0.15
raise SystemExit(not (holds and all(len(set(values)) == 1 for values in seen.values())))
P
echo "holds"
