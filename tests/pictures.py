"""Pictures and papers as phones, scanners and enemies make them; built when they are needed."""

import io
import struct
import zlib
from functools import cache
from pathlib import Path

import pillow_heif
from fpdf import FPDF
from PIL import Image, ImageCms, ImageDraw, ImageFont

pillow_heif.register_heif_opener()

ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def noise(width: int, height: int) -> Image.Image:
    """A picture that does not compress too well: like a photo."""
    small = Image.effect_noise((width // 4 or 1, height // 4 or 1), 80)
    bands = [small.resize((width, height)), small.transpose(Image.Transpose.ROTATE_180)]
    return Image.merge("RGB", [bands[0], bands[1].resize((width, height)), bands[0]])


def exif(orientation: int = 1) -> bytes:
    """Where it was taken, by what, and how the phone was held."""
    found = Image.Exif()
    found[ORIENTATION] = orientation
    found[MAKER] = "Spyphone"
    found[GPS] = {1: "N", 2: (36.0, 48.0, 0.0), 3: "E", 4: (10.0, 10.0, 0.0)}
    return found.tobytes()


@cache
def srgb() -> bytes:
    """The profile of a screen; made once, since it holds the second in which it was made."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def photo(
    path: Path, size: tuple[int, int] = (1600, 1200), orientation: int = 1, quality: int = 90
) -> Path:
    """A phone's photo, red in the corner that is top left for the phone."""
    image = noise(*size)
    image.paste((255, 0, 0), (0, 0, size[0] // 4, size[1] // 4))
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>secret place</a></x:xmpmeta>'
    image.save(
        path,
        "JPEG",
        quality=quality,
        exif=exif(orientation),
        icc_profile=srgb(),
        xmp=xmp,
        comment=b"secret comment",
    )
    return path


def heic(path: Path, size: tuple[int, int] = (1600, 1200)) -> Path:
    noise(*size).save(path, "HEIF", quality=80)
    return path


def bomb(path: Path, side: int) -> Path:
    """A PNG of side x side pixels in a few kilobytes: its rows are never made here."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(9)
    row = b"\0" * (1 + side * 4)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )
    return path


def pdf(path: Path, texts: list[str], password: str | None = None) -> Path:
    """A paper with a page for each text."""
    paper = FPDF()
    paper.set_font("helvetica", size=14)
    if password:
        paper.set_encryption(owner_password="owner", user_password=password)
    for text in texts:
        paper.add_page()
        paper.multi_cell(0, 10, text)
    paper.output(str(path))
    return path


def endless_pdf(path: Path, depth: int = 9) -> Path:
    """Forms that each draw the next one ten times: a thousand million squares."""
    draws = b"/Resources << /XObject << /X 5 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R %s >>" % draws,
        _stream(b"", b"/X Do " * 10),
    ]
    for level in range(depth):
        last = level == depth - 1
        content = b"0 0 9 9 re f " if last else b"/X Do " * 10
        inner = b"" if last else b"/XObject << /X %d 0 R >>" % (6 + level)
        head = b"/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << %s >>" % inner
        objects.append(_stream(head, content))
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, start))
    path.write_bytes(out.getvalue())
    return path


def _stream(head: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(content), content)


def scan(path: Path, lines: list[str]) -> Path:
    """A page of paper as a phone sees it: dark words on white."""
    image = Image.new("RGB", (1700, 200 + 120 * len(lines)), "white")
    font = ImageFont.load_default(64)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((100, 100 + 120 * number), line, "black", font)
    image.save(path, "JPEG", quality=90)
    return path
