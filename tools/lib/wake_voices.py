"""Voices that speak for the labelled set of wake words; runs in the Python environment that `tools/bench wake --det` makes.

wake_voices.py SEED UTTERANCES SENTENCES FOLDER    speaks each wake word UTTERANCES times and sentences for SENTENCES minutes into FOLDER, as WAV files
                                                  named WORD-VOICE-NUMBER.wav and other-VOICE-NUMBER.wav
"""

import json
import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy

from wake_environment import CACHE

# The words by their models' names. Each word's set is for the others what must not be heard.
PHRASES = {"okay_nabu": "okay nabu", "hey_jarvis": "hey jarvis", "hey_mycroft": "hey mycroft", "alexa": "alexa"}
# Sentences that come near to a word or hold a part of it.
NEAR = (
    "okay now", "okay, maybe later", "okay, nobody knows", "okay google", "okay computer", "hokey pokey", "a cable", "nabucco is an opera",
    "hey jar", "hey Travis, come here", "he carves it", "hey, service please", "Jarvis was here", "hey Marvin", "hey Minecraft is on",
    "hey, my craft is sailing", "Microsoft", "Mycroft Holmes is his brother", "a lecture", "a leg so long", "I like Sir Alex", "Alexander the Great",
    "Lexus and Texas", "election results", "relax a bit", "okay", "hey", "hey there", "hey Siri", "hello Nabu", "the lobby is okay now, boo",
)
TEXTS = Path("/usr/share/common-licenses")
FLITE = ("kal", "kal16", "awb", "rms", "slt")
ESPEAK = ("en-us", "en-us+f2", "en-us+f4", "en-us+m3", "en-us+m7", "en-gb", "en-gb+f3", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan")


class Piper:
    """The voice that set-up installs, run as it was exported: phonemes of espeak-ng in, sound out."""

    def __init__(self):
        from onnxruntime import InferenceSession, SessionOptions

        folder = CACHE / "models" / "piper"
        options = SessionOptions()
        options.intra_op_num_threads = 1
        self.session = InferenceSession(str(folder / "voice.onnx"), options, providers=["CPUExecutionProvider"])
        description = json.loads((folder / "voice.json").read_text())
        self.numbers, self.rate = description["phoneme_id_map"], description["audio"]["sample_rate"]

    def speak(self, text, path, random):
        spoken = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", "en-us", text], check=True, stdout=subprocess.PIPE, text=True).stdout
        pad = self.numbers["_"]
        numbers = self.numbers["^"] + pad
        for phoneme in " ".join(spoken.split()):
            if phoneme in self.numbers:
                numbers = numbers + self.numbers[phoneme] + pad
        numbers = numbers + self.numbers["$"]
        # How much the sound varies, how long it takes, how much its rhythm varies.
        scales = [random.uniform(0.3, 1), random.uniform(0.8, 1.35), random.uniform(0.3, 1.1)]
        inputs = {"input": [numbers], "input_lengths": [len(numbers)], "scales": scales}
        kinds = {"input": "int64", "input_lengths": "int64", "scales": "float32"}
        sound = self.session.run(None, {key: numpy.array(value, kinds[key]) for key, value in inputs.items()})[0].reshape(-1)
        write(path, sound / max(numpy.abs(sound).max(), 1e-6) * 0.7, self.rate)


def flite(voice, text, path, random):
    settings = ["--setf", f"duration_stretch={random.uniform(0.8, 1.35):.2f}"]
    if voice in ("kal", "kal16", "rms", "slt"):
        settings += ["--setf", f"int_f0_target_mean={random.uniform(85, 220):.0f}"]
    subprocess.run(["flite", "-voice", voice, *settings, "-t", text, "-o", path], check=True)


def espeak(voice, text, path, random):
    speed, pitch = str(int(random.uniform(120, 190))), str(int(random.uniform(25, 75)))
    subprocess.run(["espeak-ng", "-v", voice, "-s", speed, "-p", pitch, "-w", path, text], check=True)


def write(path, sound, rate):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((sound * 32767).round().clip(-32768, 32767).astype("<i2").tobytes())


def sentences():
    """English on every Debian machine: the texts of the common licences, cut at their full stops."""
    found = []
    for name in ("GPL-3", "Apache-2.0", "MPL-2.0", "Artistic", "GFDL-1.3", "LGPL-2.1"):
        text = re.sub(r"\s+", " ", (TEXTS / name).read_text(errors="replace"))
        found += [part.strip() for part in re.split(r"[.;:]", text) if 20 < len(part) < 160]
    return found


def seconds(path):
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()


def main(seed, count, minutes, folder):
    random = numpy.random.default_rng(seed)
    folder = Path(folder)
    piper = Piper()
    voices = [("joe", piper.speak)] * 6
    voices += [(voice, lambda *rest, voice=voice: flite(voice, *rest)) for voice in FLITE]
    voices += [(voice, lambda *rest, voice=voice: espeak(voice, *rest)) for voice in ESPEAK[::2]]
    for word, phrase in PHRASES.items():
        for number in range(count):
            name, speak = voices[number % len(voices)]
            speak(phrase, folder / f"{word}-{name}-{number:03}.wav", random)
        print(f"· {phrase}: spoken {count} times", file=sys.stderr)
    # Long texts for the fast voices, and the near ones by all.
    fast = [voice for voice in voices if voice[0] != "joe"]
    texts, spoken, number = sentences(), 0, 0
    while spoken < minutes * 60:
        if number % 3 == 0:
            (name, speak), text = voices[random.integers(len(voices))], NEAR[number // 3 % len(NEAR)]
        else:
            (name, speak), text = fast[random.integers(len(fast))], texts[random.integers(len(texts))]
        path = folder / f"other-{name}-{number:04}.wav"
        speak(text, path, random)
        spoken += seconds(path)
        number += 1
    print(f"· other speech: {number} sentences, {spoken / 60:.0f} minutes", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
