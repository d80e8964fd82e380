"""Sounds of the scenes of `tools/bench bargein`: recorded and made voices, coughs, hums, rooms. Mono, 16 kHz, floats in −1…1."""

import subprocess
import wave

import numpy
from G722 import G722
from scipy.signal import butter, lfilter, resample_poly

RATE = 16_000
SPEED_OF_SOUND = 343.0
OWN_DECIBELS = -26  # the wearer's voice at the temple, root mean square while it sounds
NOISE_DECIBELS = -65  # of the microphone and the room
TAPS = 1600  # of a room's response that are played
ONSET_DECIBELS = -30  # a sound begins with its first 10 ms that are no weaker than this against its loudest
SENTENCES = (
    "Stop, that is enough.", "Hang on a moment.", "No, I meant the other one.", "What about tomorrow?", "Wait, who is that?", "Can you say that again?",
    "Please be quiet now.", "How far is it from here?", "Thanks, I have heard enough.", "Show me the map instead.", "Hold on, somebody is calling.", "Skip this part.")


def level(sound):
    """Decibels of full scale while it sounds."""
    loud = sound[numpy.abs(sound) > 0.02 * numpy.abs(sound).max()]
    return 10 * numpy.log10(numpy.mean(loud**2))


def scaled(sound, decibels):
    return sound * 10 ** ((decibels - level(sound)) / 20)


def trimmed(sound):
    """From the first to the last 10 ms within 30 dB of the loudest."""
    envelope = numpy.sqrt(numpy.convolve(sound**2, numpy.ones(160) / 160, "same"))
    loud = numpy.flatnonzero(envelope > 10 ** (ONSET_DECIBELS / 20) * envelope.max())
    return sound[loud[0] : loud[-1]]


def prompts(folder, voice):
    """Recorded prompts of Debian's asterisk-core-sounds."""
    found = []
    for path in sorted((folder / voice).rglob("*.g722")):
        if "silence" in str(path) or "monkeys" in path.name:
            continue
        sound = numpy.array(G722(RATE, 64_000).decode(path.read_bytes()), dtype=float)
        if len(sound) > RATE // 4:
            found.append(sound / 32768 if numpy.abs(sound).max() > 1.5 else sound)
    return found


def spoken(voice, text, scratch):
    """A text by one of flite's voices."""
    path = scratch / "word.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", path], check=True)
    return trimmed(read_wave(path))


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


def knock(random):
    """A finger on the frame: one to three taps that ring for some milliseconds."""
    sound = numpy.zeros(RATE // 2)
    for tap in range(random.integers(1, 4)):
        time = numpy.arange(RATE // 10) / RATE
        ring = sum(
            gain * numpy.exp(-time / random.uniform(0.002, 0.012)) * numpy.sin(2 * numpy.pi * random.uniform(*span) * time)
            for gain, span in ((1, (120, 400)), (0.5, (600, 1500)), (0.3, (2000, 5000))))
        at = int(tap * random.uniform(0.1, 0.2) * RATE)
        sound[at : at + len(ring)] += ring[: len(sound) - at]
    return trimmed(sound)


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
    said = trimmed(numpy.concatenate(parts))[: len(sound)]
    sound[: len(said)] = said
    return scaled(sound, -18)


def convolved(sound, response):
    size = 1 << (len(sound) + len(response)).bit_length()
    return numpy.fft.irfft(numpy.fft.rfft(sound, size) * numpy.fft.rfft(response, size), size)[: len(sound)]
