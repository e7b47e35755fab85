"""What hides inside office files and archives: macros, passwords, programs, bombs. Pure looking."""

import re

from appliance import names
from appliance.errors import PermanentError
from appliance.filing.archives import Archive, Entry, begins_with, contradicts, overlaps
from appliance.filing.keyhole import Keyhole
from appliance.safety.findings import Finding, said

MOST_UNPACKED = 200_000_000  # bytes
MOST_TIMES = 100  # as large as packed; only asked of what would be larger than:
_WORTH_ASKING = 10_000_000  # bytes: a blank page, too, packs to a hundredth
_MANY = 100  # entries' first bytes that are looked at
_LONGEST_PART = 64 * 1024  # bytes of a small part of an office file

# fmt: off
_ARCHIVES = frozenset({
    "7z", "ace", "arj", "bz2", "cab", "gz", "img", "iso", "lha", "lz", "lzh", "rar", "tar", "tbz",
    "tgz", "txz", "vhd", "vhdx", "xz", "z", "zip", "zst",
})
# fmt: on
_MACROS = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml)$|(^|/)(macrosheets|activex)/")
_PACKED_OBJECT = re.compile(r"(^|/)embeddings/[^/]*\.bin$")
_ELSEWHERE = re.compile(
    rb"(?=[^>]*targetmode\s*=\s*[\"']external)(?=[^>]*/(attachedtemplate|oleobject|frame|"
    rb"subdocument|externallink|vbaproject)[\"'])[^>]*>"
)
_DRIVE = re.compile(r"^[a-z]:")
# Names of streams, as an OLE file spells them in its own directory.
_IN_OLE = (
    (Finding.ENCRYPTED, ("EncryptedPackage", "EncryptedSummary")),
    (Finding.MACRO, ("_VBA_PROJECT", "Macros", "_VBA_PROJECT_CUR")),
    (Finding.EMBEDDED, ("\x01Ole10Native",)),
)
_RTF_OBJECTS = re.compile(rb"\\(objdata|objocx|objautlink|objupdate|objemb)\b")


def in_zip(keyhole: Keyhole, archive: Archive, risky: frozenset[str]) -> PermanentError | None:
    """The first thing wrong with an archive. `risky`: the endings of programs and scripts."""
    if not archive.is_whole:
        return said(Finding.TRUNCATED)
    return _any_archive(keyhole, archive) or _holds(archive, risky)


def in_ooxml(keyhole: Keyhole, archive: Archive) -> PermanentError | None:
    """The first thing wrong with a Word, Excel or PowerPoint file of today."""
    if not archive.is_whole:
        return said(Finding.TRUNCATED)
    found = _any_archive(keyhole, archive) or _macros(keyhole, archive)
    return found or _elsewhere(keyhole, archive) or _objects(archive)


def _any_archive(keyhole: Keyhole, archive: Archive) -> PermanentError | None:
    return _locked(archive) or _deceives(keyhole, archive) or _bomb(archive) or _crowded(archive)


def _locked(archive: Archive) -> PermanentError | None:
    is_locked = any(entry.is_encrypted for entry in archive.entries)
    return said(Finding.ENCRYPTED) if is_locked else None


def _deceives(keyhole: Keyhole, archive: Archive) -> PermanentError | None:
    if any(_escapes(entry.name) for entry in archive.entries):
        return said(Finding.ESCAPES)
    if any(entry.is_link for entry in archive.entries):
        return said(Finding.LINKS)
    if overlaps(archive):
        return said(Finding.OVERLAPS)
    return said(Finding.CONTRADICTS) if contradicts(keyhole, archive) else None


def _escapes(name: str) -> bool:
    plain = name.replace("\\", "/").lower()
    return plain.startswith("/") or ".." in plain.split("/") or bool(_DRIVE.match(plain))


def _bomb(archive: Archive) -> PermanentError | None:
    size = sum(entry.size for entry in archive.entries)
    packed = sum(entry.packed for entry in archive.entries)
    times = size // max(1, packed)
    is_dense = any(
        entry.size > _WORTH_ASKING and entry.size > MOST_TIMES * entry.packed
        for entry in archive.entries
    )
    is_dense = is_dense or (size > _WORTH_ASKING and times > MOST_TIMES)
    if size > MOST_UNPACKED or is_dense:
        return said(Finding.BOMB, size=round(size / 1e6), times=times)
    return None


def _crowded(archive: Archive) -> PermanentError | None:
    if archive.stated <= len(archive.entries):
        return None
    return said(Finding.CROWDED, count=archive.stated, seen=len(archive.entries))


def _holds(archive: Archive, risky: frozenset[str]) -> PermanentError | None:
    for wanted, finding in ((risky, Finding.HOLDS_PROGRAM), (_ARCHIVES, Finding.NESTED)):
        for entry in archive.entries:
            if _ending(entry) in wanted:
                return said(finding, name=names.safe_name(entry.name.replace("\\", "/")))
    return None


def _ending(entry: Entry) -> str:
    return names.split_extension(entry.name.strip(" ."))[1].lower()


def _macros(keyhole: Keyhole, archive: Archive) -> PermanentError | None:
    """By the usual names, and by the list of types: a macro's part may be called anything."""
    has_macros = any(_MACROS.search(name) for name in archive.names)
    types = next((e for e in archive.entries if e.name.lower() == "[content_types].xml"), None)
    if types is not None and not has_macros:
        listed = _plain(begins_with(keyhole, archive, types, _LONGEST_PART))
        has_macros = b"vbaproject" in listed or b"macroenabled" in listed
    return said(Finding.MACRO) if has_macros else None


def _elsewhere(keyhole: Keyhole, archive: Archive) -> PermanentError | None:
    relations = [entry for entry in archive.entries if entry.name.lower().endswith(".rels")]
    for entry in relations[:_MANY]:
        listed = _plain(begins_with(keyhole, archive, entry, _LONGEST_PART))
        if any(_ELSEWHERE.match(part) for part in listed.split(b"<relationship")):
            return said(Finding.FETCHES)
    return None


def _objects(archive: Archive) -> PermanentError | None:
    has_objects = any(_PACKED_OBJECT.search(name) for name in archive.names)
    return said(Finding.EMBEDDED) if has_objects else None


def _plain(xml: bytes) -> bytes:
    """In small letters; of UTF-16, too, only the letters."""
    return xml.replace(b"\0", b"").lower()


def in_ole(keyhole: Keyhole) -> PermanentError | None:
    """The first thing wrong with an Office file of before 2007, or with what a password hides."""
    wanted = {_directory_name(one): finding for finding, names_ in _IN_OLE for one in names_}
    found = {
        finding
        for _, part in keyhole.chunks(overlap=128)
        for name, finding in wanted.items()
        if name in part
    }
    if _is_locked_word(keyhole.at(0, 4096)):
        found.add(Finding.ENCRYPTED)
    return next((said(finding) for finding, _ in _IN_OLE if finding in found), None)


def _directory_name(name: str) -> bytes:
    """As an entry of the directory begins: a text that merely mentions it goes on otherwise."""
    return name.encode("utf-16-le") + b"\0\0"


def _is_locked_word(head: bytes) -> bool:
    """Word's first block says so in a bit of its own ([MS-DOC] 2.5.1: fEncrypted)."""
    return head[512:514] == b"\xec\xa5" and len(head) > 523 and bool(head[523] & 0x01)


def in_rtf(keyhole: Keyhole) -> PermanentError | None:
    """A text that carries objects, by which old holes of Word are reached."""
    has_objects = any(_RTF_OBJECTS.search(part) for _, part in keyhole.chunks(overlap=32))
    return said(Finding.EMBEDDED) if has_objects else None
