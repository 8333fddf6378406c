"""Writes pretrained_numbers.json: what NumPy computes, in double precision, with the weights that the program brings.

    python3 Tests/Peers/pretrained_numbers.py > Tests/Peers/pretrained_numbers.json

To be run after deploy/pretrain. The inputs are given by a formula, far outside of what is usual in places.
"""

import json
import pathlib
import struct

import numpy

ROWS = 16
PLACE = pathlib.Path(__file__).parents[2] / "Sources/Forecasting/pretrained.weights"


def arrays(data):
    """Means, deviations, widths of the hidden layers and parameters, as PretrainedModel.bytes() writes them."""
    position = 8
    for kind in ("<f4", "<f4", "<i8", "<f2"):
        (count,) = struct.unpack_from("<q", data, position)
        yield numpy.frombuffer(data, kind, count, position + 8)
        position += 8 + count * numpy.dtype(kind).itemsize


means, deviations, hidden, parameters = arrays(PLACE.read_bytes())
row, column = numpy.meshgrid(numpy.arange(ROWS), numpy.arange(len(means)), indexing="ij")
inputs = means + deviations * ((31 * row + 17 * column) % 23 - 11) / 4

varies = deviations > 0
values = numpy.where(varies, (inputs - means) / numpy.where(varies, deviations, 1), 0)
values = numpy.clip(values, -6, 6)
parameters = parameters.astype("f8")
for width in [*hidden, 1]:
    weights, parameters = numpy.split(parameters, [values.shape[1] * width])
    biases, parameters = numpy.split(parameters, [width])
    values = values @ weights.reshape(-1, width) + biases
    if width != 1:
        values = numpy.maximum(values, 0)
print(json.dumps((1 / (1 + numpy.exp(-values[:, 0]))).tolist(), indent=1))
