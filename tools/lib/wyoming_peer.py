#!/usr/bin/env python3
"""Full turns of wyoming-satellite between stub services, timed. Runs in the environment that `tools/bench turn` makes for it.

The microphone service speaks in bursts, 20 ms a chunk in real time; the wake service detects at once; the server, which stands for the
pipeline of speech to text, intent and text to speech, takes the first quiet chunk for the end of speech and then waits once for each of the
three; the sound service notes when the first sound arrives. All are one process, on one clock. Prints one JSON object a turn."""

import argparse
import array
import asyncio
import json
import random
import subprocess
import sys
import time

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import async_read_event, async_write_event
from wyoming.info import Describe, Info
from wyoming.pipeline import RunPipeline
from wyoming.satellite import RunSatellite
from wyoming.tts import Synthesize
from wyoming.vad import VoiceStopped
from wyoming.wake import Detect, Detection

RATE = 16_000
CHUNK = RATE // 50
SPEECH = array.array("h", [8000, -8000] * (CHUNK // 2)).tobytes()
SILENCE = bytes(2 * CHUNK)
SPEECH_SECONDS = 0.6
SPOKEN_RATE = 24_000
SPOKEN_CHUNK = SPOKEN_RATE // 10  # what the scripted voice of sotto-host makes at once
START_SECONDS = 20
TURN_SECONDS = 20


class Stubs:
    """The services, and the instants of the turn that is under way."""

    def __init__(self):
        self.speaks = False
        self.quiet_sent = None
        self.is_wanted = False
        self.sound = asyncio.Queue()

    async def microphone(self, reader, writer):
        due = time.monotonic()
        was_speaking = False
        while not writer.is_closing():
            speaks = self.speaks
            if was_speaking and not speaks:
                self.quiet_sent = time.monotonic()
            was_speaking = speaks
            chunk = AudioChunk(rate=RATE, width=2, channels=1, audio=SPEECH if speaks else SILENCE)
            await async_write_event(chunk.event(), writer)
            due += CHUNK / RATE
            await asyncio.sleep(max(0, due - time.monotonic()))

    async def wake(self, reader, writer):
        """Detects in the first loud chunk."""
        is_asked = False
        while event := await async_read_event(reader):
            if Detect.is_type(event.type):
                is_asked = True
            elif is_asked and AudioChunk.is_type(event.type) and any(AudioChunk.from_event(event).audio):
                is_asked = False
                await async_write_event(Detection(name="stub").event(), writer)

    async def speaker(self, reader, writer):
        while event := await async_read_event(reader):
            if self.is_wanted and AudioChunk.is_type(event.type):
                self.is_wanted = False
                await self.sound.put(time.monotonic())


async def listen(handler):
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    return server, f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def connected(port):
    ends = time.monotonic() + START_SECONDS
    while True:
        try:
            client = AsyncTcpClient("127.0.0.1", port)
            await client.connect()
            return client
        except OSError:
            if time.monotonic() > ends:
                raise
            await asyncio.sleep(0.1)


async def until(client, kind):
    while event := await client.read_event():
        if kind.is_type(event.type):
            return event
    raise ConnectionError("the satellite has closed the connection")


async def turn(client, stubs, delay, pause):
    """One question and its answer."""
    await asyncio.sleep(pause)
    stubs.speaks = True
    await until(client, RunPipeline)
    asyncio.get_running_loop().call_later(SPEECH_SECONDS, setattr, stubs, "speaks", False)
    heard_speech = False
    while True:
        audio = AudioChunk.from_event(await until(client, AudioChunk)).audio
        if any(audio):
            heard_speech = True
        elif heard_speech:
            break
    ended = time.monotonic()
    stubs.is_wanted = True
    await client.write_event(VoiceStopped().event())
    engines = 0.0
    for message in [Transcript(text="what time is it"), Synthesize(text="This is a scripted answer."), None]:
        began = time.monotonic()
        if delay:
            await asyncio.sleep(delay)
        engines += time.monotonic() - began
        if message:
            await client.write_event(message.event())
    await client.write_event(AudioStart(rate=SPOKEN_RATE, width=2, channels=1).event())
    tone = array.array("h", [8000, -8000] * (SPOKEN_CHUNK // 2)).tobytes()
    for _ in range(6):
        await client.write_event(AudioChunk(rate=SPOKEN_RATE, width=2, channels=1, audio=tone).event())
    await client.write_event(AudioStop().event())
    first = await asyncio.wait_for(stubs.sound.get(), TURN_SECONDS)
    return {
        "added_ms": (first - ended - engines) * 1000,
        "uplink_ms": (ended - stubs.quiet_sent) * 1000,
        "engines_ms": engines * 1000,
    }


async def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--delay", type=float, required=True, help="of each of the three stub engines, in milliseconds")
    options.add_argument("--turns", type=int, required=True)
    options.add_argument("--port", type=int, required=True, help="for the satellite")
    options = options.parse_args()
    stubs = Stubs()
    servers = [await listen(handler) for handler in (stubs.microphone, stubs.wake, stubs.speaker)]
    (_, microphone), (_, wake), (_, speaker) = servers
    satellite = subprocess.Popen(
        [sys.executable, "-m", "wyoming_satellite", "--uri", f"tcp://127.0.0.1:{options.port}", "--no-zeroconf",
         "--mic-uri", microphone, "--wake-uri", wake, "--snd-uri", speaker], stderr=subprocess.DEVNULL)
    try:
        client = await connected(options.port)
        await client.write_event(Describe().event())
        await until(client, Info)
        await client.write_event(RunSatellite().event())
        pauses = random.Random(1)
        for _ in range(options.turns):
            result = await asyncio.wait_for(turn(client, stubs, options.delay / 1000, pauses.uniform(0.8, 1.2)), TURN_SECONDS)
            print(json.dumps(result), flush=True)
    finally:
        # What the services still wait for ends with the program.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        satellite.terminate()
        satellite.wait(timeout=10)


asyncio.run(main())
