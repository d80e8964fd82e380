"""moonshine_tokens.py TOKENIZER TOKENS: writes sherpa-onnx's token list from Moonshine's tokenizer.

The tokenizer is a sequence of byte strings, each after its length: one byte, or for 128 and more two, low seven bits first.
sherpa-onnx wants "BASE64<tab>NUMBER" lines.
"""

import base64
import pathlib
import sys

source, target = sys.argv[1:]
data = pathlib.Path(source).read_bytes()
tokens = []
at = 0
while at < len(data):
    length = data[at]
    at += 1
    if length >= 128:
        length = (length - 128) | (data[at] << 7)
        at += 1
    tokens.append(data[at : at + length])
    at += length
if at != len(data) or tokens[:3] != [b"<unk>", b"<s>", b"</s>"]:
    sys.exit("the tokenizer is not laid out as expected")
lines = (f"{base64.b64encode(token).decode()}\t{number}\n" for number, token in enumerate(tokens))
pathlib.Path(target).write_text("".join(lines))
