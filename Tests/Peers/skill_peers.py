"""How well other learners forecast what Harbinger forecasts: skill in log-loss against the forgetting base rate.

    mkdir rows; zcat TABLE.hourly.csv.gz | .build/release/Benchmark --write-skill-rows rows
    python skill_peers.py rows          needs numpy, lightgbm, keras and one of its backends

LightGBM gets the features of our network; its number of trees is chosen on the newest 15 % of what it may learn
from. The other is the network that Harbinger grew out of: three Dense(100, relu), one Dense(1, sigmoid), Adam, a
penalty of 10 on active hours, on the standardised hour of the day; its probabilities are clipped, or the loss would
be NaN, and are given with the penalty taken out, which does them a favour, and as they are.
"""
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np  # noqa: E402


def log_loss(p, y):
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def report(name, p, scored, y, base, stream):
    skills = []
    for number in np.unique(stream[scored]):
        of = scored & (stream == number)
        skills.append(1 - log_loss(p[of], y[of]).sum() / log_loss(base[of], y[of]).sum())
    print(f"{name:45} {np.mean(skills):7.3f} (worst {np.min(skills):.3f})", flush=True)


def lightgbm(x, y, learn):
    import lightgbm

    rows = np.flatnonzero(learn)
    cut = int(len(rows) * 0.85)
    data = lightgbm.Dataset(x[rows[:cut]], y[rows[:cut]])
    held_out = lightgbm.Dataset(x[rows[cut:]], y[rows[cut:]])
    parameters = dict(objective="binary", learning_rate=0.03, num_leaves=31, min_data_in_leaf=200,
                      feature_fraction=0.7, bagging_fraction=0.8, bagging_freq=1, lambda_l2=5, seed=1,
                      num_threads=2, verbose=-1)
    model = lightgbm.train(parameters, data, 1000, [held_out],
                           callbacks=[lightgbm.early_stopping(50, verbose=False)])
    model = lightgbm.train(parameters, lightgbm.Dataset(x[rows], y[rows]), model.best_iteration)
    return model.predict(x)


def question(hour, y, learn, epochs):
    import keras
    from keras import ops

    keras.utils.set_random_seed(1)
    x = ((hour - hour.mean()) / hour.std()).astype("float32")[:, None]
    network = keras.Sequential(
        [keras.layers.Dense(100, "relu") for _ in range(3)] + [keras.layers.Dense(1, "sigmoid")])

    def loss(truth, score):
        score = ops.clip(score, 1e-7, 1 - 1e-7)
        return -ops.mean(10 * truth * ops.log(score) + (1 - truth) * ops.log(1 - score))

    network.compile("adam", loss)
    network.fit(x[learn], y[learn][:, None], batch_size=256, epochs=epochs, verbose=0)
    score = network.predict(x, batch_size=65536, verbose=0)[:, 0].astype("float64")
    return score, score / (score + 10 * (1 - score))


def main(folder):
    y = np.fromfile(f"{folder}/labels.f32", "<f4").astype("float64")
    base = np.fromfile(f"{folder}/base.f32", "<f4").astype("float64")
    index = np.fromfile(f"{folder}/index.i32", "<i4").reshape(-1, 4)
    x = np.fromfile(f"{folder}/rows.f32", "<f4").reshape(len(y), -1)
    stream, hour, scored = index[:, 0], index[:, 1], index[:, 3] == 1
    print(f"{(~scored).sum()} rows to learn from, {scored.sum()} scored, {x.shape[1]} features")
    # In time, within each stream; the streams follow each other, so the newest rows are each stream's own.
    order = np.argsort(np.concatenate([np.linspace(0, 1, (stream == s).sum()) for s in np.unique(stream)]),
                       kind="stable")
    x, y, base, stream, hour, scored = (a[order] for a in (x, y, base, stream, hour, scored))
    report("LightGBM on our features", lightgbm(x, y, ~scored), scored, y, base, stream)
    raw, probability = question(hour, y, ~scored, 5)
    report("the question's network, as it is", raw, scored, y, base, stream)
    report("the question's network, penalty taken out", probability, scored, y, base, stream)


if __name__ == "__main__":
    main(sys.argv[1])
