"""The latency of each turn, computed from a trace. docs/trace.md describes the marks; docs/benchmarks.md the stages."""


def turns(events):
    """For each turn number: its marks by name, each mark's time in µs and arguments, and how it ended."""
    found = {}
    for event in events:
        arguments = event.get("args", {})
        number = arguments.get("turn")
        if number is None or event.get("tid") != 2:
            continue
        turn = found.setdefault(number, {"marks": {}})
        if event["name"] == "turn" and event["ph"] == "E":
            turn["outcome"] = arguments.get("outcome")
            turn["reason"] = arguments.get("reason", "")
        elif event["ph"] == "i":
            # The first of a kind counts: a turn has several transcripts, and one first sample.
            turn["marks"].setdefault(event["name"], (event["ts"], arguments))
    return found


def latency(turn):
    """The stages of one answered turn in milliseconds, or None when it has no spoken answer."""
    marks = turn["marks"]
    if turn.get("outcome") != "answered" or not {"end_of_speech", "first_sample", "first_speech_packet", "host_times"} <= marks.keys():
        return None
    ended, said = marks["end_of_speech"]
    first_packet = marks["first_speech_packet"][0]
    last_sample = said["last_sample_us"]
    first_sample = marks["first_sample"][0]
    _, engines = marks["host_times"]
    stages = {name: engines[f"{name}_us"] / 1000 for name in ("recogniser", "language", "speech")}
    engine = sum(stages.values())
    decided_to_sound = (first_sample - ended) / 1000
    return {
        "endpointing_ms": (ended - last_sample) / 1000,
        "recogniser_ms": stages["recogniser"],
        "language_ms": stages["language"],
        "speech_ms": stages["speech"],
        "link_ms": (first_packet - ended) / 1000 - engine,
        "playback_ms": (first_sample - first_packet) / 1000,
        "runtime_ms": decided_to_sound - engine,
        "total_ms": (first_sample - last_sample) / 1000,
        "ahead_ms": engines.get("ahead_us", 0) / 1000,
        "ended_by": said.get("reason", ""),
    }


def percentile(values, share):
    """By linear interpolation between the two nearest ranks, as most statistics programs do."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def summary(values):
    return {name: round(percentile(values, share), 3) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
