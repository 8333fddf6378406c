#!/usr/bin/env bash
# Expected: clipping gradients by their norm bounds each step, so one gradient that overflows does no harm; by the norm
#   of all is the safest, since it bounds the step as a whole.
# Observed: with one infinite entry Keras' global_clipnorm makes every weight of the model NaN. optax's
#   clip_by_global_norm makes that one NaN and stops all others: the scale is one divided by infinity, so they get a
#   gradient of 0. Keras' clipnorm does so within the variable. Clipping by value, Keras' clipvalue or optax's clip,
#   takes the infinite entry for a large one and goes on; put in front of the clipping by norm it mends that.
# Matters: one overflow in a loss with a penalty turns a network into NaN in one step, with the option on that was added
#   against it.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 jax==0.10.2 keras==3.15.1 optax==0.2.8 \
  >/dev/null 2>&1 || unavailable "the packages, in these versions"

KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$work/venv/bin/python" - <<'P' || changed
import jax.numpy, keras, numpy, optax

print("Keras", keras.__version__, "optax", optax.__version__)
gradients = [numpy.array([numpy.inf, 1], "float32"), numpy.array([2, 3], "float32")]

def by_keras(**options):
    optimizer = keras.optimizers.Adam(0.1, **options)
    weights = [keras.Variable(numpy.zeros(2, "float32")) for _ in gradients]
    optimizer.build(weights)
    optimizer.apply(gradients, weights)
    return numpy.concatenate([numpy.asarray(weight) for weight in weights])

def by_optax(*clipping):
    optimizer = optax.chain(*clipping, optax.adam(0.1))
    weights = [jax.numpy.zeros(2) for _ in gradients]
    updates, _ = optimizer.update([jax.numpy.array(gradient) for gradient in gradients], optimizer.init(weights))
    return numpy.concatenate(optax.apply_updates(weights, updates))

ways = {
    "Keras, global_clipnorm=1": (by_keras(global_clipnorm=1.0), "NNNN"),
    "Keras, clipnorm=1": (by_keras(clipnorm=1.0), "N0--"),
    "Keras, clipvalue=1": (by_keras(clipvalue=1.0), "----"),
    "optax, clip_by_global_norm": (by_optax(optax.clip_by_global_norm(1.0)), "N000"),
    "optax, clip": (by_optax(optax.clip(1.0)), "----"),
    "optax, clip, then by global norm": (by_optax(optax.clip(1.0), optax.clip_by_global_norm(1.0)), "----"),
}
holds = True
for name, (weights, expected) in ways.items():
    seen = "".join("N" if numpy.isnan(weight) else "0" if weight == 0 else "-" for weight in weights)
    print(f"{name:33} weights after one step:", *numpy.round(weights, 3))
    holds = holds and seen == expected
raise SystemExit(not holds)
P
echo "holds"
