"""Peers of the wake word that are no programs of their own; runs in the Python environments that `tools/bench wake` makes.

wake_peers.py alone MODEL BYTES      pymicro-wakeword in a loop: reads raw sound (16 kHz, 16 bit, mono) from standard input, BYTES at a time; each
                                     time that the word begins to be heard it prints the clock (CLOCK_BOOTTIME, ns) and the samples heard until then
wake_peers.py scores FOLDER MODELS SOUND…   what pymicro-wakeword says of raw sounds: FOLDER/SOUND.WORD.peer, the output of each run as a byte
wake_peers.py service URI MODEL      a Wyoming service around pymicro-wakeword, as lean as it can be written: no other model, no log
"""

import sys
import time


def alone(manifest, size):
    from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures

    word, features = MicroWakeWord.from_config(manifest), MicroWakeWordFeatures()
    source = open(sys.stdin.fileno(), "rb", buffering=0)
    heard, was_detected, frames = 0, False, 0
    while chunk := source.read(size):
        heard += len(chunk) // 2
        for frame in features.process_streaming(chunk):
            is_detected = word.process_streaming(frame)
            frames += 1
            if frames % word.stride:
                continue  # what it says between two runs of the network is not an answer
            if is_detected and not was_detected:
                print(time.clock_gettime_ns(time.CLOCK_BOOTTIME), heard, flush=True)
            was_detected = is_detected


def scores(folder, models, sounds):
    from pathlib import Path

    from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures

    manifests = sorted(Path(models).glob("*.json"))
    for sound in map(Path, sounds):
        words = [MicroWakeWord.from_config(manifest) for manifest in manifests]
        features, said = MicroWakeWordFeatures(), [bytearray() for _ in words]
        with sound.open("rb") as file:
            while chunk := file.read(32_000):
                for frame in features.process_streaming(chunk):
                    for word, outputs in zip(words, said):
                        word.process_streaming_prob(frame)
                        if not word._features:  # a run has just ended
                            outputs.append(round(word._probabilities[-1] * 256))
        for manifest, outputs in zip(manifests, said):
            (Path(folder) / f"{sound.stem}.{manifest.stem}.peer").write_bytes(outputs)
        print(f"· {sound.stem}: heard by pymicro-wakeword", file=sys.stderr)


def service(uri, manifest):
    import asyncio

    from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures
    from wyoming.audio import AudioChunk
    from wyoming.server import AsyncEventHandler, AsyncServer
    from wyoming.wake import Detect, Detection

    class Handler(AsyncEventHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.word, self.features = MicroWakeWord.from_config(manifest), MicroWakeWordFeatures()
            self.until = 0

        async def handle_event(self, event):
            if AudioChunk.is_type(event.type):
                chunk = AudioChunk.from_event(event)
                for frame in self.features.process_streaming(chunk.audio):
                    if self.word.process_streaming(frame) and time.monotonic() > self.until:
                        self.until = time.monotonic() + REFRACTORY_SECONDS
                        await self.write_event(Detection(name=self.word.id, timestamp=chunk.timestamp).event())
            elif Detect.is_type(event.type):
                # The satellite listens again after an answer: nothing of before it counts.
                self.word.reset()
                self.features.reset()
            return True

    asyncio.run(AsyncServer.from_uri(uri).run(Handler))


# As the service of microWakeWord's Wyoming server.
REFRACTORY_SECONDS = 2

if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "alone":
        alone(rest[0], int(rest[1]))
    elif command == "scores":
        scores(rest[0], rest[1], rest[2:])
    elif command == "service":
        service(*rest)
    else:
        raise SystemExit(__doc__)
