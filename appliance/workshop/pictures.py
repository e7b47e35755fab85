"""Pictures become JPEGs of ours: upright, on white, without places or names in them.

In the child only. The original is opened for reading and nothing else.
"""

import io
import warnings
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image, ImageCms, ImageOps

from appliance.workshop import jpeg
from appliance.workshop.bounds import MAX_PAGES, MAX_PIXELS, THUMBNAIL_SIDE

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF")  # never EPS: Ghostscript runs it
THUMBNAIL_QUALITY = 80
_STRIP = 1024  # rows at once: flattening holds no third copy of the whole picture
_LEAST_QUALITY = 60
_ORIENTATION = 0x0112
_WITH_ALPHA = frozenset({"RGBA", "RGBa", "LA", "La", "PA"})
_DEEP = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N"})
_PROFILES = {"RGB": b"RGB ", "L": b"GRAY"}

pillow_heif.register_heif_opener()
pillow_heif.options.DECODE_THREADS = 1  # each thread's stack counts against our memory
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def depict(
    source: str, copy: str | None, thumbnail: str, max_side: int, quality: int
) -> dict[str, Any]:
    """A copy to look at, if one is wanted, and a thumbnail; what the picture is.

    `max_side` 0: as large as it came. No copy of what moves or has pages, nor where none would be
    smaller than the original.
    """
    with _opened(source) as image:
        pages, moves = _pages(image), _moves(image)
        whole, upright = image.size, _orientation(image)
        facts = {"format": image.format, "pages": pages, "has_copy": False}
        turned = whole[::-1] if upright in (5, 6, 7, 8) else whole
        facts["width"], facts["height"] = turned
        seen = _reduced(image, max_side)
        _save(_within(seen, THUMBNAIL_SIDE), thumbnail, THUMBNAIL_QUALITY)
    if copy is not None and pages == 1 and not moves:
        is_kept = upright == 1 and whole == seen.size
        facts["has_copy"] = _copy(source, seen, copy, quality, is_kept=is_kept)
    return facts


def frame(source: str, target: str, number: int, max_side: int, is_gray: bool) -> dict[str, Any]:
    """One page of a picture (from 1) as a JPEG, whatever it costs in bytes."""
    with _opened(source) as image:
        image.seek(number - 1)
        seen = _reduced(image, max_side)
    _save(seen.convert("L") if is_gray else seen, target, 85)
    return {"width": seen.width, "height": seen.height}


def _opened(source: str) -> Image.Image:
    return Image.open(source, formats=FORMATS)


def _pages(image: Image.Image) -> int:
    """Only a TIFF has pages: what else holds several pictures moves, or keeps them for itself."""
    return min(int(getattr(image, "n_frames", 1)), MAX_PAGES) if image.format == "TIFF" else 1


def _moves(image: Image.Image) -> bool:
    """A phone's JPEG may carry a second picture, and does not move."""
    return image.format in {"GIF", "PNG", "WEBP"} and bool(getattr(image, "is_animated", False))


def _orientation(image: Image.Image) -> int:
    found = image.getexif().get(_ORIENTATION, 1)
    return found if found in range(1, 9) else 1


def _reduced(image: Image.Image, max_side: int) -> Image.Image:
    """Upright, in colours that a JPEG has, no side longer than `max_side`; read to its last byte.

    It bears nothing of the original but, where it still holds, the profile of its colours.
    """
    orientation, profile = _orientation(image), image.info.get("icc_profile")
    if max_side:
        image.draft("RGB", (max_side, max_side))
    image.load()
    plain = _plain(image, profile)
    if max_side:
        plain.thumbnail((max_side, max_side))
    if orientation != 1:
        plain.getexif()[_ORIENTATION] = orientation
        plain = ImageOps.exif_transpose(plain)
    plain.info = {}
    if profile and profile[16:20] == _PROFILES[plain.mode]:
        plain.info["icc_profile"] = profile
    return plain


def _plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In grey or RGB, on white; not yet smaller."""
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        return _on_white(image)
    if image.mode in ("L", "RGB"):
        return image.copy()
    if image.mode == "1":
        return image.convert("L")
    if image.mode in _DEEP:
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "CMYK" and profile:
        return _from_print(image, profile)
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    paper = Image.new("RGB", image.size, "white")
    for top in range(0, image.height, _STRIP):
        box = (0, top, image.width, min(top + _STRIP, image.height))
        strip = image.crop(box).convert("RGBA")
        paper.paste(strip, (0, top), strip)
    return paper


def _from_print(image: Image.Image, profile: bytes) -> Image.Image:
    """Inks as their profile says they look; a profile that makes no sense is not followed."""
    try:
        inks = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        screen = ImageCms.createProfile("sRGB")
        seen = ImageCms.profileToProfile(image, inks, screen, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        seen = None
    return seen or image.convert("RGB")


def _copy(source: str, seen: Image.Image, target: str, quality: int, *, is_kept: bool) -> bool:
    """Write the copy unless it would be larger than the original; whether there is one.

    `is_kept`: it has its size and is upright, so a JPEG's own bytes do, without what they tell.
    """
    original = Path(source)
    most = original.stat().st_size
    if is_kept and seen.mode in _PROFILES and (bare := jpeg.bared(original.read_bytes())):
        Path(target).write_bytes(bare)
        return True
    for each in range(quality, min(quality, _LEAST_QUALITY) - 1, -10):
        written = io.BytesIO()
        _save(seen, written, each)
        if written.tell() <= most:
            Path(target).write_bytes(written.getbuffer())
            return True
    return False


def _within(image: Image.Image, side: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((side, side))
    return small


def _save(image: Image.Image, target: str | io.BytesIO, quality: int) -> None:
    profile = image.info.get("icc_profile")
    image.save(target, "JPEG", quality=quality, optimize=True, icc_profile=profile)
