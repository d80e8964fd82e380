"""A smart home made of the `wyoming` library: drives a pair of glasses as Home Assistant drives its satellites."""

import asyncio
import sys

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.pipeline import RunPipeline
from wyoming.satellite import RunSatellite
from wyoming.snd import Played
from wyoming.tts import Synthesize

RATE = 22050
ANSWER = "The light in the hall is on."


async def receive(client, kind, seconds=10):
    """The next event of this kind; pings of the library are answered by the other side."""
    while True:
        event = await asyncio.wait_for(client.read_event(), seconds)
        if event is None:
            sys.exit(f"the satellite closed the connection before {kind.__name__}")
        if kind.is_type(event.type):
            return kind.from_event(event)


async def answer(client, heard):
    """What a pipeline sends: the transcript, the answer's text, and its sound."""
    await client.write_event(Transcript(text=f"turn on the light ({heard} bytes heard)").event())
    await client.write_event(Synthesize(text=ANSWER).event())
    await client.write_event(AudioStart(rate=RATE, width=2, channels=1).event())
    for _ in range(20):
        await client.write_event(AudioChunk(rate=RATE, width=2, channels=1, audio=b"\x10\x20" * 1024).event())
    await client.write_event(AudioStop().event())


async def main(uri):
    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(Describe().event())
        info = await receive(client, Info)
        print(f"satellite: {info.satellite.name}", flush=True)
        await client.write_event(RunSatellite().event())
        await client.write_event(Ping(text="a").event())
        pong = await receive(client, Pong)
        print(f"pong: {pong.text}", flush=True)
        pipeline = await receive(client, RunPipeline, 60)
        print(f"pipeline: {pipeline.start_stage.value} to {pipeline.end_stage.value}", flush=True)
        heard = 0
        while True:
            event = await asyncio.wait_for(client.read_event(), 30)
            if event is None:
                sys.exit("the satellite closed the connection while the wearer spoke")
            if AudioChunk.is_type(event.type):
                chunk = AudioChunk.from_event(event)
                if (chunk.rate, chunk.width, chunk.channels) != (16000, 2, 1):
                    sys.exit(f"sound of {chunk.rate} Hz, {chunk.width} bytes, {chunk.channels} channels")
                heard += len(chunk.audio)
            elif AudioStop.is_type(event.type):
                break
        await answer(client, heard)
        await receive(client, Played, 60)
        print(f"heard: {heard}\nplayed", flush=True)


asyncio.run(main(sys.argv[1]))
