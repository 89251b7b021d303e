#!/usr/bin/env python3
"""Makes the tiny ONNX files of the tests: 12 points, 3 styles, 2 descriptors, and prints the expected numbers of SpectrumModelTests.

Run by hand from this folder with Debian's python3-onnx and python3-numpy: /usr/bin/python3 make_fixtures.py
The files carry no metadata_props: the tests append those of their own model.json (see TinyModel.cs).

The decoder is linear, spectrum = D styles + e, and the first encoder is its pseudo-inverse, so that spectra which the decoder made are
reconstructed exactly (in the domain) and others are not. The second member of the ensemble is the first one, slightly turned.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

POINTS, STYLES, DESCRIPTORS = 12, 3, 2
x = np.arange(POINTS, dtype=np.float64)
e = 1.0 / (1.0 + np.exp(-(x - 2.0)))
d = np.stack([0.10 * np.exp(-((x - c) ** 2) / 4.0) for c in (3.0, 6.0, 9.0)], axis=1)
w1 = np.linalg.pinv(d)
b1 = -w1 @ e
w2, b2 = 1.02 * w1, 1.02 * b1 + 0.01
# Calibrations: descriptor 1 = 1.5 + 0.5 s1, descriptor 2 = 5 + 1.0 s2, of both members.
c = np.zeros((DESCRIPTORS, STYLES))
c[0, 0], c[1, 1] = 0.5, 1.0
c0 = np.array([1.5, 5.0])


def initializers(**arrays):
    return [numpy_helper.from_array(a.astype(np.float32), name) for name, a in arrays.items()]


def value(name, width):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])


def gemm(source, weight, bias, target):
    return helper.make_node("Gemm", [source, weight, bias], [target], transB=1)


def save(file, nodes, inputs, outputs, arrays):
    graph = helper.make_graph(nodes, file.removesuffix(".onnx"), inputs, outputs, arrays)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="make_fixtures")
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, file)


save("encoder.onnx", [gemm("spectrum", "w1", "b1", "styles")], [value("spectrum", POINTS)], [value("styles", STYLES)], initializers(w1=w1, b1=b1))
save("decoder.onnx", [gemm("styles", "d", "e", "spectrum")], [value("styles", STYLES)], [value("spectrum", POINTS)], initializers(d=d, e=e))

# The encoder with its weights in another file, which a model folder may not have. Only the reference is kept: the weights file is not written.
external = onnx.load("encoder.onnx")
for tensor in external.graph.initializer:
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, text in (("location", "weights.bin"), ("offset", "0"), ("length", str(4 * int(np.prod(tensor.dims))))):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, text
with open("encoder_external.onnx", "wb") as stream:
    stream.write(external.SerializeToString())

rebuild = [
    gemm("spectrum", "w1", "b1", "styles"),
    gemm("styles", "d", "e", "reconstruction"),
    helper.make_node("Sub", ["reconstruction", "spectrum"], ["difference"]),
    helper.make_node("Abs", ["difference"], ["distance"]),
    helper.make_node("ReduceMean", ["distance"], ["reconstruction_error"], axes=[1], keepdims=1),
]
common = [value("styles", STYLES), value("reconstruction", POINTS), value("reconstruction_error", 1)]
save("predictor_unlabelled.onnx", rebuild, [value("spectrum", POINTS)], common, initializers(w1=w1, b1=b1, d=d, e=e))
members = [
    gemm("spectrum", "w2", "b2", "styles2"),
    gemm("styles", "c", "c0", "y1"),
    gemm("styles2", "c", "c0", "y2"),
    helper.make_node("Add", ["y1", "y2"], ["sum"]),
    helper.make_node("Mul", ["sum", "half"], ["descriptors"]),
    helper.make_node("Sub", ["y1", "y2"], ["spread"]),
    helper.make_node("Abs", ["spread"], ["width"]),
    helper.make_node("Mul", ["width", "half"], ["descriptor_std"]),
]
save("predictor.onnx", rebuild + members, [value("spectrum", POINTS)],
     [value("descriptors", DESCRIPTORS), value("descriptor_std", DESCRIPTORS)] + common,
     initializers(w1=w1, b1=b1, w2=w2, b2=b2, d=d, e=e, c=c, c0=c0, half=np.array([0.5])))

# The oracle: the same arithmetic by numpy in float64 on two spectra that the tests make by the same expressions.
spectra = np.stack([x / (POINTS - 1), 1.0 / (1.0 + np.exp(-(x - 2.0))) + 0.05 * np.sin(x)])
styles, styles2 = spectra @ w1.T + b1, spectra @ w2.T + b2
y = np.stack([styles @ c.T + c0, styles2 @ c.T + c0])
reconstruction = styles @ d.T + e
for name, array in {
    "descriptors": y.mean(axis=0), "descriptor_std": y.std(axis=0), "styles": styles, "reconstruction": reconstruction,
    "reconstruction_error": np.abs(reconstruction - spectra).mean(axis=1), "decoded 0.5, -1, 2": d @ [0.5, -1.0, 2.0] + e,
}.items():
    print(name, np.array2string(array, precision=7, max_line_width=400, separator=", ").replace("\n", ""))
print("onnx", onnx.__version__, "numpy", np.__version__)
