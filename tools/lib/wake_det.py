"""How often a word is missed and how often one is heard that was not said, beside pymicro-wakeword: `tools/bench wake --det`."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import wake_exact
from glasses import GlassesError, say
from wake_environment import CACHE, LIBRARY, clips, environment

# Debian's recordings of people who read short sentences, 8 kHz: `asterisk-core-sounds-LANGUAGE-wav`. Only the sounds are kept.
RECORDED_LANGUAGES = ("en", "fr", "es", "it", "ru")
SET = CACHE / "wake-set"


def measure(options, folder):
    python, maker = environment("wake"), environment("wake_det")
    made = labelled_set(options, maker)
    program = wake_exact.build()
    models = CACHE / "models" / "wake"
    sounds = sorted(made.glob("*.raw"))
    say(f"· {len(sounds)} sounds are heard by Sotto …")
    subprocess.run([program, "hear", "--models", models, "--out", folder, *sounds], check=True, stdout=subprocess.DEVNULL)
    with ThreadPoolExecutor(2) as pool:
        peers = [pool.submit(hear_as_peer, python, folder, models, sounds[part::2]) for part in range(2)]
        for peer in peers:
            peer.result()
    picture = options.png or SET / "det.png"
    found = subprocess.run(
        [maker, LIBRARY / "wake_curve.py", made, folder, models, picture], check=True, stdout=subprocess.PIPE, text=True)
    return {**json.loads(found.stdout), "picture": str(picture)}


def hear_as_peer(python, folder, models, sounds):
    subprocess.run([python, LIBRARY / "wake_peers.py", "scores", folder, models, *sounds], check=True)


def labelled_set(options, maker):
    """The folder of the set, made once for each choice of its size."""
    made = SET / f"{options.seed}-{options.utterances}-{options.minutes}"
    seed, spoken = str(options.seed), made / "spoken"

    def speak():
        say("· speaking the words and other sentences (some ten minutes) …")
        subprocess.run([maker, LIBRARY / "wake_voices.py", seed, str(options.utterances), str(options.minutes), spoken], check=True)

    def mix():
        say("· mixing them with rooms and noise (some five minutes) …")
        listing = made / "recorded"
        listing.write_text("".join(f"{path}\n" for path in recordings()))
        subprocess.run([maker, LIBRARY / "wake_set.py", seed, spoken, listing, str(2 * options.minutes), made], check=True)

    once(spoken, "*.wav", ("voices",), speak)
    once(made, "*.raw", ("voices", "set", "rooms", "sound"), mix)
    return made


def once(folder, pattern, parts, make):
    """Fills a folder unless these parts of the library, as they are, have filled it: who is interrupted goes on where a whole part was made."""
    stamp = folder / "made-by"
    wanted = "".join((LIBRARY / f"wake_{part}.py").read_text() for part in parts)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for old in folder.glob(pattern):
        old.unlink()
    make()
    stamp.write_text(wanted)


def recordings():
    """Recorded people who say none of the words."""
    found = [path for path in clips() if CACHE not in path.parents]
    for language in RECORDED_LANGUAGES:
        found += recorded(language)
    return found


def recorded(language):
    folder = SET / "recorded" / language
    if not folder.exists():
        package = f"asterisk-core-sounds-{language}-wav"
        say(f"· downloading Debian's {package} …")
        new = folder.with_suffix(".new")
        new.mkdir(parents=True, exist_ok=True)
        for old in new.glob("*.deb"):
            old.unlink()
        if subprocess.run(["apt-get", "download", "-q", package], cwd=new, capture_output=True).returncode != 0:
            raise GlassesError(f"{package} could not be downloaded: run apt-get update")
        content = subprocess.run(["dpkg-deb", "--fsys-tarfile", next(new.glob("*.deb"))], check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["tar", "-x", "-C", new, "--wildcards", "*.wav", "--transform", "s#.*/sounds/##"], input=content, check=True)
        next(new.glob("*.deb")).unlink()
        new.rename(folder)
    return sorted(path for path in folder.rglob("*.wav") if path.stat().st_size > SHORTEST_BYTES)


# A quarter of a second; the shortest are beeps and silence.
SHORTEST_BYTES = 44 + 4000


def table(report):
    kinds = ", ".join(f"{hours:.2f} h of {kind}" for kind, hours in report["hours_by_kind"].items())
    yield f"{report['hours']:.2f} h of sound: {kinds}"
    for word, found in report["words"].items():
        yield ""
        yield f"{word}, cutoff {found['cutoff']}: {found['utterances']} utterances, {found['hours_of_other_sound']:.2f} h of other sound"
        yield f"{'':22}{'missed %':>10}{'wrong/h':>10}   largest difference over all cutoffs, from pymicro-wakeword"
        for subject in SUBJECTS:
            row = found[subject]
            line = f"{subject:22}{100 * row['false_rejects']:10.1f}{row['false_accepts_per_hour']:10.2f}"
            if "largest_difference" in row:
                most = row["largest_difference"]
                line += f"   {100 * most['false_rejects']:.1f} % missed, {most['false_accepts_per_hour']:.2f} wrong/h"
            yield line
        yield from plot(found["curve"])
    yield ""
    yield f"the curves are drawn in {report['picture']}"


SUBJECTS = ("sotto", "sotto_without_gate", "pymicro_wakeword")


def plot(curve, width=64, height=12):
    """Missed words upwards, wrong ones an hour to the right: 's' is sotto, 'p' pymicro-wakeword, '*' both."""
    farthest = max(point[subject][1] for point in curve for subject in ("sotto", "pymicro_wakeword")) or 1
    field = [[" "] * width for _ in range(height)]
    for subject, mark in (("sotto", "s"), ("pymicro_wakeword", "p")):
        for point in curve:
            missed, wrong = point[subject]
            column, row = round((width - 1) * (wrong / farthest) ** 0.5), round((height - 1) * (1 - missed))
            field[row][column] = mark if field[row][column] in (" ", mark) else "*"
    for number, line in enumerate(field):
        label = "100 % missed" if number == 0 else "0 %" if number == height - 1 else ""
        yield f"{label:>13} │{''.join(line)}"
    yield f"{'':13} └{'─' * width} {farthest:.1f} wrong/h (square root)"
