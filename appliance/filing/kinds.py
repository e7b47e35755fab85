"""What a received file really is: its bytes decide, what its sender says only helps.

The extension given here is the one the file gets in the firm's folders, so it decides what a
double click does there. It always comes from the closed list in `names`. An executable or a script
(exe, bat, js, vbs, ps1, lnk, scr, msi, html, svg, hta, jar, sh…) gets "bin", which nothing runs;
its original name is kept in the database by the caller.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import filetype

from appliance.filing.archives import archive_in
from appliance.filing.keyhole import Keyhole
from appliance.names import HARMLESS, split_extension, usual_extension

DECLARED = {mime_type.lower(): extension for extension, mime_type in HARMLESS.items()} | {
    "text/x-vcard": "vcf",
    "audio/mp3": "mp3",
    "audio/x-wav": "wav",
    "application/csv": "csv",
}
# fmt: off
RISKY = frozenset({
    "apk", "app", "appx", "bash", "bat", "cmd", "com", "command", "cpl", "desktop", "dll",
    "exe", "hta", "htm", "html", "iqy", "jar", "jnlp", "js", "jse", "lnk", "lua", "mht",
    "mhtml", "mjs", "msi", "msix", "msp", "php", "pif", "pl", "ps1", "psd1", "psm1", "py",
    "pyw", "rb", "reg", "scf", "scr", "sct", "sh", "shtml", "slk", "svg", "svgz", "url", "vbe",
    "vbs", "webloc", "ws", "wsc", "wsf", "wsh", "xht", "xhtml", "xla", "xlam", "xll", "xpi",
    "zsh",
})
# fmt: on
PLAIN = frozenset({"ini", "json", "log", "md", "xml", "yaml", "yml"})  # an XML can hold a script
RISKY_TEXT = ("text/html", "text/javascript", "text/ecmascript", "text/x-", "application/xhtml")
_TEXT = ("text/", "application/json", "application/xml")

_SIGNATURES = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tif"),
    (b"MM\0*", "tif"),
    (b"OggS\0", "ogg"),
    (b"#!AMR", "amr"),
    (b"{\\rtf", "rtf"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x1f\x8b\x08", "gz"),
    (b"\x7fELF", "bin"),
    (b"\xca\xfe\xba\xbe", "bin"),
    (b"\xcf\xfa\xed\xfe", "bin"),
    (b"\xce\xfa\xed\xfe", "bin"),
    (b"L\0\0\0\x01\x14\x02\0", "bin"),  # a Windows shortcut
    (b"MSCF", "bin"),
    (b"ITSF", "bin"),
    (b"\0asm", "bin"),
)
_RIFF = {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}
_HEIC = frozenset(b"heic heix heim heis hevc hevx hevm hevs mif1 msf1".split())
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = {
    "word/": (("docx", "dotx"), ("docm", "dotm")),
    "xl/": (("xlsx", "xltx"), ("xlsm", "xlsb")),
    "ppt/": (("pptx", "ppsx"), ("pptm",)),
}
_IN_OLE = frozenset({"doc", "xls", "ppt", "msg"})
_ENCRYPTED_IN_OLE = frozenset({"docx", "xlsx", "pptx", "docm", "xlsm", "pptm"})  # with a password
_ZIPPED = frozenset({"zip", "epub", "key", "numbers", "odg", "odp", "ods", "odt", "pages"})
_MIMETYPE_ENTRY = re.compile(rb"mimetype([a-z0-9.+-]+/[a-z0-9.+-]+)PK")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")

HEAD_BYTES = 4096
UNKNOWN_TYPE = "application/octet-stream"  # of a kind that the firm has no use for, as far as known


@dataclass(frozen=True)
class Kind:
    """What a file is: the extension to file it under and its media type."""

    extension: str
    mime_type: str


def kind_of(path: Path, declared_mime: str | None, original_name: str | None) -> Kind:
    """The kind of the file at `path`, by its first bytes and, for an archive, its list of names.

    Never unpacks, never fails on what a file contains. What looks like nothing known keeps its
    sender's extension, or takes its declared type's, if that is a harmless one; else it is "bin".
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    named = usual_extension(split_extension((original_name or "").strip(" ."))[1])
    mime = (declared_mime or "").partition(";")[0].strip().lower()
    extension = _signed(head, mime) or _held(path, head, named, mime) or _text(head, named, mime)
    extension = extension or _guessed(head) or _claimed(named, mime)
    return Kind(extension, HARMLESS.get(extension, UNKNOWN_TYPE))


def _signed(head: bytes, mime: str) -> str | None:
    if head[4:8] == b"ftyp":
        return _film(head, mime)
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if is_windows_program(head):
        return "bin"
    if head.lstrip(b"\xef\xbb\xbf\0 \t\r\n").startswith(b"%PDF-"):
        return "pdf"
    return next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)


def is_program(head: bytes) -> bool:
    """Whether these first bytes are those of a program, a shortcut or a script."""
    signed = (signature for signature, kind in _SIGNATURES if kind == "bin")
    return is_windows_program(head) or head.startswith((*signed, b"#!"))


def is_windows_program(head: bytes) -> bool:
    """Whether Windows would start it."""
    return head[:2] == b"MZ" and b"\0" in head


def is_text(head: bytes) -> bool:
    """Whether these first bytes read like text."""
    return not _CONTROL.search(head) or head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _film(head: bytes, mime: str) -> str:
    """MPEG-4 and its many relatives: the brands in the first box tell them apart."""
    brand, brands = head[8:12], head[8 : max(12, int.from_bytes(head[:4]))]
    if brand in (b"avif", b"avis") or (brand in _HEIC and b"avif" in brands):
        return "avif"
    if brand in _HEIC:
        return "heic"
    if brand.startswith((b"3gp", b"3g2")):
        return "3gp"
    if brand.startswith((b"M4A", b"M4B")) or mime.startswith("audio/"):
        return "m4a"
    return {b"qt  ": "mov", b"M4V ": "m4v"}.get(brand, "mp4")


def _held(path: Path, head: bytes, named: str, mime: str) -> str | None:
    """The kind of a container: ZIP, or OLE as Office wrote before 2007 and for passwords since."""
    is_zip, is_ole = head[:4] in (b"PK\3\4", b"PK\5\6"), head.startswith(_OLE)
    if not is_zip and not is_ole:
        return None
    if named in RISKY:
        return "bin"
    return _zipped(path, head, named) if is_zip else _in_ole(named, mime)


def _in_ole(named: str, mime: str) -> str:
    allowed = _IN_OLE | _ENCRYPTED_IN_OLE
    declared = DECLARED.get(mime, "")
    return named if named in allowed else declared if declared in allowed else "doc"


def _zipped(path: Path, head: bytes, named: str) -> str:
    with Keyhole.on(path) as keyhole:
        archive = archive_in(keyhole)
    names = archive.names if archive is not None else []
    for folder, (plain, with_macros) in _OFFICE.items():
        if "[content_types].xml" in names and any(name.startswith(folder) for name in names):
            has_macros = any(name.endswith("vbaproject.bin") for name in names)
            has_macros = has_macros or "xl/workbook.bin" in names
            family = with_macros if has_macros else plain
            return named if named in family else family[0]
    entry = _MIMETYPE_ENTRY.match(head, 30)
    open_document = DECLARED.get(entry[1].decode(), "") if entry else ""
    if open_document in _ZIPPED:
        return open_document
    is_damaged_office = not names and named in _ENCRYPTED_IN_OLE
    return named if named in _ZIPPED or is_damaged_office else "zip"


def _text(head: bytes, named: str, mime: str) -> str | None:
    """The kind of what reads like text: it shows in no byte, so the name or the type says it."""
    if not head or not is_text(head):
        return None
    if named in RISKY:
        return "bin"
    if named in HARMLESS or named in PLAIN:
        return named if named in HARMLESS else "txt"
    if head.startswith(b"#!"):
        return "bin"
    is_harmless = mime.startswith(_TEXT) and not mime.startswith(RISKY_TEXT)
    return DECLARED.get(mime, "txt" if is_harmless else "bin")


def _guessed(head: bytes) -> str | None:
    """A second opinion, for the kinds our own table does not tell."""
    guess = filetype.guess(head)
    if guess is None:
        return None
    extension = usual_extension(guess.extension)
    return extension if extension in HARMLESS else "bin"


def _claimed(named: str, mime: str) -> str:
    if named in HARMLESS or named in RISKY:
        return named if named in HARMLESS else "bin"
    return DECLARED.get(mime, "bin")
