"""unpack.py WHEEL FOLDER MEMBER=NAME...: copies members of a wheel into a folder under new names."""

import pathlib
import sys
import zipfile

wheel, folder, *members = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for member in members:
        source, _, name = member.partition("=")
        target = pathlib.Path(folder, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(archive.read(source))
