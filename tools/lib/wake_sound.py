"""Makes the sound that `tools/bench wake` plays to its subjects; runs in the Python environment that it makes.

wake_sound.py session SECONDS SEED CLIPS WORDS FOLDER   a quiet room, then speech without the word, then the word again and again: FOLDER/session.wav and
                                                       FOLDER/session.json, which says where each begins and where each word ends
wake_sound.py given FILE SECONDS FOLDER                 a sound of somebody's own instead
"""

import json
import sys
import wave
from pathlib import Path

import numpy

from wake_reference import RATE, clip

QUIET_DECIBELS = -50  # a quiet room, as microphones of glasses hear it
BACKGROUND_DECIBELS = -60  # behind speech
SPEECH_DECIBELS = -26  # root mean square of each clip
SETTLING_SECONDS = 16  # before anything is counted: the level gate has to learn how loud the room is, 20 dB more than its noise alone
WORD_SECONDS = 4.5  # from word to word, at least: time to be woken and to arm again
WORD_JITTER = 0.7
END_DECIBELS = -35  # below its loudest 10 ms a word has ended


def level(samples):
    return 10 * numpy.log10(numpy.mean(numpy.square(samples, dtype=float)) + 1e-12)


def scaled(samples, decibels):
    """`samples` with this root mean square in decibels below full scale."""
    return samples * 10 ** ((decibels - level(samples)) / 20)


def pink(random, count, decibels):
    spectrum = numpy.fft.rfft(random.standard_normal(count))
    spectrum[1:] /= numpy.sqrt(numpy.arange(1, len(spectrum)))
    spectrum[0] = 0
    return scaled(numpy.fft.irfft(spectrum, count), decibels)


def trimmed(samples):
    """Without the silence around it, so that its end is the end of the word."""
    count = len(samples) // 160
    loudness = numpy.square(samples[: count * 160], dtype=float).reshape(count, 160).mean(axis=1)
    loud = numpy.flatnonzero(loudness > loudness.max() * 10 ** (END_DECIBELS / 10))
    return samples[loud[0] * 160 : (loud[-1] + 1) * 160]


def speech(random, count, clips):
    """Clips one after another in an order by chance, each at the same loudness, with pauses as between people's sentences."""
    sound, position = numpy.zeros(count), 0
    while position < count:
        part = scaled(clips[random.integers(len(clips))], SPEECH_DECIBELS)[: count - position]
        sound[position : position + len(part)] += part
        position += len(part) + int(random.uniform(0.3, 1.5) * RATE)
    return sound + pink(random, count, BACKGROUND_DECIBELS)


def words(random, files):
    """The words with their ends, in samples."""
    sound, ends, position = [], [], 0
    for file in files:
        word = scaled(trimmed(clip(file) / 32768), SPEECH_DECIBELS)
        before = int(random.uniform(0, WORD_JITTER) * RATE)
        after = int(WORD_SECONDS * RATE)
        sound.append(numpy.concatenate([numpy.zeros(before), word, numpy.zeros(after)]))
        ends.append(position + before + len(word))
        position += len(sound[-1])
    sound = numpy.concatenate(sound)
    return sound + pink(random, len(sound), BACKGROUND_DECIBELS), ends


def paths(listing):
    return [Path(line) for line in Path(listing).read_text().splitlines() if line]


def write(path, sound):
    samples = (numpy.clip(sound, -1, 1) * 32767).round().astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def leave(folder, parts, ends):
    """`parts`: name and sound, one after another; `ends` within the last."""
    places, position = [], 0
    for name, sound in parts:
        places.append({"name": name, "begin": position, "end": position + len(sound)})
        position += len(sound)
    write(Path(folder) / "session.wav", numpy.concatenate([sound for _, sound in parts]))
    first = places[-1]["begin"]
    (Path(folder) / "session.json").write_text(json.dumps({"parts": places, "words": [first + end for end in ends]}))


def play(seconds, seed, clip_list, word_list, folder):
    random = numpy.random.default_rng(seed)
    clips = [clip(path) / 32768 for path in paths(clip_list)]
    spoken, ends = words(random, paths(word_list))
    quiet = pink(random, (SETTLING_SECONDS + seconds) * RATE, QUIET_DECIBELS)
    settling = SETTLING_SECONDS * RATE
    parts = [("settling", quiet[:settling]), ("quiet", quiet[settling:]), ("speech", speech(random, seconds * RATE, clips)), ("words", spoken)]
    leave(folder, parts, ends)


def given(path, seconds, folder):
    sound = clip(Path(path)) / 32768
    whole = numpy.resize(sound, (SETTLING_SECONDS + seconds) * RATE)
    settling = SETTLING_SECONDS * RATE
    leave(folder, [("settling", whole[:settling]), ("given", whole[settling:])], [])


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "session":
        play(int(rest[0]), int(rest[1]), *rest[2:])
    elif command == "given":
        given(rest[0], int(rest[1]), rest[2])
    else:
        raise SystemExit(__doc__)
