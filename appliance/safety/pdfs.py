"""What a PDF can do besides being read. What is found is said; what hides well is not found."""

import re
from collections.abc import Iterator
from itertools import islice

from appliance.errors import PermanentError
from appliance.filing.keyhole import Keyhole
from appliance.safety.findings import Finding, said

_OVERLAP = 1024
_TAIL = 4096
_MOST_STREAMS = 500  # packed parts that are looked at, or looked for
_MOST_ESCAPES = 2000  # names in a chunk that are spelt otherwise
_STREAM_WITHIN = 400  # bytes behind the word that announces it
_LONGEST_STREAM = 256 * 1024  # bytes of its unpacked content that are looked at
_ENDS = rb"(?=[\s/<>\[\]()%]|$)"
_MARKS = (
    (Finding.ENCRYPTED, re.compile(rb"/Encrypt\s*(\d+\s+\d+\s+R|<<)")),
    (Finding.LAUNCHES, re.compile(rb"/Launch" + _ENDS)),
    (Finding.SCRIPT, re.compile(rb"/JavaScript" + _ENDS)),
    (Finding.EMBEDDED, re.compile(rb"/EmbeddedFiles?" + _ENDS)),
)
_ESCAPED = re.compile(rb"/[A-Za-z]{0,20}#[4-7][0-9A-Fa-f][A-Za-z#0-9]{0,60}")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKED_OBJECTS = re.compile(rb"/ObjStm" + _ENDS)
_STREAM = re.compile(rb"stream\r?\n")


def in_pdf(keyhole: Keyhole) -> PermanentError | None:
    """The gravest thing found: a password, a program to start, a script, files inside, no end.

    Read once to its last byte; parts that are packed (PDF 1.5) are unpacked in memory, as far as
    the keyhole allows. What a password hides, or a filter other than the usual one, is not seen.
    """
    found: set[Finding] = set()
    streams: set[int] = set()
    for at, part in keyhole.chunks(_OVERLAP):
        found.update(_marks_in(part))
        streams.update(at + place for place in _streams_in(part, keyhole))
    for place in sorted(streams):
        packed = keyhole.size - place
        text = keyhole.inflate(place, packed, _LONGEST_STREAM, is_raw=False)
        found.update(_marks_in(text))
    gravest = next((said(finding) for finding, _ in _MARKS if finding in found), None)
    return gravest or (None if _has_end(keyhole) else said(Finding.TRUNCATED))


def _marks_in(part: bytes) -> Iterator[Finding]:
    names = islice(_ESCAPED.finditer(part), _MOST_ESCAPES)
    spelt = b" ".join(_unescaped(name[0]) for name in names)
    for finding, pattern in _MARKS:
        if pattern.search(part) or pattern.search(spelt):
            yield finding


def _unescaped(name: bytes) -> bytes:
    """A PDF may spell "/JavaScript" as "/J#61vaScript"."""
    return _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), name)


def _streams_in(part: bytes, keyhole: Keyhole) -> Iterator[int]:
    """Where packed parts begin. Each that is looked for counts as an entry: there is a limit."""
    for announced in _PACKED_OBJECTS.finditer(part):
        if keyhole.entries >= _MOST_STREAMS:
            return
        keyhole.entries += 1
        stream = _STREAM.search(part, announced.end(), announced.end() + _STREAM_WITHIN)
        if stream is not None:
            yield stream.end()


def _has_end(keyhole: Keyhole) -> bool:
    return b"startxref" in keyhole.tail(_TAIL)
