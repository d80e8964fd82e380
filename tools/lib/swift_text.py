"""Reads Swift source as far as the checks need it: code without comments and strings, and the import lines."""

import re

# Comments and string literals, longest opener first. Nested block comments are handled by blank_out itself.
_OPENER = re.compile(r'//|/\*|(?P<hashes>#*)(?P<quotes>"""|")')
_IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)",
    re.M,
)


def blank_out(text):
    """The source with every comment and string literal replaced by spaces, so that line and column stay the same."""
    out = []
    place = 0
    while True:
        opener = _OPENER.search(text, place)
        if opener is None:
            out.append(text[place:])
            return "".join(out)
        out.append(text[place : opener.start()])
        end = _end_of(text, opener)
        out.append(re.sub(r"[^\n]", " ", text[opener.start() : end]))
        place = end


def _end_of(text, opener):
    if opener.group(0) == "//":
        end = text.find("\n", opener.end())
        return len(text) if end < 0 else end
    if opener.group(0) == "/*":
        depth, place = 1, opener.end()
        for mark in re.finditer(r"/\*|\*/", text[place:]):
            depth += 1 if mark.group(0) == "/*" else -1
            if depth == 0:
                return place + mark.end()
        return len(text)
    hashes, quotes = opener.group("hashes"), opener.group("quotes")
    escaped = r"\\" + re.escape(hashes) + r"(?:\(|.)"
    place = opener.end()
    stop = re.compile(escaped + "|" + re.escape(quotes + hashes), re.S)
    while True:
        mark = stop.search(text, place)
        if mark is None:
            return len(text)
        if mark.group(0) == quotes + hashes:
            return mark.end()
        place = mark.end()
        if mark.group(0).endswith("("):
            place = _end_of_interpolation(text, place)


def _end_of_interpolation(text, place):
    """Past the parenthesis that closes an interpolation; strings inside it may hold parentheses of their own."""
    depth = 1
    while place < len(text):
        character = text[place]
        if character == '"':
            opener = _OPENER.match(text, place)
            place = _end_of(text, opener)
            continue
        depth += {"(": 1, ")": -1}.get(character, 0)
        place += 1
        if depth == 0:
            return place
    return place


def without_normal_only(code):
    """Blanked-out source with the parts inside `#if !hasFeature(Embedded)` blanked too: Embedded Swift never sees them."""
    lines = code.split("\n")
    kept = []  # for each open #if: whether it and all around it are kept
    for number, line in enumerate(lines):
        word = line.strip()
        if word.startswith("#if"):
            kept.append(re.fullmatch(r"#if\s+!hasFeature\(Embedded\)", word) is None)
        elif word.startswith("#endif"):
            kept.pop()
        elif word.startswith(("#else", "#elseif")):
            kept[-1] = True
        elif not all(kept):
            lines[number] = ""
    return "\n".join(lines)


def imports(code):
    """(line number, module) for each import in blanked-out source."""
    return [(code.count("\n", 0, found.start(1)) + 1, found.group(1)) for found in _IMPORT.finditer(code)]
