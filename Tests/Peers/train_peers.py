"""Trains the benchmark's network on the benchmark's rows in other frameworks, and compares.

    train_peers.py measure PEER DIRECTORY   one peer (numpy, jax, torch, keras) as JSON
    train_peers.py compare FILE...          a table of JSON files, ours named "harbinger"

DIRECTORY holds what `Benchmark --write-peer-files` wrote. The work is the same for all: 48 features,
three hidden layers of 100, the loss with a penalty of 10, Adam with clipnorm 1 per tensor, float32,
one thread. Times are processor time; `deploy/benchmark --peers` runs it all.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = (
    "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy

INPUTS, WIDTH, PENALTY = 48, 100, 10.0
RATE, BETA1, BETA2, EPSILON, CLIP = 1e-3, 0.9, 0.999, 1e-7, 1.0
INCREMENT = 720


class Data:
    def __init__(self, directory):
        def read(name, kind):
            return numpy.fromfile(os.path.join(directory, name), kind)

        self.rows = read("rows.f32", "<f4").reshape(-1, INPUTS)
        self.labels = read("labels.f32", "<f4")
        self.order = read("order.i32", "<i4")
        flat, self.parameters = read("parameters.f32", "<f4"), []
        for inputs, outputs in [(INPUTS, WIDTH), (WIDTH, WIDTH), (WIDTH, WIDTH), (WIDTH, 1)]:
            for shape in [(inputs, outputs), (outputs,)]:
                count = int(numpy.prod(shape))
                self.parameters.append(flat[:count].reshape(shape).copy())
                flat = flat[count:]


class NumPy:
    """Written out by hand, products in OpenBLAS."""

    def __init__(self, data):
        self.data = data
        self.parameters = [p.copy() for p in data.parameters]
        self.first = [numpy.zeros_like(p) for p in self.parameters]
        self.second = [numpy.zeros_like(p) for p in self.parameters]
        self.step = 0

    def epoch(self, order, batch):
        for start in range(0, len(order), batch):
            index = order[start : start + batch]
            self.update(self.gradient(self.data.rows[index], self.data.labels[index]))

    def gradient(self, x, y):
        weights, biases = self.parameters[0::2], self.parameters[1::2]
        inputs = [x]
        for w, b in zip(weights[:-1], biases[:-1]):
            inputs.append(numpy.maximum(inputs[-1] @ w + b, 0))
        z = (inputs[-1] @ weights[-1] + biases[-1])[:, 0]
        p = 1 / (1 + numpy.exp(-z))
        delta = (((1 - y) * p - PENALTY * y * (1 - p)) / len(y))[:, None]
        gradients = []
        for layer in reversed(range(len(weights))):
            gradients += [delta.sum(0), inputs[layer].T @ delta]
            if layer:
                delta = (delta @ weights[layer].T) * (inputs[layer] > 0)
        return gradients[::-1]

    def update(self, gradients):
        self.step += 1
        rate = RATE * (1 - BETA2**self.step) ** 0.5 / (1 - BETA1**self.step)
        for p, m, v, g in zip(self.parameters, self.first, self.second, gradients):
            norm = numpy.sqrt((g * g).sum())
            if norm > CLIP:
                g *= CLIP / norm
            m += (1 - BETA1) * (g - m)
            v += (1 - BETA2) * (g * g - v)
            p -= rate * m / (numpy.sqrt(v) + EPSILON)

    def forecast(self, rows):
        x = rows
        for index in range(0, 6, 2):
            x = numpy.maximum(x @ self.parameters[index] + self.parameters[index + 1], 0)
        return x @ self.parameters[6] + self.parameters[7]


class JAX:
    """The whole epoch in one compiled scan."""

    def __init__(self, data):
        import jax
        import jax.numpy as jnp

        self.jax, self.data = jax, data
        parameters = [jnp.asarray(p) for p in data.parameters]
        zeros = [jnp.zeros_like(p) for p in parameters]
        self.state = (parameters, zeros, [jnp.zeros_like(p) for p in parameters], 0)
        self.rows, self.labels = jnp.asarray(data.rows), jnp.asarray(data.labels)

        def logits(parameters, x):
            for index in range(0, 6, 2):
                x = jax.nn.relu(x @ parameters[index] + parameters[index + 1])
            return (x @ parameters[6] + parameters[7])[:, 0]

        def loss(parameters, x, y, weight):
            z = logits(parameters, x)
            each = PENALTY * y * jax.nn.softplus(-z) + (1 - y) * jax.nn.softplus(z)
            return (each * weight).sum() / weight.sum()

        def step(state, index):
            parameters, first, second, count = state
            weight = (index >= 0).astype("f4")
            gradients = jax.grad(loss)(parameters, self.rows[index], self.labels[index], weight)
            count = count + 1
            rate = RATE * jnp.sqrt(1 - BETA2**count) / (1 - BETA1**count)
            result = ([], [], [], count)
            for p, m, v, g in zip(parameters, first, second, gradients):
                g = g * jnp.minimum(1, CLIP / jnp.sqrt((g * g).sum()))
                m = BETA1 * m + (1 - BETA1) * g
                v = BETA2 * v + (1 - BETA2) * g * g
                for list_, value in zip(result, (p - rate * m / (jnp.sqrt(v) + EPSILON), m, v)):
                    list_.append(value)
            return result, None

        self.scan = jax.jit(lambda state, order: jax.lax.scan(step, state, order)[0])
        self.predict = jax.jit(logits)

    def epoch(self, order, batch):
        steps = -(-len(order) // batch)
        padded = numpy.full(steps * batch, -1, numpy.int32)
        padded[: len(order)] = order
        self.state = self.scan(self.state, padded.reshape(steps, batch))
        self.jax.block_until_ready(self.state)

    def forecast(self, rows):
        return self.predict(self.state[0], rows).block_until_ready()


class PyTorch:
    def __init__(self, data):
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        layers = []
        for index in range(0, 8, 2):
            weight, bias = data.parameters[index : index + 2]
            layer = torch.nn.Linear(*weight.shape)
            layer.weight.data = torch.tensor(weight.T.copy())
            layer.bias.data = torch.tensor(bias)
            layers += [layer, torch.nn.ReLU()]
        self.model = torch.nn.Sequential(*layers[:-1])
        self.loss = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor(PENALTY))
        self.optimiser = torch.optim.Adam(
            self.model.parameters(), lr=RATE, betas=(BETA1, BETA2), eps=EPSILON
        )
        self.rows, self.labels = torch.tensor(data.rows), torch.tensor(data.labels)

    def epoch(self, order, batch):
        order = self.torch.tensor(order)
        for index in order.split(batch):
            self.optimiser.zero_grad()
            self.loss(self.model(self.rows[index])[:, 0], self.labels[index]).backward()
            for parameter in self.model.parameters():
                self.torch.nn.utils.clip_grad_norm_([parameter], CLIP)
            self.optimiser.step()

    def forecast(self, rows):
        with self.torch.inference_mode():
            return self.model(self.torch.from_numpy(rows))


class Keras:
    """As the question has it, on the backend of KERAS_BACKEND."""

    def __init__(self, data):
        import keras

        self.data = data
        dense = keras.layers.Dense
        self.model = keras.Sequential(
            [keras.Input((INPUTS,))]
            + [dense(WIDTH, activation="relu") for _ in range(3)]
            + [dense(1, activation="sigmoid")]
        )
        self.model.set_weights(data.parameters)
        self.model.compile(keras.optimizers.Adam(RATE, clipnorm=CLIP), "binary_crossentropy")

    def epoch(self, order, batch):
        labels = self.data.labels[order]
        self.model.fit(
            self.data.rows[order], labels, sample_weight=1 + (PENALTY - 1) * labels,
            batch_size=batch, epochs=1, verbose=0, shuffle=False,
        )  # fmt: skip

    def forecast(self, rows):
        return self.model.predict(rows, verbose=0)


PEERS = {"numpy": NumPy, "jax": JAX, "torch": PyTorch, "keras": Keras}


def processor_seconds(work, repetitions=1):
    start = time.process_time()
    for _ in range(repetitions):
        work()
    return (time.process_time() - start) / repetitions


def cold(name, data):
    peer = PEERS[name](data)
    peer.epoch(data.order[:INCREMENT], 32)
    peer.forecast(data.rows[:1])


def cold_usage(name, directory):
    subprocess.run([sys.executable, __file__, "cold", name, directory], check=True)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(name, directory):
    data = Data(directory)
    rounds = 3 if name == "keras" else 5
    results = []

    def add(label, seconds, unit):
        scale = {"ms": 1e3, "µs": 1e6}[unit]
        results.append({"name": label, "value": seconds * scale, "unit": unit})

    def median_epoch(order, batch):
        peer = PEERS[name](data)
        peer.epoch(order, batch)
        return statistics.median(
            processor_seconds(lambda: peer.epoch(order, batch)) for _ in range(rounds)
        )

    for batch in (32, 256):
        add(f"epoch of 8,760 rows, batch {batch}", median_epoch(data.order, batch), "ms")
    add("incremental run of 720 rows", median_epoch(data.order[:INCREMENT], 32), "ms")
    peer, row = PEERS[name](data), data.rows[:1]
    peer.forecast(row)
    repetitions = 20 if name == "keras" else 1000
    add("forecast of one row", processor_seconds(lambda: peer.forecast(row), repetitions), "µs")
    seconds, megabytes = cold_usage(name, directory)
    add("process start, 720 rows, one forecast", seconds, "ms")
    results.append({"name": "its memory at most", "value": megabytes, "unit": "MB"})
    print(json.dumps(results, indent=1))


def compare(files):
    """Files are named PEER-ROUND.json; the median over the rounds counts."""
    values, units = {}, {}
    for file in files:
        peer = os.path.basename(file).rsplit("-", 1)[0]
        with open(file) as lines:
            for result in json.load(lines):
                values.setdefault(peer, {}).setdefault(result["name"], []).append(result["value"])
                units[result["name"]] = result["unit"]
    ours = {name: statistics.median(each) for name, each in values.pop("harbinger").items()}
    print(f"{'':40}{'harbinger':>14}" + "".join(f"{peer:>24}" for peer in values))
    for name in ours:
        if not any(name in peer for peer in values.values()):
            continue
        line = f"{name:40}{ours[name]:11.2f} {units[name]:2}"
        for peer in values.values():
            if name in peer:
                theirs = statistics.median(peer[name])
                line += f"{theirs:12.2f} ({theirs / ours[name]:8.1f} ×)"
            else:
                line += " " * 24
        print(line)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["measure", name, directory]:
            measure(name, directory)
        case ["cold", name, directory]:
            cold(name, Data(directory))
        case ["compare", *files]:
            compare(files)
        case _:
            sys.exit(__doc__)
