"""What a file is, whatever its sender says."""

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.filing.kinds import Kind, kind_of
from appliance.names import HARMLESS

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
EXE = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + b"\0" * 200
LNK = b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + b"\0" * 60


def film(brand: bytes, *others: bytes) -> bytes:
    brands = brand + b"\0\0\0\0" + b"".join(others)
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + b"\0" * 40


def archive(*names: str, mimetype: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        if mimetype:
            made.writestr("mimetype", mimetype)
        for name in names:
            made.writestr(name, "x", zipfile.ZIP_DEFLATED)
    return file.getvalue()


def office(*names: str) -> bytes:
    return archive("[Content_Types].xml", "_rels/.rels", *names)


def extension(tmp_path: Path, data: bytes, name: str | None = None, mime: str | None = None) -> str:
    path = tmp_path / "received"
    path.write_bytes(data)
    return kind_of(path, mime, name).extension


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"\xef\xbb\xbf\r\n%PDF-1.4\n", "pdf"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "jpg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png"),
        (b"GIF89a\1\0\1\0", "gif"),
        (b"RIFF\x1a\0\0\0WEBPVP8L", "webp"),
        (b"II*\0\x08\0\0\0", "tif"),
        (b"BM\x3a\0\0\0\0\0\0\0", "bmp"),
        (film(b"heic", b"mif1heic"), "heic"),
        (film(b"mif1", b"mif1heic"), "heic"),
        (film(b"mif1", b"mif1avif"), "avif"),
        (film(b"avif"), "avif"),
        (film(b"isom", b"isomavc1mp41"), "mp4"),
        (film(b"mp42"), "mp4"),
        (film(b"3gp4"), "3gp"),
        (film(b"qt  "), "mov"),
        (film(b"M4A "), "m4a"),
        (film(b"M4V "), "m4v"),
        (b"OggS\0\x02" + b"\0" * 22 + b"OpusHead", "ogg"),
        (b"#!AMR\n<\x91\x17\x16", "amr"),
        (b"ID3\x03\0\0\0\0\0\0", "mp3"),
        (b"\xff\xf1\x50\x80\0\0", "aac"),
        (b"RIFF\0\0\0\0WAVEfmt \0", "wav"),
        (b"RIFF\0\0\0\0AVI LIST\0", "avi"),
        (b"\x1aE\xdf\xa3\x9fB\x82\x84webmB\x87\x81\x04", "webm"),
        (b"fLaC\0\0\0\x22", "flac"),
        (b"{\\rtf1 Bonjour}", "rtf"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "7z"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
        (b"\x1f\x8b\x08\0", "gz"),
        (b"BZh91AY&SY\0", "bz2"),
        (b"AC1032\0\0\0\0", "dwg"),
    ],
)
def test_bytes_say_what_a_file_is_against_its_name(
    tmp_path: Path, data: bytes, expected: str
) -> None:
    assert extension(tmp_path, data) == expected
    assert extension(tmp_path, data, "virus.exe") == expected
    assert extension(tmp_path, data, "lettre.docx", "text/html") == expected


@pytest.mark.parametrize(
    ("inside", "name", "expected"),
    [
        (("word/document.xml",), None, "docx"),
        (("word/document.xml",), "photo.jpg", "docx"),
        (("word/document.xml",), "modèle.dotx", "dotx"),
        (("word/document.xml", "word/vbaProject.bin"), "lettre.docx", "docm"),
        (("word/document.xml", "word/VBAPROJECT.BIN"), "modèle.dotm", "dotm"),
        (("xl/workbook.xml",), None, "xlsx"),
        (("xl/workbook.xml", "xl/vbaProject.bin"), "compte.xlsx", "xlsm"),
        (("xl/workbook.bin",), "compte.xlsb", "xlsb"),
        (("ppt/presentation.xml",), None, "pptx"),
        (("ppt/presentation.xml",), "p.ppsx", "ppsx"),
        (("ppt/presentation.xml", "ppt/vbaProject.bin"), "p.pptx", "pptm"),
        (("autre/chose.xml",), "x.docx", "zip"),
    ],
)
def test_an_office_file_is_known_by_its_parts_and_macros_are_shown(
    tmp_path: Path, inside: tuple[str, ...], name: str | None, expected: str
) -> None:
    assert extension(tmp_path, office(*inside), name) == expected


@pytest.mark.parametrize("kind", ["odt", "ods", "odp", "odg", "epub"])
def test_an_open_document_says_what_it_is(tmp_path: Path, kind: str) -> None:
    data = archive("content.xml", mimetype=HARMLESS[kind])

    assert extension(tmp_path, data, "document.zip") == kind


def test_an_archive_cannot_pretend_to_be_a_picture(tmp_path: Path) -> None:
    data = archive("content.xml", mimetype="image/jpeg")

    assert extension(tmp_path, data) == "zip"
    assert extension(tmp_path, data, "photo.jpg") == "zip"


def test_an_archive_keeps_a_name_that_is_an_archives(tmp_path: Path) -> None:
    assert extension(tmp_path, archive("a.pdf"), "pièces.zip") == "zip"
    assert extension(tmp_path, archive("Index/Document.iwa"), "lettre.pages") == "pages"
    assert extension(tmp_path, archive(), None) == "zip"


def test_an_archive_with_something_before_it_is_still_looked_into(tmp_path: Path) -> None:
    data = office("word/document.xml")
    commented = data[:-2] + struct.pack("<H", 9) + b"a comment"

    assert extension(tmp_path, b"PK\3\4 prefix" + data) == "docx"
    assert extension(tmp_path, commented) == "docx"


@pytest.mark.parametrize("keep", [30, 100, -3, -20])
def test_a_damaged_archive_is_an_archive(tmp_path: Path, keep: int) -> None:
    data = office("word/document.xml")[:keep]

    assert extension(tmp_path, data) == "zip"
    assert extension(tmp_path, data, "contrat.docx") == "docx"
    assert extension(tmp_path, data, "setup.jar") == "bin"


def test_an_archive_that_claims_an_enormous_list_costs_nothing(tmp_path: Path) -> None:
    claims = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0, 0)
    names = struct.pack("<4s24x3H12x", b"PK\1\2", 1, 0, 0) + b"a"

    assert extension(tmp_path, b"PK\3\4" + names * 100_000 + claims) == "zip"


@pytest.mark.parametrize(
    ("name", "mime", "expected"),
    [
        ("lettre.doc", None, "doc"),
        ("Compte.XLS", None, "xls"),
        ("p.ppt", None, "ppt"),
        ("courriel.msg", None, "msg"),
        ("avec-mot-de-passe.xlsx", None, "xlsx"),
        (None, "application/vnd.ms-excel", "xls"),
        ("photo.jpg", None, "doc"),
        (None, None, "doc"),
        ("setup.msi", None, "bin"),
    ],
)
def test_an_old_office_file_is_told_by_its_name(
    tmp_path: Path, name: str | None, mime: str | None, expected: str
) -> None:
    assert extension(tmp_path, OLE, name, mime) == expected


@pytest.mark.parametrize(
    ("name", "mime", "expected"),
    [
        ("notes.txt", None, "txt"),
        ("comptes.CSV", None, "csv"),
        ("courriel.eml", None, "eml"),
        ("exporté.xls", None, "xls"),
        ("facture.xml", "application/xml", "txt"),
        ("notes.txt", "text/html", "txt"),
        (None, "text/plain; charset=utf-8", "txt"),
        (None, "text/csv", "csv"),
        (None, "message/rfc822", "eml"),
        ("sans extension", "text/plain", "txt"),
        ("carte.vcf", "text/x-vcard", "vcf"),
        (None, "text/x-vcard", "vcf"),
        (None, None, "bin"),
        (None, "application/octet-stream", "bin"),
        ("x.inconnu", "application/octet-stream", "bin"),
        ("page.html", "text/plain", "bin"),
        ("page.HTM ", "text/plain", "bin"),
        (None, "text/html", "bin"),
        (None, "text/javascript", "bin"),
        (None, "image/svg+xml", "bin"),
        ("dessin.svg", "image/svg+xml", "bin"),
    ],
)
def test_a_text_is_told_by_its_name_or_type(
    tmp_path: Path, name: str | None, mime: str | None, expected: str
) -> None:
    for text in ("Été <b>x</b>\r\n".encode(), "Été\n".encode("cp1252"), "é".encode("utf-16")):
        assert extension(tmp_path, text, name, mime) == expected


def test_a_text_that_begins_like_a_program_is_a_text(tmp_path: Path) -> None:
    assert extension(tmp_path, b"MZ et associes, avocats", "lettre.txt") == "txt"
    assert extension(tmp_path, b"BM, le 3 mai", None, "text/plain") == "txt"


def test_a_script_without_a_name_is_not_a_text(tmp_path: Path) -> None:
    assert extension(tmp_path, b"#!/bin/sh\nrm -rf ~\n", None, "text/plain") == "bin"
    assert extension(tmp_path, b"#!/bin/sh\nrm -rf ~\n", "notes.txt", "text/plain") == "txt"


@pytest.mark.parametrize("data", [EXE, LNK, b"\x7fELF\x02\x01\0", b"\xca\xfe\xba\xbe\0\0"])
@pytest.mark.parametrize("name", ["facture.pdf", "facture.exe", "photo.jpg.lnk", None])
def test_a_program_never_gets_an_extension_that_runs_or_misleads(
    tmp_path: Path, data: bytes, name: str | None
) -> None:
    assert extension(tmp_path, data, name, "application/pdf") == "bin"


# fmt: off
RUN = [
    "exe", "bat", "cmd", "com", "js", "jse", "vbs", "ps1", "lnk", "scr", "msi", "html", "htm",
    "svg", "hta", "jar", "sh", "url", "py", "reg",
]
# fmt: on


@pytest.mark.parametrize("kind", RUN)
def test_a_name_that_would_run_is_never_kept(tmp_path: Path, kind: str) -> None:
    for data in (b"", b"echo 1", b"\0\1\2\3", OLE, archive("META-INF/MANIFEST.MF"), EXE):
        assert extension(tmp_path, data, f"facture.{kind}", "text/plain") == "bin"


def test_what_looks_like_nothing_keeps_a_harmless_extension(tmp_path: Path) -> None:
    assert extension(tmp_path, b"\0\1\2\3", "abîmé.PDF") == "pdf"
    assert extension(tmp_path, b"\0\1\2\3", "acte.p7m") == "p7m"
    assert extension(tmp_path, b"\0\1\2\3", "a.inconnu") == "bin"
    assert extension(tmp_path, b"\0\1\2\3", "pdf") == "bin"
    assert extension(tmp_path, b"\0\1\2\3", None, "audio/aac") == "aac"
    assert extension(tmp_path, b"", None) == "bin"


def test_a_second_opinion_on_something_else_than_a_document_is_not_kept(tmp_path: Path) -> None:
    font = b"\0\1\0\0\0" + b"\0" * 20

    assert extension(tmp_path, font, "police.pdf") == "bin"


def test_an_audio_film_is_a_voice(tmp_path: Path) -> None:
    assert extension(tmp_path, film(b"mp42"), None, "audio/mp4") == "m4a"


def test_the_media_type_follows_the_extension_and_not_the_sender(tmp_path: Path) -> None:
    path = tmp_path / "received"
    path.write_bytes(b"%PDF-1.7\n")
    assert kind_of(path, "text/html", "x.html") == Kind("pdf", "application/pdf")
    path.write_bytes(EXE)
    assert kind_of(path, "application/pdf", "x.pdf") == Kind("bin", "application/octet-stream")


STARTS = st.sampled_from(
    [
        b"",
        b"PK\3\4",
        b"PK\3\4" + b"\0" * 26 + b"mimetype",
        b"\0\0\0\x18ftyp",
        b"RIFF",
        b"II*\0",
        b"PK\3\4PK\1\2",
        b"\x1aE\xdf\xa3",
        b"#!",
        OLE[:8],
    ]
)
ENDS = st.sampled_from([b"", b"PK\5\6", b"PK\5\6" + b"\0" * 18, b"PK\5\6" + b"\xff" * 18])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STARTS, st.binary(max_size=200), ENDS, st.text(max_size=8) | st.none(), st.text(max_size=8))
def test_no_bytes_make_it_fail_or_leave_the_closed_list(
    tmp_path: Path, start: bytes, middle: bytes, end: bytes, name: str | None, mime: str
) -> None:
    assert extension(tmp_path, start + middle + end, name, mime) in {*HARMLESS, "bin"}
