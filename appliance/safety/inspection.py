"""Looks into a file that came: is there a reason for somebody to look at it first? Pure looking."""

from dataclasses import dataclass
from pathlib import Path

from appliance.errors import PermanentError
from appliance.filing import kinds
from appliance.filing.archives import Archive, archive_in
from appliance.filing.keyhole import Keyhole
from appliance.names import split_extension, usual_extension
from appliance.safety import offices, pdfs, pictures
from appliance.safety.findings import Finding, said

_PDF_BEGINS_WITHIN = 1024  # bytes: readers look for the beginning that far (ISO 32000-1, H.3.4.1)
_FAMILIES = {
    "picture": "jpg png gif webp tif bmp heic avif jp2 psd",
    "film": "mp4 m4v 3gp mov avi mkv webm mpg wmv mp3 m4a aac ogg amr wav aiff flac",
    "office": "doc xls ppt msg rtf odt ods odp odg docx dotx docm dotm xlsx xltx xlsm xlsb pptx "
    "ppsx pptm",
    "archive": "zip 7z rar gz bz2 xz tar",
    "pdf": "pdf",
    "text": "txt csv tsv ics vcf eml",
}
_FAMILY = {each: family for family, some in _FAMILIES.items() for each in some.split()}
# fmt: off
_ZIPPED = frozenset({"zip", "epub", "key", "numbers", "pages", "odg", "odp", "ods", "odt"})
_OOXML = frozenset({
    "docx", "dotx", "docm", "dotm", "xlsx", "xltx", "xlsm", "xlsb", "pptx", "ppsx", "pptm",
})
# fmt: on
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = (b"PK\3\4", b"PK\5\6")
# A page or a drawing, whatever it is called: in a browser it runs.
_MARKUP = (b"<script", b"<svg", b"<html", b"<!doctype html", b"<?php", b"<hta:", b"javascript:")


@dataclass(frozen=True)
class Claim:
    """What its sender says of a file."""

    mime_type: str | None
    name: str | None


@dataclass(frozen=True)
class Seen:
    """What was seen, and how much work it was. `doubt`: why somebody should look; None: nothing."""

    kind: kinds.Kind
    doubt: PermanentError | None
    bytes_read: int
    entries: int
    inflated: int


def inspect(path: Path, claim: Claim) -> Seen:
    """Look into the file at `path`. Never unpacks to disk, never fails on what a file contains.

    The work is bounded: the file is read twice at most, an archive's list to its 2000th entry, 8 MB
    are unpacked in memory. Raises OSError when the file cannot be read.
    """
    kind = kinds.kind_of(path, claim.mime_type, claim.name)
    by_content = kinds.kind_of(path, None, None).extension
    with Keyhole.on(path) as keyhole:
        look = _Look(keyhole, kind.extension, by_content, claim)
        doubt = look.doubt()
        return Seen(kind, doubt, keyhole.bytes_read, keyhole.entries, keyhole.inflated)


class _Look:
    """One look at one file."""

    def __init__(self, keyhole: Keyhole, extension: str, by_content: str, claim: Claim) -> None:
        self._keyhole = keyhole
        self._extension = extension
        self._by_content = by_content
        self._head = keyhole.at(0, kinds.HEAD_BYTES)
        self._named = usual_extension(split_extension((claim.name or "").strip(" ."))[1])
        self._mime = (claim.mime_type or "").partition(";")[0].strip().lower()
        self._archive = archive_in(keyhole)

    def doubt(self) -> PermanentError | None:
        """The first reason to look, gravest first."""
        return (
            self._program()
            or self._mixed()
            or self._inside()
            or self._mismatch()
            or self._unknown()
        )

    def _program(self) -> PermanentError | None:
        is_program = self._extension == "bin" and (
            kinds.is_program(self._head)
            or self._named in kinds.RISKY
            or self._mime.startswith(kinds.RISKY_TEXT)
            or (kinds.is_text(self._head) and self._is_markup())
        )
        return said(Finding.PROGRAM) if is_program else None

    def _mixed(self) -> PermanentError | None:
        """What one program takes for this kind and another for that one."""
        archive = self._archive
        is_zip = self._head.startswith(_ZIP)
        if archive and archive.entries and not is_zip:
            return self._two("ZIP")
        if is_zip and archive and archive.entries and (archive.before > 0 or archive.after > 0):
            return self._two("?")
        if self._by_content != "pdf" and b"%PDF-" in self._head[:_PDF_BEGINS_WITHIN]:
            return self._two("PDF")
        if _FAMILY.get(self._by_content) in {"picture", "film", "pdf"} and self._is_markup():
            return self._two("HTML")
        return None

    def _two(self, other: str) -> PermanentError:
        return said(Finding.MIXED, one=self._extension.upper(), other=other)

    def _is_markup(self) -> bool:
        """In its first bytes; of UTF-16, too."""
        plain = self._head.replace(b"\0", b"").lower()
        return any(sign in plain for sign in _MARKUP)

    def _inside(self) -> PermanentError | None:
        if self._head.startswith(_ZIP):
            return self._in_archive(self._archive)
        if self._head.startswith(_OLE):
            return offices.in_ole(self._keyhole)
        if self._by_content == "pdf":
            return pdfs.in_pdf(self._keyhole)
        if self._by_content == "rtf":
            return offices.in_rtf(self._keyhole)
        look = pictures.LOOKS.get(self._by_content)
        return look(self._keyhole) if look else None

    def _in_archive(self, archive: Archive | None) -> PermanentError | None:
        if archive is None:
            return said(Finding.TRUNCATED)
        if self._extension in _OOXML:
            return offices.in_ooxml(self._keyhole, archive)
        return offices.in_zip(self._keyhole, archive, kinds.RISKY)

    def _mismatch(self) -> PermanentError | None:
        """Name, sender and content must agree on what it is; of a picture, not on which sort."""
        content = self._family_by_content()
        if self._named in kinds.RISKY:
            return self._differs(self._named)
        for claimed in (self._named, kinds.DECLARED.get(self._mime, "")):
            family = _FAMILY.get(claimed)
            if family is None or content is None or family == content:
                continue
            if content == "text" and claimed == "xls" and self._named == "csv":
                continue  # what Windows with Excel calls a table
            return self._differs(claimed)
        return None

    def _family_by_content(self) -> str | None:
        """None: its kind shows in no byte that we know, and none of ours claims otherwise."""
        if self._by_content != "bin":
            is_zipped = self._by_content == "zip" and self._extension in _ZIPPED
            return _FAMILY.get(self._extension if is_zipped else self._by_content)
        if kinds.is_text(self._head):
            return "text"
        return None if self._extension == "bin" or self._extension not in _FAMILY else "unknown"

    def _differs(self, claimed: str) -> PermanentError:
        family = self._family_by_content() or ""
        found = {"text": "TXT", "unknown": "?"}.get(family, self._by_content.upper())
        return said(Finding.MISMATCH, said=claimed.upper(), found=found)

    def _unknown(self) -> PermanentError | None:
        return said(Finding.UNKNOWN) if self._extension == "bin" else None
