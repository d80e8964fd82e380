"""Rooms and noise for the labelled set of wake words.

A room is its impulse response by the image method (Allen and Berkley, 1979): a box whose walls reflect as much as its reverberation time asks for
(Eyring). Sources stand anywhere between the wearer's own mouth and the other end of the room."""

import numpy

from wake_reference import RATE, music
from wake_sound import pink, scaled

SPEED_OF_SOUND = 343.0
# Reverberation times in seconds; 0 is no room at all.
REVERBERATION = (0, 0.2, 0.4, 0.7)
# Signal-to-noise ratios in decibels, of the utterance's own root mean square; None is the microphone's own noise only.
RATIOS = (None, 20, 10, 5, 0)
NOISES = ("pink", "white", "babble", "music")
LEVELS = (-36, -20)  # root mean square of utterances, decibels below full scale
FLOOR_DECIBELS = -70  # the microphone's own noise


def response(random, reverberation):
    """The impulse response from a source to the microphone, its direct sound of height one."""
    size = numpy.array([random.uniform(3, 7), random.uniform(2.5, 5), random.uniform(2.3, 3)])
    microphone = random.uniform(0.3, 0.7, 3) * size
    while True:
        direction = random.standard_normal(3)
        source = microphone + direction / numpy.linalg.norm(direction) * random.choice([0.12, random.uniform(0.5, 2)])
        if numpy.all(source > 0.05) and numpy.all(source < size - 0.05):
            break
    surface = 2 * (size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    absorbed = 1 - numpy.exp(-0.161 * size.prod() / (surface * reverberation))
    reflected = numpy.sqrt(1 - absorbed)
    reach = reverberation * SPEED_OF_SOUND
    order = [int(numpy.ceil(reach / (2 * length))) for length in size]
    distances, reflections = [], []
    for axis in range(3):
        cells = numpy.arange(-order[axis], order[axis] + 1)
        places = numpy.concatenate([2 * cells * size[axis] + source[axis], 2 * cells * size[axis] - source[axis]])
        bounces = numpy.concatenate([2 * numpy.abs(cells), numpy.abs(cells) + numpy.abs(cells - 1)])
        distances.append((places - microphone[axis]) ** 2)
        reflections.append(bounces)
    squares = (distances[0][:, None, None] + distances[1][None, :, None] + distances[2][None, None, :]).reshape(-1)
    bounced = (reflections[0][:, None, None] + reflections[1][None, :, None] + reflections[2][None, None, :]).reshape(-1)
    distance = numpy.sqrt(squares)
    near = distance < reach
    distance, bounced = distance[near], bounced[near]
    first = distance.min()
    when = ((distance - first) / SPEED_OF_SOUND * RATE).round().astype(int)
    sound = numpy.zeros(when.max() + 1)
    numpy.add.at(sound, when, reflected**bounced * first / distance)
    return sound


class Rooms:
    """A few rooms of each reverberation time, made once."""

    def __init__(self, random, each=6):
        self.responses = {time: [response(random, time) for _ in range(each)] for time in REVERBERATION if time}

    def put(self, random, sound, reverberation):
        if not reverberation:
            return sound
        rooms = self.responses[reverberation]
        return convolved(sound, rooms[random.integers(len(rooms))])


def convolved(sound, impulses):
    size = 1 << (len(sound) + len(impulses) - 1).bit_length()
    return numpy.fft.irfft(numpy.fft.rfft(sound, size) * numpy.fft.rfft(impulses, size), size)[: len(sound) + len(impulses) - 1]


def noise(random, kind, count, decibels, talkers):
    """`talkers` are sounds of people for the babble."""
    if kind == "pink":
        return pink(random, count, decibels)
    if kind == "white":
        return scaled(random.standard_normal(count), decibels)
    if kind == "music":
        return scaled(music(random, count), decibels)
    crowd = numpy.zeros(count)
    for _ in range(6):
        voice = numpy.resize(scaled(talkers[random.integers(len(talkers))], -30), count)
        crowd += numpy.roll(voice, random.integers(count))
    return scaled(crowd, decibels)
