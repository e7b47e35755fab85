"""A chain of entries of which none can be altered, removed, inserted or moved unnoticed. Pure.

Each entry says something (canonical JSON, its own number included). `digest` is the SHA-256 of
that, `hash` the SHA-256 of the previous entry's hash and the digest, `seal` an HMAC-SHA-256 of the
hash with a key that the database does not hold. Only the digest is chained, so that the words of an
entry can be erased for somebody who may ask for it, and the chain still stands. The last entries
could be cut off: against that, heads (number and hash) are kept elsewhere.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

START = "0" * 64  # what the first entry follows
ERASURE = "erasure"  # the kind of an entry that names the entries whose words were erased


class Entry(NamedTuple):
    """One entry as it is kept. `statement` is None once its words were erased."""

    number: int
    kind: str
    statement: str | None
    digest: str
    previous: str
    hash: str
    seal: str
    key_id: str


class Head(NamedTuple):
    """What the last entry was, as it was written down elsewhere."""

    number: int
    hash: str


class Breach(StrEnum):
    """What is wrong with an entry."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    UNKNOWN_KEY = "unknown_key"
    CUT = "cut"  # a head kept elsewhere names an entry that is not there
    REPLACED = "replaced"  # a head kept elsewhere names another entry of this number


@dataclass(frozen=True)
class Finding:
    """The first entry that is not as it was made, and what was done to it."""

    breach: Breach
    number: int


@dataclass
class Checked:
    """How far the chain stands: `last` is its last good entry."""

    count: int = 0
    last: Head | None = None
    finding: Finding | None = None
    erased: set[int] = field(default_factory=set)


def canonical(statement: Mapping[str, Any]) -> str:
    """One spelling for one content: sorted keys, no spaces, ASCII only."""
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest_of(statement: str) -> str:
    """The SHA-256 of a canonical statement, in hexadecimal digits."""
    return hashlib.sha256(statement.encode("ascii", "surrogatepass")).hexdigest()


def key_id_of(key: bytes) -> str:
    """By which a key is known again without being told."""
    return hashlib.sha256(b"greffier proof key" + key).hexdigest()[:16]


def made(kind: str, statement: Mapping[str, Any], number: int, previous: str, key: bytes) -> Entry:
    """The entry that says this, after the entry whose hash is `previous`."""
    said = canonical({**statement, "kind": kind, "number": number})
    digest = digest_of(said)
    linked = _link(previous, digest)
    return Entry(number, kind, said, digest, previous, linked, _seal(key, linked), key_id_of(key))


def check(entries: Iterable[Entry], keys: Iterable[bytes], heads: Iterable[Head] = ()) -> Checked:
    """Go through the whole chain, from its first entry on, and stop at the first that is wrong."""
    known = {key_id_of(key): key for key in keys}
    written: dict[int, list[str]] = {}
    for head in heads:
        written.setdefault(head.number, []).append(head.hash)
    checked = Checked()
    wordless: list[int] = []
    for entry in entries:
        breach = _breach(entry, checked.last, known)
        if breach is not None:
            checked.finding = breach
            return checked
        if any(hashed != entry.hash for hashed in written.pop(entry.number, ())):
            checked.finding = Finding(Breach.REPLACED, entry.number)
            return checked
        checked.count, checked.last = checked.count + 1, Head(entry.number, entry.hash)
        if entry.statement is None:
            wordless.append(entry.number)
        elif entry.kind == ERASURE:
            checked.erased |= set(json.loads(entry.statement)["erased"])
    checked.finding = _at_the_end(checked, wordless, written)
    return checked


def _at_the_end(
    checked: Checked, wordless: list[int], written: Mapping[int, object]
) -> Finding | None:
    """What only shows once all of it was read."""
    lost = [number for number in wordless if number not in checked.erased]
    if lost:
        return Finding(Breach.ALTERED, lost[0])
    if written:
        last = checked.last.number if checked.last else 0
        return Finding(Breach.CUT, last + 1)
    return None


def _breach(entry: Entry, before: Head | None, keys: Mapping[str, bytes]) -> Finding | None:
    """What is wrong with this entry, in the order in which it says most."""
    expected = before.number + 1 if before else 1
    if not _is_linked(entry) or not _says_what_it_said(entry):
        return Finding(Breach.ALTERED, entry.number)
    key = keys.get(entry.key_id)
    if key is None:
        return Finding(Breach.UNKNOWN_KEY, entry.number)
    if not _has_seal(entry, key):
        return Finding(Breach.INSERTED, entry.number)
    if entry.statement is not None and not _names_itself(entry):
        return Finding(Breach.REORDERED, entry.number)
    if entry.number > expected:
        return Finding(Breach.REMOVED, expected)
    if entry.number < expected:
        return Finding(Breach.INSERTED, entry.number)
    if entry.previous != (before.hash if before else START):
        return Finding(Breach.REPLACED, expected - 1)
    return None


def _is_linked(entry: Entry) -> bool:
    try:
        return entry.hash == _link(entry.previous, entry.digest)
    except ValueError:  # not even hexadecimal digits
        return False


def _says_what_it_said(entry: Entry) -> bool:
    if entry.statement is None:
        return True
    try:
        return digest_of(entry.statement) == entry.digest
    except UnicodeEncodeError:  # no statement of ours: they are ASCII
        return False


def _names_itself(entry: Entry) -> bool:
    said = json.loads(entry.statement or "{}")
    return bool(said.get("number") == entry.number and said.get("kind") == entry.kind)


def _link(previous: str, digest: str) -> str:
    return hashlib.sha256(bytes.fromhex(previous) + bytes.fromhex(digest)).hexdigest()


def _has_seal(entry: Entry, key: bytes) -> bool:
    given = entry.seal.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(_seal(key, entry.hash).encode(), given)


def _seal(key: bytes, linked: str) -> str:
    return hmac.digest(key, linked.encode(), "sha256").hex()


def grouped(hexadecimal: str, size: int = 8) -> str:
    """So that people can compare it: in groups."""
    return " ".join(_groups(hexadecimal, size))


def _groups(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def is_whole(entry: Entry) -> bool:
    """Whether its words make its fingerprint."""
    return entry.statement is not None and _is_linked(entry) and _says_what_it_said(entry)


def is_sealed(entry: Entry, key: bytes) -> bool:
    """Whether it is whole and was sealed with this key."""
    return is_whole(entry) and _has_seal(entry, key) and _names_itself(entry)
