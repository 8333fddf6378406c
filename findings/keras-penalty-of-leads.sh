#!/usr/bin/env bash
# Expected: class_weight={0: 1, 1: 10} makes active hours cost ten times as much, for a network with one output for the
#   next hour and for one with an output for each of the next three.
# Observed: with one output it does. With three Keras takes the targets of a row for a one-hot code and weights the row
#   by the place of its first 1: ten where the first active hour is the second, one where it is the first or the third,
#   and one where all three are active. No warning, in either case.
# Matters: a network for rare hours that forecasts several leads at once is trained without its penalty, except on the
#   rows whose first active hour is the second, and stays near the base rate as if there were nothing to learn. The
#   penalty has to stand inside the loss, where it meets each hour by itself.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 jax==0.10.2 keras==3.15.1 >/dev/null 2>&1 ||
  unavailable "the packages, in these versions"

KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$work/venv/bin/python" -W error::UserWarning - <<'P' || changed
import keras, numpy

print("Keras", keras.__version__)

def loss(row, **options):
    """The loss that fit() reports for rows like this one, of a network that forecasts 0.5 for every hour."""
    model = keras.Sequential([
        keras.Input((1,)), keras.layers.Dense(len(row), activation="sigmoid", kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    targets = numpy.tile(numpy.array([row], dtype="float32"), (4, 1))
    return model.fit(numpy.zeros((4, 1)), targets, verbose=0, **options).history["loss"][0]

expected = {
    (0,): 1, (1,): 10,
    (0, 0, 0): 1, (1, 0, 0): 1, (0, 1, 0): 10, (0, 0, 1): 1, (0, 1, 1): 10, (1, 1, 1): 1,
}
seen = {}
for row in expected:
    seen[row] = round(loss(row, class_weight={0: 1.0, 1: 10.0}) / loss(row), 3)
    print("active hours", row, "cost", seen[row], "times as much with the weights")
raise SystemExit(seen != expected)
P
echo "holds"
