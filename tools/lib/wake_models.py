"""Makes streaming wake-word models with random weights, in the forms that the training code of the microWakeWord family can produce: for the
comparison with TensorFlow Lite's reference operators, and as seeds for fuzzing. They recognise nothing.

wake_models.py make FOLDER [SEED]      writes NAME.tflite and NAME.json for each form
"""

import json
import sys
from pathlib import Path

import flatbuffers
import numpy
from ai_edge_litert import schema_py_generated as schema

FEATURES = 40
INPUT_SCALE = 0.10196079
# Of weights; of values as they come from a layer.
SPREAD, RANGE = 50, 45
# Of what goes into the logistic function: its values then cover most of the curve.
LOGIT_SCALE = 0.25
OPTIONS = schema.BuiltinOptions
INT8, UINT8, INT32, RESOURCE = schema.TensorType.INT8, schema.TensorType.UINT8, schema.TensorType.INT32, schema.TensorType.RESOURCE


class Graph:
    """One subgraph under construction; tensors are named by their place."""

    def __init__(self, model):
        self.model, self.tensors, self.operators = model, [], []

    def tensor(self, shape, kind=INT8, scale=None, zero=0, data=None):
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.name = list(shape), kind, f"t{len(self.tensors)}"
        tensor.buffer = 0 if data is None else self.model.buffer(data)
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            scales = numpy.atleast_1d(numpy.asarray(scale, numpy.float32))
            tensor.quantization.scale = scales
            tensor.quantization.zeroPoint = numpy.full(len(scales), zero, numpy.int64)
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def numbers(self, values):
        values = numpy.asarray(values, numpy.int32)
        return self.tensor(values.shape, INT32, data=values)

    def shape(self, index):
        return self.tensors[index].shape

    def quantization(self, index):
        quantization = self.tensors[index].quantization
        return float(quantization.scale[0]), int(quantization.zeroPoint[0])

    def operator(self, code, inputs, outputs, kind=None, options=None):
        operator = schema.OperatorT()
        operator.opcodeIndex = self.model.code(code)
        operator.inputs, operator.outputs = list(inputs), list(outputs)
        if kind is not None:
            operator.builtinOptionsType, operator.builtinOptions = kind, options
        self.operators.append(operator)

    def finish(self, inputs, outputs):
        graph = schema.SubGraphT()
        graph.tensors, graph.operators, graph.inputs, graph.outputs = self.tensors, self.operators, list(inputs), list(outputs)
        return graph


def options(kind, **values):
    made = getattr(schema, kind + "T")()
    for name, value in values.items():
        assert hasattr(made, name), (kind, name)
        setattr(made, name, value)
    return getattr(OPTIONS, kind), made


class Model:
    def __init__(self, random):
        self.random = random
        self.codes, self.buffers = [], [schema.BufferT()]
        self.main, self.start = Graph(self), Graph(self)
        self.variables = 0
        self.main.operator("CALL_ONCE", [], [], *options("CallOnceOptions", initSubgraphIndex=1))

    def buffer(self, data):
        buffer = schema.BufferT()
        buffer.data = numpy.frombuffer(data.tobytes(), numpy.uint8)
        self.buffers.append(buffer)
        return len(self.buffers) - 1

    def code(self, name):
        if name not in self.codes:
            self.codes.append(name)
        return self.codes.index(name)

    def bytes(self, given, answer):
        model = schema.ModelT()
        model.version, model.buffers = 3, self.buffers
        model.subgraphs = [self.main.finish([given], [answer]), self.start.finish([], [])]
        model.operatorCodes = []
        for name in self.codes:
            code = schema.OperatorCodeT()
            number = getattr(schema.BuiltinOperator, name)
            code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), 1
            model.operatorCodes.append(code)
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())

    # Layers. Scales are chosen so that values use most of their range and now and then leave it.

    def weights(self, shape, axis=None):
        """With `axis`, the weights of each channel add up to about nothing: what all inputs share does not drown what they differ in."""
        values = self.random.normal(0, SPREAD, shape)
        if axis is not None:
            values -= values.mean(axis=tuple(other for other in range(len(shape)) if other != axis), keepdims=True)
        return numpy.clip(values.round(), -127, 127).astype(numpy.int8)

    def given(self, frames=3):
        place = self.main.tensor([1, frames, FEATURES], INT8, INPUT_SCALE, -128)
        return place, self.reshape(place, [1, frames, 1, FEATURES])

    def reshape(self, given, shape):
        place = self.main.tensor(shape, INT8, *self.main.quantization(given))
        self.main.operator("RESHAPE", [given, self.main.numbers(shape)], [place], *options("ReshapeOptions", newShape=list(shape)))
        return place

    def product(self, name, given, filter_shape, fan, channels, axis, result, zero, make, bias=True, per_channel=True):
        """A layer of weights; `fan` products go into each value."""
        scale, _ = self.main.quantization(given)
        growth = SPREAD * numpy.sqrt(fan)
        # One value is the answer, before the logistic function.
        middle = 0.006 if numpy.prod(result) > 1 else LOGIT_SCALE / (scale * growth)
        scales = (middle * self.random.uniform(0.5, 1.5, channels if per_channel else 1)).astype(numpy.float32)
        filter_place = self.main.tensor(filter_shape, INT8, scales, 0, self.weights(filter_shape, axis))
        self.main.tensors[filter_place].quantization.quantizedDimension = axis
        biases = self.random.normal(0, growth * 10, channels).round().astype(numpy.int32)
        bias_place = self.main.tensor([channels], INT32, scale * scales, 0, biases) if bias else -1
        place = self.main.tensor(result, INT8, scale * middle * growth, zero)
        self.main.operator(name, [given, filter_place, bias_place], [place], *make)
        return place

    def convolution(self, given, channels, patch=1, stride=1, dilation=1, activation=True):
        batch, rows, columns, depth = self.main.shape(given)
        rows = (rows - (patch - 1) * dilation - 1) // stride + 1
        make = options(
            "Conv2DOptions", padding=schema.Padding.VALID, strideH=stride, strideW=1, dilationHFactor=dilation, dilationWFactor=1,
            fusedActivationFunction=1 if activation else 0)
        zero = -128 if activation else int(self.random.integers(-20, 20))
        shape = [channels, patch, 1, depth]
        return self.product("CONV_2D", given, shape, patch * depth, channels, 0, [batch, rows, columns, channels], zero, make)

    def depthwise(self, given, patch, dilation=1):
        batch, rows, columns, depth = self.main.shape(given)
        make = options(
            "DepthwiseConv2DOptions", padding=schema.Padding.VALID, strideH=1, strideW=1, depthMultiplier=1, dilationHFactor=dilation,
            dilationWFactor=1, fusedActivationFunction=0)
        result = [batch, rows - (patch - 1) * dilation, columns, depth]
        return self.product("DEPTHWISE_CONV_2D", given, [1, patch, 1, depth], patch, depth, 3, result, 3, make)

    def dense(self, given, channels, per_channel, bias):
        depth = int(numpy.prod(self.main.shape(given)))
        flat = self.reshape(given, [1, depth])
        make = options("FullyConnectedOptions", fusedActivationFunction=0)
        return self.product("FULLY_CONNECTED", flat, [channels, depth], depth, channels, 0, [1, channels], 5, make, bias, per_channel)

    def stream(self, given, frames):
        """The last `frames` frames: those of this run after those that are remembered."""
        batch, rows, columns, depth = self.main.shape(given)
        scale, zero = self.main.quantization(given)
        held = [batch, frames, columns, depth]
        name = f"stream{self.variables}"
        self.variables += 1
        handle = self.start.tensor([], RESOURCE)
        self.start.operator("VAR_HANDLE", [], [handle], *options("VarHandleOptions", container="", sharedName=name))
        zeros = self.start.tensor(held, INT8, scale, zero, numpy.full(held, zero, numpy.int8))
        self.start.operator("ASSIGN_VARIABLE", [handle, zeros], [], *options("AssignVariableOptions"))
        own = self.main.tensor([], RESOURCE)
        self.main.operator("VAR_HANDLE", [], [own], *options("VarHandleOptions", container="", sharedName=name))
        before = self.main.tensor(held, INT8, scale, zero)
        self.main.operator("READ_VARIABLE", [own], [before], *options("ReadVariableOptions"))
        whole = self.concatenation([before, given], 1)
        self.main.operator("ASSIGN_VARIABLE", [own, self.slice(whole, rows)], [], *options("AssignVariableOptions"))
        return whole

    def slice(self, given, begin):
        """All frames from `begin` on."""
        shape = list(self.main.shape(given))
        ends = self.main.numbers(shape)
        place = self.main.tensor([shape[0], shape[1] - begin, *shape[2:]], INT8, *self.main.quantization(given))
        inputs = [given, self.main.numbers([0, begin, 0, 0]), ends, self.main.numbers([1, 1, 1, 1])]
        make = options("StridedSliceOptions", beginMask=0b1101, endMask=0b1111, ellipsisMask=0, newAxisMask=0, shrinkAxisMask=0)
        self.main.operator("STRIDED_SLICE", inputs, [place], *make)
        return place

    def concatenation(self, parts, axis):
        shape = list(self.main.shape(parts[0]))
        shape[axis] = sum(self.main.shape(part)[axis] for part in parts)
        place = self.main.tensor(shape, INT8, *self.main.quantization(parts[0]))
        self.main.operator("CONCATENATION", parts, [place], *options("ConcatenationOptions", axis=axis, fusedActivationFunction=0))
        return place

    def split(self, given, sizes):
        shape = list(self.main.shape(given))
        places = [self.main.tensor([*shape[:3], size], INT8, *self.main.quantization(given)) for size in sizes]
        inputs = [given, self.main.numbers(sizes), self.main.numbers(3)]
        self.main.operator("SPLIT_V", inputs, places, *options("SplitVOptions", numSplits=len(sizes)))
        return places

    def pair(self, name, a, b, activation=0):
        (scale, _), (other, _) = self.main.quantization(a), self.main.quantization(b)
        joined = 1.4 * max(scale, other) if name == "ADD" else scale * other * RANGE
        shape = numpy.broadcast_shapes(tuple(self.main.shape(a)), tuple(self.main.shape(b)))
        place = self.main.tensor(list(shape), INT8, joined, -128 if activation else int(self.random.integers(-30, 30)))
        make = options("AddOptions" if name == "ADD" else "MulOptions", fusedActivationFunction=activation)
        self.main.operator(name, [a, b], [place], *make)
        return place

    def constant(self, depth, scale):
        return self.main.tensor([depth], INT8, scale * float(self.random.uniform(0.5, 1.5)), int(self.random.integers(-40, 40)), self.weights([depth]))

    def pool(self, given, is_maximum, patch, padding=schema.Padding.VALID, stride=1):
        batch, rows, columns, depth = self.main.shape(given)
        rows = -(-rows // stride) if padding == schema.Padding.SAME else (rows - patch) // stride + 1
        place = self.main.tensor([batch, rows, columns, depth], INT8, *self.main.quantization(given))
        make = options(
            "Pool2DOptions", padding=padding, strideH=stride, strideW=1, filterHeight=patch, filterWidth=1, fusedActivationFunction=0)
        self.main.operator("MAX_POOL_2D" if is_maximum else "AVERAGE_POOL_2D", [given], [place], *make)
        return place

    def mean(self, given, axes, keeps, is_rescaled):
        shape = list(self.main.shape(given))
        scale, zero = self.main.quantization(given)
        left = [1 if axis in axes else size for axis, size in enumerate(shape)] if keeps else [
            size for axis, size in enumerate(shape) if axis not in axes]
        place = self.main.tensor(left, INT8, scale * 0.37 if is_rescaled else scale, zero + 7 if is_rescaled else zero)
        self.main.operator("MEAN", [given, self.main.numbers(axes)], [place], *options("ReducerOptions", keepDims=keeps))
        return place

    def pad(self, given, widths):
        shape = [size + before + after for size, (before, after) in zip(self.main.shape(given), widths)]
        place = self.main.tensor(shape, INT8, *self.main.quantization(given))
        self.main.operator("PAD", [given, self.main.numbers(widths)], [place], *options("PadOptions"))
        return place

    def pack(self, parts, axis):
        shape = list(self.main.shape(parts[0]))
        shape.insert(axis, len(parts))
        place = self.main.tensor(shape, INT8, *self.main.quantization(parts[0]))
        self.main.operator("PACK", parts, [place], *options("PackOptions", valuesCount=len(parts), axis=axis))
        return place

    def probability(self, given):
        """One value, through the logistic function, as a byte without a sign."""
        assert numpy.prod(self.main.shape(given)) == 1
        flat = self.reshape(given, [1, 1])
        curve = self.main.tensor([1, 1], INT8, 1 / 256, -128)
        self.main.operator("LOGISTIC", [flat], [curve])
        answer = self.main.tensor([1, 1], UINT8, 1 / 256, 0)
        self.main.operator("QUANTIZE", [curve], [answer], *options("QuantizeOptions"))
        return answer


def mixednet(random, residual, maximum, stride):
    """Depthwise convolutions of several lengths, each followed by one over the channels."""
    model = Model(random)
    place, net = model.given()
    net = model.convolution(model.stream(net, 2), 16, 3, stride)
    for kernels, filters in (([3], 16), ([3, 5, 7], 24)):
        if model.main.shape(net)[3] != filters:
            net = model.convolution(net, filters)
        for _ in range(2):
            kept = net
            sizes = [filters // len(kernels)] * len(kernels)
            parts = model.split(net, sizes) if len(kernels) > 1 else [net]
            parts = [model.depthwise(model.stream(part, length - 1), length) for part, length in zip(parts, kernels)]
            if len(parts) > 1:
                for part in parts[1:]:
                    model.main.tensors[part].quantization = model.main.tensors[parts[0]].quantization
                net = model.concatenation(parts, 3)
            else:
                net = parts[0]
            net = model.convolution(net, filters)
            if residual:
                net = model.pair("ADD", net, kept, activation=int(random.integers(0, 2)))
    rows = model.main.shape(net)[1]
    net = model.pool(model.stream(net, 6), maximum, 6 + rows)
    return model, place, model.probability(model.convolution(net, 1, activation=False))


def inception(random, per_channel, bias):
    """Branches of different reach side by side, with scale and offset of each channel as operators of their own."""
    model = Model(random)
    place, net = model.given()
    net = model.convolution(model.stream(net, 4), 20, 5)
    for dilation in (1, 2):
        one = model.convolution(net, 10)
        two = model.convolution(model.stream(model.convolution(net, 10), 4 * dilation), 10, 5, dilation=dilation)
        three = model.convolution(model.stream(model.convolution(net, 10), 2 * dilation), 10, 3, dilation=dilation)
        for branch in (two, three):
            model.main.tensors[branch].quantization = model.main.tensors[one].quantization
        net = model.concatenation([one, two, three], 3)
        net = model.pair("MUL", net, model.constant(30, 0.01))
        net = model.pair("ADD", model.constant(30, model.main.quantization(net)[0]), net, activation=1)
        net = model.convolution(net, 12)
    return model, place, model.probability(model.dense(net, 1, per_channel, bias))


def pooled(random, axes, keeps, is_rescaled):
    """Means over time and frequency, pools with padding, tensors packed and padded."""
    model = Model(random)
    place, net = model.given()
    # Features beside each other as columns, so that there is something in two dimensions.
    net = model.reshape(net, [1, 3, FEATURES, 1])
    net = model.pad(net, [[0, 0], [1, 2], [0, 0], [0, 0]])
    net = model.convolution(net, 6, 2)
    net = model.pool(net, True, 3, schema.Padding.SAME, 2)
    net = model.pool(model.stream(net, 3), False, 3, schema.Padding.SAME)
    net = model.mean(net, axes, keeps, is_rescaled)
    net = model.reshape(net, [1, 1, 1, int(numpy.prod(model.main.shape(net)))])
    a, b = model.convolution(net, 8), model.convolution(net, 8)
    model.main.tensors[b].quantization = model.main.tensors[a].quantization
    flat = [model.reshape(part, [1, 8]) for part in (a, b)]
    net = model.reshape(model.pack(flat, int(random.integers(0, 3))), [1, 1, 1, 16])
    net = model.pair("MUL", net, net)
    return model, place, model.probability(model.convolution(net, 1, activation=False))


FORMS = {
    "mixednet": lambda random: mixednet(random, residual=False, maximum=False, stride=3),
    "mixednet_residual": lambda random: mixednet(random, residual=True, maximum=False, stride=3),
    "mixednet_maximum": lambda random: mixednet(random, residual=True, maximum=True, stride=1),
    "inception": lambda random: inception(random, per_channel=False, bias=False),
    "inception_per_channel": lambda random: inception(random, per_channel=True, bias=True),
    "mean": lambda random: pooled(random, [1, 2], True, False),
    "mean_rescaled": lambda random: pooled(random, [1, 2], True, True),
    "mean_of_one_axis": lambda random: pooled(random, [2], False, True),
    "mean_of_time": lambda random: pooled(random, [1], False, False),
}


def make(folder, seed=1):
    for number, (name, form) in enumerate(FORMS.items()):
        model, given, answer = form(numpy.random.default_rng([seed, number]))
        (Path(folder) / f"{name}.tflite").write_bytes(model.bytes(given, answer))
        description = {
            "type": "micro", "wake_word": name, "model": f"{name}.tflite", "version": 2,
            "micro": {"probability_cutoff": 0.5, "sliding_window_size": 5, "feature_step_size": 10},
        }
        (Path(folder) / f"{name}.json").write_text(json.dumps(description))


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] != "make":
        raise SystemExit(__doc__)
    make(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1)
