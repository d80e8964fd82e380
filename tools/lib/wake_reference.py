"""What the references compute for the wake word; runs in the Python environment that `tools/bench wake` makes.

wake_reference.py make SECONDS SEED CLIPS FOLDER     writes raw sounds: speech, music-like and noise, SECONDS altogether
wake_reference.py raw FILE TARGET                    a WAV file, or raw sound, as raw sound at 16 kHz
wake_reference.py compare FOLDER MODELS SOUND…       compares what `sotto-wake hear` left in FOLDER, prints a JSON object
wake_reference.py forms FOLDER MODELS SOUND…         the same without pymicro-wakeword, which knows nothing of made models
"""

import json
import statistics
import sys
import wave
from collections import deque
from pathlib import Path

import numpy

RATE = 16_000
PIECE = 60 * RATE


def clip(path):
    """Samples of a WAV file at 16 kHz; anything else is read as raw sound."""
    if path.suffix != ".wav":
        return numpy.fromfile(path, "<i2")
    with wave.open(str(path)) as file:
        if file.getsampwidth() != 2:
            raise SystemExit(f"{path}: samples of 16 bits are wanted")
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2")[:: file.getnchannels()].astype(float)
        rate = file.getframerate()
    if rate != RATE:
        places = numpy.arange(0, len(samples) - 1, rate / RATE)
        samples = numpy.interp(places, numpy.arange(len(samples)), samples)
    return samples.round().astype("<i2")


def noise(random, count):
    """White, pink or brown, at a level from the quietest to clipping, now and then in single loud bursts."""
    spectrum = numpy.fft.rfft(random.standard_normal(count))
    slope = random.choice([0, 0.5, 1])
    spectrum[1:] /= numpy.arange(1, len(spectrum)) ** slope
    sound = numpy.fft.irfft(spectrum, count)
    sound /= numpy.abs(sound).max()
    return sound * 10 ** (random.uniform(-80, 6) / 20)


def music(random, count):
    """Chords of decaying harmonics."""
    sound = numpy.zeros(count)
    time = numpy.arange(count) / RATE
    for begin in range(0, count, RATE // 2):
        end = min(begin + 2 * RATE, count)
        for root in random.uniform(60, 700, 3):
            for harmonic in range(1, 9):
                tone = numpy.sin(2 * numpy.pi * root * harmonic * time[begin:end]) / harmonic
                sound[begin:end] += tone * numpy.exp(-3 * (time[begin:end] - time[begin]))
    return sound / max(numpy.abs(sound).max(), 1e-9) * 10 ** (random.uniform(-50, 6) / 20)


def speech(random, count, clips):
    """Clips one after another at changing speed and level, some over noise."""
    parts, length = [], 0
    while length < count:
        part = clips[random.integers(len(clips))].astype(float) / 32768
        places = numpy.arange(0, len(part) - 1, random.uniform(0.8, 1.25))
        part = numpy.interp(places, numpy.arange(len(part)), part) * 10 ** (random.uniform(-30, 12) / 20)
        pause = numpy.zeros(int(random.uniform(0.1, 1.5) * RATE))
        parts += [part, pause]
        length += len(part) + len(pause)
    sound = numpy.concatenate(parts)[:count]
    return sound + (noise(random, count) * 0.05 if random.random() < 0.5 else 0)


def make(seconds, seed, clip_list, folder):
    random = numpy.random.default_rng(seed)
    clips = [clip(Path(line)) for line in Path(clip_list).read_text().splitlines() if line]
    made = 0
    while made < seconds * RATE:
        count = min(PIECE, seconds * RATE - made)
        kind = random.choice(["speech", "speech", "music", "noise"])
        sound = {"speech": lambda: speech(random, count, clips), "music": lambda: music(random, count), "noise": lambda: noise(random, count)}[kind]()
        samples = (sound * 32767).round().clip(-32768, 32767).astype("<i2")
        samples.tofile(Path(folder) / f"{made // PIECE:03}-{kind}.raw")
        made += count


def reference_features(samples):
    from pymicro_features import MicroFrontend

    front_end, data, position, frames = MicroFrontend(), samples.tobytes(), 0, []
    while position + 320 <= len(data):
        result = front_end.process_samples(data[position : position + 320])
        position += 2 * result.samples_read
        if result.features:
            frames.append(result.features)
    return numpy.array(frames).reshape(-1, 40)


def reference_network(path):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    network = Interpreter(model_path=str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    network.allocate_tensors()
    return network


class Reference:
    """One wake word: TensorFlow Lite's reference operators, and pymicro-wakeword itself."""

    def __init__(self, manifest, has_peer):
        self.name = manifest.stem
        description = json.loads(manifest.read_text())
        self.model = manifest.parent / description["model"]
        self.cutoff = description["micro"]["probability_cutoff"]
        self.window = description["micro"]["sliding_window_size"]
        self.peer = self.make_peer(manifest) if has_peer else None
        self.counts = {"invokes": 0, "invokes_mismatched": 0, "max_difference": 0, "detections": 0, "detections_mismatched": 0}
        self.peer_counts = {"outputs_different": 0, "max_difference": 0, "detections": 0, "first_detections_moved": 0, "moved_by_ms": 0}

    @staticmethod
    def make_peer(manifest):
        from pymicro_wakeword import MicroWakeWord

        return MicroWakeWord.from_config(manifest)

    def compare(self, features, outputs, detected):
        network = reference_network(self.model)
        given, result = network.get_input_details()[0], network.get_output_details()[0]
        scale, zero = given["quantization"]
        frames = int(given["shape"][1])
        # pymicro-wakeword's rounding: nearest, halves to even.
        values = numpy.round(features / scale + zero).clip(-128, 127).astype(numpy.int8)
        runs = len(values) // frames
        recent, state = deque(maxlen=self.window), self.counts
        expected, wanted = numpy.zeros(runs, int), numpy.zeros(runs, bool)
        for run in range(runs):
            network.set_tensor(given["index"], values[run * frames : run * frames + frames].reshape(given["shape"]))
            network.invoke()
            expected[run] = int(network.get_tensor(result["index"]).reshape(-1)[0])
            recent.append(expected[run] / 256)
            wanted[run] = len(recent) == self.window and statistics.mean(recent) > self.cutoff
        shared = min(runs, len(outputs))
        difference = numpy.abs(outputs[:shared].astype(int) - expected[:shared])
        state["invokes"] += runs
        state["invokes_mismatched"] += int((difference > 0).sum()) + abs(runs - len(outputs))
        state["max_difference"] = max(state["max_difference"], int(difference.max(initial=0)))
        state["detections"] += begins(wanted)
        state["detections_mismatched"] += int((wanted[:shared] != detected[:shared].astype(bool)).sum())
        if self.peer:
            self.compare_peer(features, outputs, detected, 10 * frames)

    def compare_peer(self, features, outputs, detected, step):
        self.peer.reset()
        found, said = [], []
        for frame in features:
            mean = self.peer.process_streaming_prob(frame.reshape(1, 1, 40))
            if not self.peer._features:  # a run has just ended
                said.append(round(self.peer._probabilities[-1] * 256))
                found.append(mean > self.cutoff)
        shared = min(len(said), len(outputs))
        difference = numpy.abs(numpy.array(said[:shared]) - outputs[:shared].astype(int))
        found = numpy.array(found[:shared], bool)
        ours = detected[:shared].astype(bool)
        counts = self.peer_counts
        counts["outputs_different"] += int((difference > 0).sum())
        counts["max_difference"] = max(counts["max_difference"], int(difference.max(initial=0)))
        counts["detections"] += begins(found)
        moved = abs(first(found) - first(ours)) if found.any() == ours.any() else len(ours)
        counts["first_detections_moved"] += int(moved > 0)
        counts["moved_by_ms"] = max(counts["moved_by_ms"], moved * step)


def begins(flags):
    return int((flags & ~numpy.concatenate([[False], flags[:-1]])).sum()) if len(flags) else 0


def first(flags):
    return int(numpy.argmax(flags)) if flags.any() else -1


def compare(folder, models, sounds, has_peer=True):
    references = [Reference(path, has_peer) for path in sorted(Path(models).glob("*.json"))]
    totals = {"seconds": 0.0, "features_compared": 0, "features_mismatched": 0}
    for sound in map(Path, sounds):
        samples = numpy.fromfile(sound, "<i2")
        wanted = reference_features(samples)
        ours = numpy.fromfile(Path(folder) / f"{sound.stem}.features", "<u2").reshape(-1, 40)
        shared = min(len(wanted), len(ours))
        totals["seconds"] += len(samples) / RATE
        totals["features_compared"] += wanted.size
        totals["features_mismatched"] += int((wanted[:shared] != ours[:shared] * 0.0390625).sum()) + 40 * abs(len(wanted) - len(ours))
        for reference in references:
            outputs = numpy.fromfile(Path(folder) / f"{sound.stem}.{reference.name}.outputs", "u1")
            detected = numpy.fromfile(Path(folder) / f"{sound.stem}.{reference.name}.detected", "u1")
            reference.compare(wanted, outputs, detected)
        print(f"· {sound.stem}: compared", file=sys.stderr)
    totals["models"] = {r.name: {**r.counts, **({"pymicro_wakeword": r.peer_counts} if r.peer else {})} for r in references}
    print(json.dumps(totals))


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "make":
        make(int(rest[0]), int(rest[1]), rest[2], rest[3])
    elif command == "raw":
        clip(Path(rest[0])).tofile(rest[1])
    elif command in ("compare", "forms"):
        compare(rest[0], rest[1], rest[2:], has_peer=command == "compare")
    else:
        raise SystemExit(__doc__)
