"""What the measurements of the wake word share: the cache, the Python environments of the references and peers, and recorded speech."""

import os
import subprocess
import sys
from pathlib import Path

from glasses import GlassesError, say

LIBRARY = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("SOTTO_CACHE", Path.home() / ".cache" / "sotto"))


def environment(name):
    """The Python of an environment with what tools/lib/NAME_requirements.txt lists, made anew when the list changes."""
    folder = CACHE / "references" / name
    requirements = LIBRARY / f"{name}_requirements.txt"
    stamp, wanted = folder / "requirements", requirements.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        say(f"· installing what {requirements.name} lists into {folder} …")
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]
        subprocess.run([*pip, "-r", requirements], check=True, stdout=sys.stderr)
        stamp.write_text(wanted)
    return folder / "bin" / "python"


def shared_libraries(python):
    """The C libraries of pymicro-features and pymicro-wakeword in an environment."""
    packages = next((python.parent.parent / "lib").glob("python*/site-packages"))
    found = [*packages.glob("micro_features_cpp*.so"), *(packages / "pymicro_wakeword" / "lib").glob("libtensorflowlite_c.so")]
    if len(found) != 2:
        raise GlassesError(f"the C libraries of pymicro-features and pymicro-wakeword are not in {packages}")
    return found


def clips():
    """Recorded and made speech that set-up installs."""
    found = sorted([*(CACHE / "media").glob("*.wav"), *Path("/usr/share/pocketsphinx/test").rglob("*.wav")])
    if not found:
        raise GlassesError("there is no speech: run tools/setup")
    return found
