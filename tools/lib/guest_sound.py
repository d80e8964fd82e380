"""Sounds that the rig plays to the guest's microphone, and what it looks for in what its speaker played."""

import math
import struct
import wave

RATE = 16_000


def _write(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", round(sample)) for sample in samples))


def write_hum(path, seconds):
    """A hum as loud as speech, for where words do not matter."""

    def sample(index):
        # Four syllables a second over 180 Hz and its third harmonic.
        loud = 0.5 - 0.5 * math.cos(2 * math.pi * 4 * index / RATE)
        return 8000 * loud * (math.sin(2 * math.pi * 180 * index / RATE) + 0.5 * math.sin(2 * math.pi * 540 * index / RATE))

    _write(path, (sample(index) for index in range(int(seconds * RATE))))


def write_tone(path, hertz, decibels, seconds):
    """A sine whose peaks stand that far below full scale."""
    peak = 32767 * 10 ** (decibels / 20)
    _write(path, (peak * math.sin(2 * math.pi * hertz * index / RATE) for index in range(int(seconds * RATE))))


def strength(samples, rate, hertz):
    """How much of a pitch is in samples, by Goertzel's filter."""
    factor = 2 * math.cos(2 * math.pi * hertz / rate)
    last = before = 0.0
    for sample in samples:
        last, before = sample + factor * last - before, last
    return math.sqrt(max(0.0, last * last + before * before - factor * last * before))
