"""Writes module_protocol{2,4}.pkl: data.pkl of a torch.save of whole modules, made by CPython's own pickler.

The classes carry PyTorch's names and have the attributes that PyTorch 2 modules have; PyTorch itself is not needed.
Prints the storages, which TorchPickleReaderTests.cs repeats. Run with CPython 3.11 in this folder.
"""
import collections
import io
import pickle
import sys
import types


def module_of(name):
    parts = name.split(".")
    for i in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:i]), types.ModuleType(".".join(parts[:i])))
    return sys.modules[name]


def stand_in_class(module, name):
    made = type(name, (), {"__module__": module})
    setattr(module_of(module), name, made)
    return made


def stand_in_function(module, name):
    def made(*arguments):
        raise NotImplementedError
    made.__module__, made.__name__, made.__qualname__ = module, name, name
    setattr(module_of(module), name, made)
    return made


FloatStorage = stand_in_class("torch", "FloatStorage")
LongStorage = stand_in_class("torch", "LongStorage")
rebuild_tensor = stand_in_function("torch._utils", "_rebuild_tensor_v2")
rebuild_parameter = stand_in_function("torch._utils", "_rebuild_parameter")
CLASSES = {name: stand_in_class("torch.nn.modules." + module, name) for module, name in [
    ("container", "Sequential"), ("linear", "Linear"), ("activation", "PReLU"), ("activation", "Softplus"), ("batchnorm", "BatchNorm1d"), ("dropout", "Dropout")]}
CLASSES |= {name: stand_in_class("rank_aae.clustering.model", name) for name in ("FCEncoder", "FCDecoder")}
STORAGES = []


class Storage:
    def __init__(self, kind, data):
        self.kind, self.data, self.key = kind, data, str(len(STORAGES))
        STORAGES.append(self)


class Tensor:
    def __init__(self, values, shape, kind=FloatStorage):
        self.storage, self.shape = Storage(kind, values), shape

    def __reduce__(self):
        stride, step = [], 1
        for size in reversed(self.shape):
            stride.insert(0, step)
            step *= size
        return rebuild_tensor, (self.storage, 0, self.shape, tuple(stride), False, collections.OrderedDict())


class Parameter(Tensor):
    def __reduce__(self):
        plain = Tensor.__new__(Tensor)
        plain.storage, plain.shape = self.storage, self.shape
        return rebuild_parameter, (plain, True, collections.OrderedDict())


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return ("storage", value.kind, value.key, "cpu", len(value.data)) if isinstance(value, Storage) else None


def module(name, parameters=None, buffers=None, children=None, **own):
    made = CLASSES[name]()
    made.__dict__.update(
        training=False, _parameters=parameters or {}, _buffers=buffers or {}, _non_persistent_buffers_set=set(), _backward_pre_hooks=collections.OrderedDict(),
        _backward_hooks=collections.OrderedDict(), _is_full_backward_hook=None, _forward_hooks=collections.OrderedDict(), _modules=children or {}, **own)
    return made


def sequential(*layers):
    return module("Sequential", children={str(i): layer for i, layer in enumerate(layers)})


def linear(inputs, outputs, start):
    return module("Linear", {
        "weight": Parameter([start + 0.5 * k for k in range(inputs * outputs)], (outputs, inputs)),
        "bias": Parameter([start - 0.25 * k for k in range(outputs)], (outputs,))}, in_features=inputs, out_features=outputs)


def batch_norm(mean, variance):
    return module("BatchNorm1d", {"weight": None, "bias": None}, {
        "running_mean": Tensor(mean, (len(mean),)), "running_var": Tensor(variance, (len(mean),)), "num_batches_tracked": Tensor([7], (), LongStorage)},
        num_features=len(mean), eps=1e-05, momentum=0.1, affine=False, track_running_stats=True)


encoder = module("FCEncoder", children={"main": sequential(
    linear(3, 2, 1.0), module("PReLU", {"weight": Parameter([0.125, 0.25], (2,))}, num_parameters=2), batch_norm([0.5, -0.5], [1.0, 2.0]),
    module("Dropout", p=0.05, inplace=False), linear(2, 1, -1.0), batch_norm([0.0], [4.0]))})
decoder = module("FCDecoder", children={"main": sequential(linear(1, 3, 2.0), module("Softplus", beta=2, threshold=20))})
for protocol in (2, 4):
    stream = io.BytesIO()
    Pickler(stream, protocol).dump({"Encoder": encoder, "Decoder": decoder, "Style Discriminator": None})
    with open(f"module_protocol{protocol}.pkl", "wb") as file:
        file.write(stream.getvalue())
for storage in STORAGES:
    print(storage.key, storage.kind.__name__, storage.data)
