"""Makes the tiny models of these tests (12 points, 3 styles, 2 descriptors) and prints what NumPy says they answer.

Run by hand: /usr/bin/python3 make_fixtures.py   (Debian's python3-onnx and python3-numpy)
The three .onnx files are committed beside it; the printed numbers stand in FixtureOracle.cs.
They carry no metadata_props: tests append those, so that they follow whatever the model folder's contract says.
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
POINTS, HIDDEN, STYLES, DESCRIPTORS = 12, 8, 3, 2
rng = np.random.default_rng(20240501)


def weights(*shape, scale=0.5):
    return np.round(rng.normal(0, scale, shape), 3).astype(np.float32)


ENC = [dict(w1=weights(HIDDEN, POINTS), b1=weights(HIDDEN), a=np.full(HIDDEN, 0.125, np.float32), w2=weights(STYLES, HIDDEN), b2=weights(STYLES)) for _ in range(2)]
DEC = dict(w1=weights(HIDDEN, STYLES), b1=weights(HIDDEN), a=np.full(HIDDEN, 0.25, np.float32), w2=weights(POINTS, HIDDEN), b2=weights(POINTS))
SLOPE, OFFSET = np.array([0.5, 1.5], np.float32), np.array([1.0, 5.0], np.float32)


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def network(self, prefix, w, source, output, softplus):
        for name, value in w.items():
            self.constant(f"{prefix}_{name}", value)
        self.add("Gemm", [source, f"{prefix}_w1", f"{prefix}_b1"], f"{prefix}_h", transB=1)
        self.add("PRelu", [f"{prefix}_h", f"{prefix}_a"], f"{prefix}_p")
        last = f"{prefix}_o" if softplus else output
        self.add("Gemm", [f"{prefix}_p", f"{prefix}_w2", f"{prefix}_b2"], last, transB=1)
        if softplus:
            self.add("Softplus", [last], output)
        return output

    def save(self, name, source, outputs):
        def value(n, width):
            return helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", width])

        graph = helper.make_graph(self.nodes, name, [value(*source)], [value(*o) for o in outputs], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="xanesml-test-fixtures")
        model.ir_version = 8
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, HERE / f"{name}.onnx")


def encoder():
    g = Graph()
    g.network("e", ENC[0], "spectrum", "styles", False)
    g.save("encoder", ("spectrum", POINTS), [("styles", STYLES)])


def decoder():
    g = Graph()
    g.network("d", DEC, "styles", "spectrum", True)
    g.save("decoder", ("styles", STYLES), [("spectrum", POINTS)])


def predictor():
    """Two trials: descriptors are their mean, descriptor_std half their difference (the population deviation of two)."""
    g = Graph()
    g.network("e0", ENC[0], "spectrum", "styles", False)
    g.network("e1", ENC[1], "spectrum", "styles1", False)
    g.network("d", DEC, "styles", "reconstruction", True)
    g.constant("first", np.array([0, 1], np.int64))
    g.constant("slope", SLOPE)
    g.constant("offset", OFFSET)
    g.constant("half", np.array(0.5, np.float32))
    for i, styles in enumerate(["styles", "styles1"]):
        g.add("Gather", [styles, "first"], f"s{i}", axis=1)
        g.add("Mul", [f"s{i}", "slope"], f"m{i}")
        g.add("Add", [f"m{i}", "offset"], f"y{i}")
    g.add("Add", ["y0", "y1"], "sum")
    g.add("Mul", ["sum", "half"], "descriptors")
    g.add("Sub", ["y0", "y1"], "difference")
    g.add("Abs", ["difference"], "distance")
    g.add("Mul", ["distance", "half"], "descriptor_std")
    g.add("Sub", ["spectrum", "reconstruction"], "residual")
    g.add("Abs", ["residual"], "absolute")
    g.add("ReduceMean", ["absolute"], "reconstruction_error", axes=[1], keepdims=1)
    g.save("predictor", ("spectrum", POINTS), [("descriptors", DESCRIPTORS), ("descriptor_std", DESCRIPTORS), ("styles", STYLES), ("reconstruction", POINTS), ("reconstruction_error", 1)])


def run(w, x, softplus=False):
    w = {k: v.astype(np.float64) for k, v in w.items()}
    h = x @ w["w1"].T + w["b1"]
    h = np.where(h > 0, h, w["a"] * h)
    y = h @ w["w2"].T + w["b2"]
    return np.log1p(np.exp(y)) if softplus else y


if __name__ == "__main__":
    encoder()
    decoder()
    predictor()
    np.set_printoptions(precision=9, suppress=True, linewidth=200)
    i = np.arange(POINTS)
    for row in (0, 7):
        # The same expression as Fixture.Spectrum(row, point).
        x = 1 / (1 + np.exp(-(i - 4 - 0.1 * (row % 5)))) + 0.02 * ((row * 7 + i * 3) % 11)
        x = x.astype(np.float32).astype(np.float64)
        z0, z1 = run(ENC[0], x), run(ENC[1], x)
        r = run(DEC, z0, True)
        y0, y1 = z0[:2] * SLOPE + OFFSET, z1[:2] * SLOPE + OFFSET
        print(f"row {row} styles {z0}\n descriptors {(y0 + y1) / 2}\n std {abs(y0 - y1) / 2}\n reconstruction {r}\n error {np.mean(abs(x - r)):.9f}")
