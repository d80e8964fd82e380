"""piper_model.py MODEL CONFIG TOKENS: adds to a Piper voice what sherpa-onnx reads from it, and writes its token list.

sherpa-onnx reads the sample rate and the kind of voice from the model's metadata. An ONNX file is one protobuf message, and
concatenated protobuf messages merge, so the metadata (field 14: key = field 1, value = field 2) is appended to the file.
"""

import json
import pathlib
import sys


def field(number, data):
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


model, config, tokens = sys.argv[1:]
voice = json.loads(pathlib.Path(config).read_text())
metadata = {
    "model_type": "vits",
    "comment": "piper",
    "language": "English",
    "voice": voice["espeak"]["voice"],
    "has_espeak": 1,
    "n_speakers": voice["num_speakers"],
    "sample_rate": voice["audio"]["sample_rate"],
}
with open(model, "ab") as file:
    for key, value in metadata.items():
        file.write(field(14, field(1, key.encode()) + field(2, str(value).encode())))
lines = (f"{symbol} {numbers[0]}\n" for symbol, numbers in voice["phoneme_id_map"].items())
pathlib.Path(tokens).write_text("".join(lines))
