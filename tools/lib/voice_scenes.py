"""Scenes for `tools/bench bargein`; runs in the Python environment that it makes.

A scene is an answer that the glasses give, a room between their loudspeaker and their microphone, and what is heard beside the answer. Answers and
people are recordings: the American and the Canadian voice of Debian's asterisk-core-sounds. Coughs and hums are synthetic.

voice_scenes.py scenes PROMPTS PROGRAM MINUTES SEED   plays scenes through `sotto-voice interrupt`; prints a JSON object
voice_scenes.py echo PROMPTS PROGRAM SECONDS SEED     echo cancellers on the same rooms; prints a JSON object
voice_scenes.py clips PROMPTS PROGRAM SEED FOLDER     the human clips as the host hears them, a folder for each way
"""

import json
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy
from G722 import G722
from scipy.signal import butter, lfilter, resample_poly

RATE = 16_000
SPEED_OF_SOUND = 343.0
LEVELS = (0, -6, -12)  # echo to speech, in decibels
OWN_DECIBELS = -26  # the wearer's voice at the temple, root mean square while it sounds
NOISE_DECIBELS = -65  # of the microphone and the room
ROOMS = 4
TAPS = 1600  # of a room's response that are played
CLIPS = Path("/usr/share/pocketsphinx/test/data")


def level(sound):
    """Decibels of full scale while it sounds."""
    loud = sound[numpy.abs(sound) > 0.02 * numpy.abs(sound).max()]
    return 10 * numpy.log10(numpy.mean(loud**2))


def scaled(sound, decibels):
    return sound * 10 ** ((decibels - level(sound)) / 20)


def trimmed(sound):
    """From the first to the last 10 ms within 30 dB of the loudest."""
    envelope = numpy.sqrt(numpy.convolve(sound**2, numpy.ones(160) / 160, "same"))
    loud = numpy.flatnonzero(envelope > 10 ** (-30 / 20) * envelope.max())
    return sound[loud[0] : loud[-1]]


def prompts(folder, voice):
    found = []
    for path in sorted((folder / voice).rglob("*.g722")):
        if "silence" in str(path) or "monkeys" in path.name:
            continue
        sound = numpy.array(G722(RATE, 64_000).decode(path.read_bytes()), dtype=float)
        sound = sound / 32768 if numpy.abs(sound).max() > 1.5 else sound
        if len(sound) > RATE // 4:
            found.append(sound)
    return found


def room(random):
    """Impulse response of a box by the image method (Allen and Berkley, 1979), from a loudspeaker 6 cm from the microphone, of energy one."""
    size = random.uniform([2.5, 3, 2.3], [7, 9, 3.2])
    microphone = size * random.uniform(0.3, 0.7, 3)
    source = microphone + [0.06, 0.015, -0.01]
    reflected = random.uniform(0.75, 0.92)
    count = RATE // 4
    reach = count / RATE * SPEED_OF_SOUND
    distances, bounces = [], []
    for axis in range(3):
        cells = numpy.arange(-int(reach / (2 * size[axis])) - 1, int(reach / (2 * size[axis])) + 2)
        places = numpy.concatenate([2 * cells * size[axis] + source[axis], 2 * cells * size[axis] - source[axis]])
        distances.append((places - microphone[axis]) ** 2)
        bounces.append(numpy.concatenate([2 * numpy.abs(cells), numpy.abs(cells) + numpy.abs(cells - 1)]))
    square = distances[0][:, None, None] + distances[1][None, :, None] + distances[2][None, None, :]
    bounced = bounces[0][:, None, None] + bounces[1][None, :, None] + bounces[2][None, None, :]
    distance, bounced = numpy.sqrt(square.ravel()), bounced.ravel()
    near = distance < reach
    place = distance[near] / SPEED_OF_SOUND * RATE
    gain = reflected ** bounced[near] / distance[near]
    response = numpy.zeros(count + 16)
    first = numpy.floor(place).astype(int)
    for tap in range(-15, 16):
        shift = place - first - tap
        weight = numpy.sinc(shift) * (0.5 + 0.5 * numpy.cos(numpy.pi * shift / 17))
        inside = first + tap >= 0
        numpy.add.at(response, (first + tap)[inside], (gain * weight)[inside])
    # A small loudspeaker.
    response = lfilter(*butter(2, [300 / 8000, 7000 / 8000], "band"), response)[:TAPS]
    # Between the two devices' statements of delay.
    response = numpy.concatenate([numpy.zeros(random.integers(0, 60)), response])[:TAPS]
    return response / numpy.sqrt(numpy.sum(response**2))


def resonance(sound, hertz, width):
    radius = numpy.exp(-numpy.pi * width / RATE)
    return lfilter([1], [1, -2 * radius * numpy.cos(2 * numpy.pi * hertz / RATE), radius**2], sound)


def cough(random):
    """A burst, a noisy phase, and in half of the coughs a short voiced one: the three phases that are described of coughs; half of them double."""
    burst, noisy, voiced = (int(random.uniform(*span) * RATE) for span in ((0.03, 0.06), (0.12, 0.22), (-0.12, 0.12)))
    envelope = numpy.concatenate(
        [numpy.linspace(0, 1, 80), numpy.exp(-numpy.arange(burst - 80) / 320), 0.35 * numpy.exp(-numpy.arange(noisy) / 1920)])
    air = random.standard_normal(len(envelope)) * envelope
    formants = random.uniform(400, 700), random.uniform(1200, 1900), random.uniform(2500, 3400)
    parts = [resonance(air, hertz, width) for hertz, width in zip(formants, (200, 300, 500))]
    sound = sum(part / part.std() * gain for part, gain in zip(parts, (1, 0.8, 0.5)))
    if voiced > 400:
        pulses = (numpy.arange(voiced) * random.uniform(120, 220) / RATE % 1 < 0.1).astype(float)
        end = resonance(resonance(pulses, formants[0], 150), formants[1], 250) * numpy.hanning(voiced)
        sound = numpy.concatenate([sound, 0.4 * end / numpy.abs(end).max() * numpy.abs(sound).max()])
    if random.random() < 0.5:
        sound = numpy.concatenate([sound, numpy.zeros(int(random.uniform(0.05, 0.15) * RATE)), 0.7 * sound])
    return sound


def hum(random):
    """ "Mm-hm": a murmur through the nose, a breath, a murmur."""

    def murmur(seconds, low, high):
        pitch = numpy.linspace(low, high, int(seconds * RATE))
        saw = numpy.cumsum(pitch) / RATE % 1 - 0.5
        return lfilter(*butter(2, [120 / 8000, 600 / 8000], "band"), saw) * numpy.hanning(len(saw)) ** 0.4

    pitch = random.uniform(100, 210)
    breath = 0.03 * lfilter(*butter(2, [500 / 8000, 3000 / 8000], "band"), random.standard_normal(RATE * 6 // 100))
    first = murmur(random.uniform(0.13, 0.22), pitch, 0.95 * pitch)
    return numpy.concatenate([first, breath, murmur(random.uniform(0.18, 0.3), 1.15 * pitch, pitch)])


def backchannels(folder):
    """Short words of consent, by flite's voices."""
    sounds = []
    for voice in ("slt", "rms", "awb"):
        for text in ("yeah", "okay", "uh huh", "right", "I see"):
            path = folder / "word.wav"
            subprocess.run(["flite", "-voice", voice, "-t", text, "-o", path], check=True)
            sounds.append(trimmed(read_wave(path)))
    return sounds


def read_wave(path):
    with wave.open(str(path)) as file:
        sound = numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float) / 32768
        rate = file.getframerate()
    return sound if rate == RATE else resample_poly(sound, RATE, rate)


def write_raw(sound, path):
    numpy.clip(numpy.rint(sound * 32768), -32768, 32767).astype("<i2").tofile(path)


def write_wave(sound, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(numpy.clip(numpy.rint(sound * 32768), -32768, 32767).astype("<i2").tobytes())


def answer(random, voice, seconds):
    """Sentences of one voice, one after another; the first at once."""
    parts, length = [], 0
    while length < seconds * RATE:
        parts += [voice[random.integers(len(voice))], numpy.zeros(int(random.uniform(0.1, 0.3) * RATE))]
        length += len(parts[-2]) + len(parts[-1])
    sound = numpy.zeros(seconds * RATE)
    spoken = trimmed(numpy.concatenate(parts))[: len(sound)]
    sound[: len(spoken)] = spoken
    return scaled(sound, -18)


def convolved(sound, response):
    size = 1 << (len(sound) + len(response)).bit_length()
    return numpy.fft.irfft(numpy.fft.rfft(sound, size) * numpy.fft.rfft(response, size), size)[: len(sound)]


class Stage:
    """Voices, rooms and disturbances, the same for every level."""

    def __init__(self, folder, scratch, seed):
        random = numpy.random.default_rng(seed)
        self.answers = prompts(folder, "en_US_f_Allison")
        self.people = prompts(folder, "fr_CA_f_June")
        self.rooms = [room(random) for _ in range(ROOMS)]
        self.far = room(random)
        self.words = backchannels(scratch)
        self.scratch = scratch

    def sound(self, random, kind):
        """One disturbance, as loud as it is at the temple."""
        if kind == "speech":
            return scaled(trimmed(self.people[random.integers(len(self.people))])[: RATE * 5 // 2], OWN_DECIBELS)
        if kind == "coughs":
            return scaled(cough(random), OWN_DECIBELS + 4)
        if kind == "hums":
            return scaled(hum(random), OWN_DECIBELS - 4)
        if kind == "backchannels":
            return scaled(self.words[random.integers(len(self.words))], OWN_DECIBELS - 3)
        talk = convolved(trimmed(self.people[random.integers(len(self.people))])[: 6 * RATE], self.far)
        return scaled(talk, OWN_DECIBELS - random.uniform(15, 22))

    def play(self, random, program, kind, echo, seconds):
        """One scene: the decisions of the glasses, and where sounds began and ended, in milliseconds."""
        spoken = answer(random, self.answers, seconds)
        path = self.rooms[random.integers(len(self.rooms))]
        path = path * 10 ** ((OWN_DECIBELS + echo - level(convolved(spoken, path))) / 20)
        near = random.standard_normal(len(spoken)) * 10 ** (NOISE_DECIBELS / 20)
        spans, at = [], 3 * RATE
        while kind != "own_echo" and at < (seconds - 5) * RATE:
            sound = self.sound(random, kind)[: len(near) - at]
            near[at : at + len(sound)] += sound
            spans.append((at / 16, (at + len(sound)) / 16))
            at += len(sound) + int(random.uniform(2, 3) * RATE)
        files = [self.scratch / name for name in ("near.raw", "answer.raw", "path.f32")]
        write_raw(near, files[0])
        write_raw(resample_poly(spoken, 3, 2), files[1])
        path.astype("<f4").tofile(files[2])
        found = subprocess.run([program, "interrupt", *files, str(OWN_DECIBELS)], check=True, stdout=subprocess.PIPE)
        return json.loads(found.stdout)["decisions"], spans


def percentiles(values):
    if not values:
        return {"p50": None, "p95": None}
    return {name: round(float(numpy.percentile(values, part)), 1) for name, part in (("p50", 50), ("p95", 95))}


def scenes(folder, program, minutes, seed, scratch):
    stage = Stage(folder, scratch, seed)
    report = {}
    for echo in LEVELS:
        row = {"false_stops_per_hour": {}, "pauses_per_hour": {}, "disturbances": {}}
        silence, ducked, missed, ignored, asked = [], [], 0, 0, 0
        for kind in ("speech", "own_echo", "coughs", "hums", "backchannels", "background_talk"):
            random = numpy.random.default_rng(seed + 1)
            stops = pauses = count = 0
            for minute in range(minutes):
                print(f"· echo {echo} dB, {kind}, minute {minute + 1} of {minutes} …", file=sys.stderr, flush=True)
                decisions, spans = stage.play(random, program, kind, echo, 60)
                stops += sum(one[1] == "stop" for one in decisions)
                pauses += sum(one[1] == "pause" for one in decisions)
                count += len(spans)
                for begin, end in spans if kind == "speech" else []:
                    asked += 1
                    inside = [one for one in decisions if begin - 60 <= one[0] < end + 500]
                    quiet = [one for one in inside if one[1] == "pause"]
                    lower = [one for one in inside if one[1] == "duck"]
                    if quiet:
                        silence.append(max(quiet[0][2] - begin, 0))
                    else:
                        missed += 1
                    if lower:
                        ducked.append(max(lower[0][0] - begin, 0))
                    ignored += not any(one[1] == "stop" for one in inside)
            if kind != "speech":
                row["false_stops_per_hour"][kind] = round(stops * 60 / minutes, 1)
                row["pauses_per_hour"][kind] = round(pauses * 60 / minutes, 1)
                row["disturbances"][kind] = count
        row.update(
            silence_ms=percentiles(silence), ducked_ms=percentiles(ducked), interruptions=asked, not_silenced=missed, not_taken=ignored)
        report[str(echo)] = row
    return report


def echo(folder, program, seconds, seed, scratch):
    """Decibels of echo that are taken out: in the first second, and once converged; how clean a voice over the echo comes through."""
    random = numpy.random.default_rng(seed)
    stage = Stage(folder, scratch, seed)
    files = [scratch / name for name in ("heard.raw", "played.raw", "left.raw")]

    def power(sound):
        return 10 * numpy.log10(numpy.mean(sound**2) + 1e-12)

    def cancelled(kind, heard):
        write_raw(heard, files[0])
        subprocess.run([program, "cancel", kind, *files], check=True)
        return numpy.fromfile(files[2], "<i2") / 32768

    report = {}
    for ratio in LEVELS:
        found = {kind: [] for kind in ("ours", "speex", "speex+")}
        for path in stage.rooms:
            spoken = answer(random, stage.answers, seconds)
            write_raw(resample_poly(spoken, 3, 2), files[1])
            heard = convolved(spoken, path)
            heard = heard * 10 ** ((OWN_DECIBELS + ratio - level(heard)) / 20)
            noise = random.standard_normal(len(heard)) * 10 ** (NOISE_DECIBELS / 20)
            voice = scaled(answer(random, stage.people, seconds), OWN_DECIBELS)
            late, over = len(heard) * 6 // 10, len(heard) * 8 // 10
            voice[:late] = 0
            for kind, rows in found.items():
                left = cancelled(kind, heard + noise)
                size = len(left) - RATE // 10
                both = cancelled(kind, heard + noise + voice)
                wrong = (both - voice[: len(both)])[late:over]
                rows.append([
                    power(heard[:RATE]) - power(left[:RATE]), power(heard[late:size]) - power(left[late:size]),
                    power(voice[late:over]) - power(wrong)])
        for kind, rows in found.items():
            cold, converged, talk = (round(float(value), 1) for value in numpy.mean(rows, 0))
            entry = report.setdefault(str(ratio), {})
            entry[{"ours": "ours", "speex": "speexdsp", "speex+": "speexdsp_with_suppressor"}[kind]] = {
                "cold": cold, "converged": converged, "voice_to_error_db": talk}
    return report


def clips(folder, program, seed, target, scratch):
    """Copies of the human clips: as they are, through the codec, and through echo, canceller and codec."""
    random = numpy.random.default_rng(seed)
    stage = Stage(folder, scratch, seed)
    files = [scratch / name for name in ("heard.raw", "played.raw", "left.raw", "decoded.raw")]

    def coded(sound):
        write_raw(sound, files[2])
        subprocess.run([program, "uplink", files[2], files[3]], check=True)
        return numpy.fromfile(files[3], "<i2") / 32768

    lead = 5 * RATE
    for part in ("cards", "librivox"):
        for path in sorted((CLIPS / part).glob("*.wav")):
            clip = scaled(read_wave(path), OWN_DECIBELS)
            noise = random.standard_normal(lead + len(clip)) * 10 ** (NOISE_DECIBELS / 20)
            name = f"{part}/{path.name}"
            write_wave(clip + noise[lead:], target / "plain" / name)
            write_wave(coded(clip + noise[lead:]), target / "codec" / name)
            spoken = answer(random, stage.answers, (lead + len(clip)) // RATE + 1)[: lead + len(clip)]
            spoken = numpy.pad(spoken, (0, lead + len(clip) - len(spoken)))
            write_raw(resample_poly(spoken, 3, 2), files[1])
            for ratio in LEVELS:
                heard = convolved(spoken, stage.rooms[random.integers(len(stage.rooms))])
                heard = heard * 10 ** ((OWN_DECIBELS + ratio - level(heard)) / 20) + noise
                heard[lead:] += clip
                write_raw(heard, files[0])
                subprocess.run([program, "cancel", "ours", *files[:3]], check=True)
                left = numpy.fromfile(files[2], "<i2") / 32768
                write_wave(coded(left[lead:]), target / f"cancelled{ratio}" / name)
                write_wave(coded(heard[lead:]), target / f"echo{ratio}" / name)
    for way in target.iterdir():
        for listing in ("cards/cards.transcription", "librivox/transcription"):
            shutil.copy(CLIPS / listing, way / listing)


def main():
    action, folder, program, *rest = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="sotto-voice-") as scratch:
        scratch = Path(scratch)
        if action == "scenes":
            print(json.dumps(scenes(Path(folder), program, int(rest[0]), int(rest[1]), scratch)))
        elif action == "echo":
            print(json.dumps(echo(Path(folder), program, int(rest[0]), int(rest[1]), scratch)))
        else:
            clips(Path(folder), program, int(rest[0]), Path(rest[1]), scratch)


main()
