"""The text of letters: of word processors, editors and mail programs. In the child only.

Nothing is unpacked to the disk; one part of an archive is read, up to a length.
"""

import email
import email.policy
import re
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from appliance.workshop.bounds import MAX_CHARACTERS

MAX_PART_BYTES = 40_000_000  # of the part of an archive that holds the text
MAX_PLAIN_BYTES = 8_000_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OPEN = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_ENDS = frozenset({f"{_WORD}p", f"{_WORD}br", f"{_OPEN}p", f"{_OPEN}h", f"{_OPEN}line-break"})
_GAPS = frozenset({f"{_WORD}tab", f"{_OPEN}tab", f"{_OPEN}s"})
_UNSAID = re.compile(r"<(/?)(?:script|style)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def text(source: str, target: str, kind: str) -> dict[str, Any]:
    """Write the text; `kind` is the extension that our own look at the bytes gave."""
    read = _READERS.get(kind, _plain)
    found = read(Path(source))[:MAX_CHARACTERS]
    Path(target).write_text(found, "utf-8", errors="replace")
    return {"pages": None, "bare": []}


def _plain(source: Path) -> str:
    with source.open("rb") as file:
        data = file.read(MAX_PLAIN_BYTES)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _docx(source: Path) -> str:
    return "".join(_written(_part(source, "word/document.xml"), frozenset({f"{_WORD}t"})))


def _odt(source: Path) -> str:
    return "".join(_written(_part(source, "content.xml"), None))


def _part(source: Path, name: str) -> bytes:
    with zipfile.ZipFile(source) as archive, archive.open(name) as part:
        found = part.read(MAX_PART_BYTES)
    if b"<!DOCTYPE" in found[:4096] or b"<!ENTITY" in found[:65536]:
        raise ValueError("a document of an office program declares no entities")
    return found


def _written(xml: bytes, bearing: frozenset[str] | None) -> Iterator[str]:
    """The words in their order; `bearing`: the elements that hold some, None for any."""
    for element in ElementTree.fromstring(xml).iter():  # noqa: S314 - no DOCTYPE, and a child
        if element.tag in _ENDS:
            yield "\n"
        if element.tag in _GAPS:
            yield " "
        if element.text and (bearing is None or element.tag in bearing):
            yield element.text
        if element.tail and bearing is None:
            yield element.tail


def _mail(source: Path) -> str:
    with source.open("rb") as file:
        letter = email.message_from_bytes(file.read(MAX_PLAIN_BYTES), policy=email.policy.default)
    if not isinstance(letter, EmailMessage):
        return ""
    heads = [f"{name}: {letter[name]}" for name in _HEADERS if letter[name]]
    body = letter.get_body(("plain", "html"))
    said = str(body.get_content()) if body is not None else ""
    if body is not None and body.get_content_subtype() == "html":
        said = unescape(_TAG.sub(" ", "".join(_shown(said))))
    return "\n".join([*heads, "", said])


def _shown(html: str) -> Iterator[str]:
    """All but scripts and styles, in one pass: a letter of nothing but their beginnings is read as
    fast as any other."""
    start: int | None = 0
    for found in _UNSAID.finditer(html):
        is_end = bool(found[1])
        if start is not None and not is_end:
            yield html[start : found.start()]
            start = None
        elif start is None and is_end:
            start = found.start()
    if start is not None:
        yield html[start:]


_READERS: dict[str, Callable[[Path], str]] = {
    "docx": _docx,
    "docm": _docx,
    "dotx": _docx,
    "odt": _odt,
    "eml": _mail,
}
