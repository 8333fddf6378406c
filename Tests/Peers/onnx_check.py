"""Compares an exported model in ONNX Runtime with what harbinger itself says of the same rows.

    python3 -m venv VENV && VENV/bin/pip install numpy onnx onnxruntime safetensors
    VENV/bin/python Tests/Peers/onnx_check.py .build/release/harbinger STATE

The rows are made here: as the features were in training, then ten and a thousand times as wide, then with
numbers that are infinite or none. Prints the largest difference; fails above 1e-5.
"""

import json
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from safetensors import safe_open

LIMIT = 1e-5


def rows(tensors):
    """20,000 of each width, [N, features]."""
    random = numpy.random.default_rng(7)
    mean, deviation = tensors.get_tensor("standardizer.mean"), tensors.get_tensor("standardizer.deviation")
    parts = [
        mean + width * deviation * random.standard_normal((20_000, len(mean))) for width in (1, 10, 1000)
    ]
    odd = parts[0][:5_000].copy()
    places = random.uniform(size=odd.shape)
    for value, share in ((numpy.nan, 0.02), (numpy.inf, 0.04), (-numpy.inf, 0.06), (3e38, 0.08), (-3e38, 0.1)):
        odd[(places < share) & (places >= share - 0.02)] = value
    return numpy.concatenate([*parts, odd]).astype("f4")


def main(program, state):
    with tempfile.TemporaryDirectory() as folder:
        files = {kind: f"{folder}/model.{kind}" for kind in ("safetensors", "onnx")}
        for kind, path in files.items():
            subprocess.run(
                [program, "model", "export", "--state", state, "--format", kind, "--output", path], check=True
            )
        onnx.checker.check_model(onnx.load(files["onnx"]), full_check=True)
        with safe_open(files["safetensors"], "numpy") as tensors:
            names = json.loads(tensors.metadata()["features"])
            examples = rows(tensors)
        examples.tofile(f"{folder}/rows.f32")
        told = subprocess.run(
            [program, "model", "predict", "--state", state, f"{folder}/rows.f32"],
            check=True, capture_output=True, text=True,
        ).stdout
        ours = numpy.array(told.split(), "f8")
        session = onnxruntime.InferenceSession(files["onnx"])
        theirs = session.run(["probability"], {"features": examples})[0]
    assert theirs.shape == (len(examples), 1) and examples.shape[1] == len(names)
    difference = numpy.abs(theirs[:, 0] - ours).max()
    print(
        f"{len(examples)} rows of {len(names)} features; probabilities from {ours.min():.3g} to {ours.max():.3g}; "
        f"largest difference {difference:.3g}"
    )
    if not difference <= LIMIT:
        sys.exit(f"above {LIMIT}")


if __name__ == "__main__":
    main(*sys.argv[1:])
