#!/usr/bin/env bash
# Expected: in one library, fit_regularized(alpha=...) of a logistic regression is the same fit by whichever
#   of its two classes, Logit or GLM with the binomial family; at most the solver differs.
# Observed: statsmodels' Logit adds alpha times the weights' sizes to the log-likelihood of all rows, GLM to
#   that of a mean row: GLM's alpha is as strong as Logit's alpha times the number of rows, and more rows do
#   not weaken it. Both penalise the intercept, so that at GLM's alpha of 0.1 idle and active hours get the
#   same forecast, several times the share of active hours.
# Matters: an alpha found with one class ruins the other on hourly data; what looks like "nothing to learn" is
#   a penalty as many times too strong as there are hours.
set -euo pipefail
export LC_ALL=C
changed() { echo "CHANGED: $*"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check statsmodels==0.15.0 numpy==2.3.5 >/dev/null 2>&1 ||
  unavailable "the Python packages, in these versions"
cat >fit.py <<'P'
import sys
import warnings

import numpy as np
import statsmodels.api as sm

warnings.simplefilter("ignore")
rows = int(sys.argv[1])
hour = np.arange(rows) % 24
chance = np.random.default_rng(1)
active = (chance.random(rows) < np.where(hour == 9, 0.6, 0.01)).astype(float)
inputs = sm.add_constant((hour == 9).astype(float))


def forecasts(model, alpha):
    fitted = model.fit_regularized(alpha=alpha, **({"L1_wt": 1.0} if isinstance(model, sm.GLM) else {"disp": 0}))
    idle, nine = fitted.predict(inputs[[0, 9]])
    return f"{idle:.2f} {nine:.2f}"


glm = sm.GLM(active, inputs, family=sm.families.Binomial())
logit = sm.Logit(active, inputs)
for alpha in [0.001, 0.1]:
    print(f"{alpha}: {forecasts(glm, alpha)} | {forecasts(logit, alpha)} | {forecasts(logit, alpha * rows)}")
P
for rows in 500 5000; do
  echo "statsmodels 0.15.0, $rows hours, forecasts of an idle hour and of nine o'clock:"
  echo "alpha: GLM | Logit | Logit with alpha times $rows"
  found=$(venv/bin/python fit.py $rows 2>/dev/null) || unavailable "statsmodels does not run here"
  echo "$found"
  while IFS=':|' read -r alpha glm logit scaled; do
    [[ ${glm// /} == "${scaled// /}" ]] || changed "GLM's alpha was Logit's times the rows"
    [[ ${glm// /} != "${logit// /}" ]] || changed "the same alpha was another penalty"
    [[ $alpha != 0.1 || ${glm:1:4} == "${glm:6:4}" ]] || changed "0.1 left nothing of the weights"
  done <<<"$found"
done
echo "holds"
