#!/usr/bin/env bash
# Expected: after normalization.adapt(rows) a Keras model with the layer scales its inputs by the mean and the spread of
#   these rows; and set_weights() puts in what get_weights() gave, the layer's statistics as well.
# Observed: predict() and evaluate(), if they have run once, go on with the old statistics, while calling the model,
#   model(inputs), takes the new ones, and the saved file has them: it forecasts otherwise than the model that was
#   saved. compile() again brings them. After set_weights() the new values stand in get_weights(), and no way of
#   forecasting uses them, not even after compile(); a model loaded from the saved file does.
# Matters: a forecaster that fits its scaling anew each night, in one process, scores with yesterday's, and the one that
#   starts from its file after a crash forecasts something else. A copy made by its weights has no scaling at all.
set -euo pipefail
changed() { echo "CHANGED: see above"; exit 1; }
unavailable() { echo "UNAVAILABLE: $*"; exit 75; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check numpy==2.4.6 jax==0.10.2 keras==3.15.1 >/dev/null 2>&1 ||
  unavailable "the packages, in these versions"
cd "$work"

KERAS_HOME=$work KERAS_BACKEND=jax JAX_PLATFORMS=cpu venv/bin/python - <<'P' || changed
import keras, numpy

print("Keras", keras.__version__)
random = numpy.random.default_rng(0)
quiet, busy = (random.poisson(mean, (1_000, 1)).astype("float32") for mean in (3, 30))
count = numpy.array([[20.0]], "float32")

def network():
    layer = keras.layers.Normalization(axis=-1)
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(loss="mse")
    return model, layer

def scaled(name, model):
    model.save("model.keras")
    loaded = keras.models.load_model("model.keras")
    result = [model.predict(count, verbose=0).item(), numpy.array(model(count)).item(),
              float(model.evaluate(count, numpy.zeros_like(count), verbose=0)) ** 0.5,
              loaded.predict(count, verbose=0).item()]
    print(f"{name:28} predict {result[0]:5.1f}, call {result[1]:5.1f}, root of evaluate's loss {result[2]:5.1f}, "
          f"loaded from the file {result[3]:5.1f}")
    return ["none" if value == 20 else "quiet" if 8 < value < 12 else "busy" if value < 3 else "other"
            for value in map(abs, result)]

model, layer = network()
layer.adapt(quiet)
seen = [scaled("adapted to a mean of 3", model)]
layer.adapt(busy)
seen.append(scaled("adapted to a mean of 30", model))
model.compile(loss="mse")
seen.append(scaled("compiled again", model))
copy, _ = network()
copy.set_weights(model.get_weights())
print("mean in the copy's weights", copy.get_weights()[0].item())
seen.append(scaled("copy by set_weights", copy))
copy.compile(loss="mse")
seen.append(scaled("copy, compiled again", copy))
raise SystemExit(not (copy.get_weights()[0].item() > 29 and seen == [
    ["quiet"] * 4, ["quiet", "busy", "quiet", "busy"], ["busy"] * 4,
    ["none", "none", "none", "busy"], ["none", "none", "none", "busy"]]))
P
echo "holds"
