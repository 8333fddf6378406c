"""Writes framework_numbers.json: what PyTorch and Keras compute where `NeuralNet` must agree.

    python3 -m venv VENV && VENV/bin/pip install numpy torch keras jax
    VENV/bin/python Tests/Peers/framework_numbers.py > Tests/Peers/framework_numbers.json

All in double precision from one small set of numbers. PyTorch adds Adam's epsilon after the bias
correction and clips by the global norm or by value; Keras adds it before and also clips per tensor.
"""

import json
import os

os.environ["KERAS_BACKEND"] = "jax"

import jax
import numpy
import torch

jax.config.update("jax_enable_x64", True)

import keras

INPUTS, HIDDEN, ROWS, BATCH, PENALTY = 4, [6, 5], 40, 8, 10.0
STEPS = ROWS // BATCH
RATE, DECAY = 0.01, 0.1


def numbers():
    """Rows, labels, weights of the rows, and parameters in our order: [in][out], then biases."""
    random = numpy.random.default_rng(20)
    rows = random.standard_normal((ROWS, INPUTS)).astype("f4")
    labels = (random.uniform(size=ROWS) < 0.3).astype("f4")
    weights = random.uniform(0.5, 2, size=ROWS).astype("f4")
    widths = [INPUTS, *HIDDEN, 1]
    tensors = []
    for inputs, outputs in zip(widths, widths[1:]):
        tensors.append(random.normal(0, inputs**-0.5, (inputs, outputs)).astype("f4"))
        tensors.append(random.normal(0, 0.1, outputs).astype("f4"))
    return rows, labels, weights, tensors


ROW_VALUES, LABELS, WEIGHTS, TENSORS = numbers()


def flat(tensors):
    return [float(x) for tensor in tensors for x in numpy.asarray(tensor).ravel()]


def batches():
    for start in range(0, ROWS, BATCH):
        yield slice(start, start + BATCH)


def torch_loss(parameters, batch):
    x = torch.tensor(ROW_VALUES[batch], dtype=torch.float64)
    for index in range(0, len(parameters), 2):
        x = x @ parameters[index] + parameters[index + 1]
        if index < len(parameters) - 2:
            x = torch.relu(x)
    return torch.nn.functional.binary_cross_entropy_with_logits(
        x[:, 0],
        torch.tensor(LABELS[batch], dtype=torch.float64),
        weight=torch.tensor(WEIGHTS[batch], dtype=torch.float64),
        pos_weight=torch.tensor(PENALTY, dtype=torch.float64),
    )


def torch_parameters():
    return [torch.tensor(t, dtype=torch.float64, requires_grad=True) for t in TENSORS]


def torch_run(epsilon, decay=0.0, clip=lambda parameters: None):
    parameters = torch_parameters()
    optimiser = torch.optim.AdamW(
        [
            {"params": parameters[0::2], "weight_decay": decay},
            {"params": parameters[1::2], "weight_decay": 0.0},
        ],
        lr=RATE,
        eps=epsilon,
    )
    losses = []
    for batch in batches():
        optimiser.zero_grad()
        loss = torch_loss(parameters, batch)
        loss.backward()
        losses.append(loss.item())
        clip(parameters)
        optimiser.step()
    return {"losses": losses, "parameters": flat([p.detach() for p in parameters])}


def keras_run(epsilon, **clip):
    variables = [keras.Variable(t.astype("f8"), dtype="float64") for t in TENSORS]
    optimiser = keras.optimizers.Adam(learning_rate=RATE, epsilon=epsilon, **clip)
    optimiser.build(variables)
    losses = []
    for batch in batches():
        parameters = [
            torch.tensor(numpy.array(v.value), dtype=torch.float64, requires_grad=True)
            for v in variables
        ]
        loss = torch_loss(parameters, batch)
        loss.backward()
        losses.append(loss.item())
        optimiser.apply([jax.numpy.asarray(p.grad.numpy()) for p in parameters])
    return {"losses": losses, "parameters": flat([v.value for v in variables])}


def first_gradient():
    parameters = torch_parameters()
    loss = torch_loss(parameters, slice(0, ROWS))
    loss.backward()
    return {"loss": loss.item(), "gradient": flat([p.grad for p in parameters])}


def initialisation():
    """Deviation and largest magnitude of 1000 x 500 weights, as PyTorch and Keras draw them."""
    torch.manual_seed(1)
    weights = torch.empty(500, 1000, dtype=torch.float64)  # PyTorch: [outputs, inputs]
    he = torch.nn.init.kaiming_normal_(weights, nonlinearity="relu").std().item()
    glorot = numpy.asarray(keras.initializers.GlorotUniform(seed=1)((1000, 500), dtype="float64"))
    return {
        "he_normal_deviation": he,
        "glorot_uniform_deviation": float(glorot.std()),
        "glorot_uniform_largest": float(abs(glorot).max()),
    }


def clip_norm(limit):
    return lambda parameters: torch.nn.utils.clip_grad_norm_(parameters, limit)


def clip_value(limit):
    return lambda parameters: torch.nn.utils.clip_grad_value_(parameters, limit)


print(
    json.dumps(
        {
            "versions": {"torch": torch.__version__, "keras": keras.__version__},
            "inputs": INPUTS,
            "hidden": HIDDEN,
            "batch": BATCH,
            "penalty": PENALTY,
            "rate": RATE,
            "decay": DECAY,
            "rows": flat([ROW_VALUES]),
            "labels": flat([LABELS]),
            "weights": flat([WEIGHTS]),
            "parameters": flat(TENSORS),
            "gradient": first_gradient(),
            "initialisation": initialisation(),
            "runs": {
                "torch": torch_run(1e-3),
                "torch_decay": torch_run(1e-8, decay=DECAY),
                "torch_clip_norm": torch_run(1e-8, clip=clip_norm(0.5)),
                "torch_clip_value": torch_run(1e-8, clip=clip_value(0.05)),
                "keras": keras_run(1e-3),
                "keras_clip_norm": keras_run(1e-7, global_clipnorm=0.5),
                "keras_clip_norm_per_tensor": keras_run(1e-7, clipnorm=0.2),
                "keras_clip_value": keras_run(1e-7, clipvalue=0.05),
            },
        },
        indent=1,
    )
)
