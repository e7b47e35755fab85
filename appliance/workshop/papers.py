"""Pages of a PDF as pictures, and its text. In the child only: PDFium is not for threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from appliance.workshop.bounds import MAX_CHARACTERS, MAX_PAGES, THUMBNAIL_SIDE

PREVIEW_WIDTH, PREVIEW_HEIGHT = 1200, 2400  # pixels, at most
READING_SCALE = 300 / 72  # pixels a point: what reading by machine wants
READING_SIDE = 4500  # pixels, at most
_LEAST_TEXT = 8  # characters: a page with fewer is a picture of a page


def depict(source: str, preview: str, thumbnail: str) -> dict[str, Any]:
    """The first page to look at, its thumbnail, and how many pages there are."""
    with _opened(source) as document:
        seen = _seen(document[0], is_gray=False, for_reading=False)
        seen.save(preview, "JPEG", quality=85, optimize=True)
        size = seen.size
        seen.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        seen.save(thumbnail, "JPEG", quality=80, optimize=True)
        return {"format": "PDF", "pages": len(document), "width": size[0], "height": size[1]}


def page(source: str, target: str, number: int, for_reading: bool) -> dict[str, Any]:
    """One page (from 1) as a JPEG; `for_reading` by machine: large and grey."""
    with _opened(source) as document:
        seen = _seen(document[number - 1], is_gray=for_reading, for_reading=for_reading)
        seen.save(target, "JPEG", quality=85)
        return {"width": seen.width, "height": seen.height}


def text(source: str, target: str) -> dict[str, Any]:
    """Write the text, pages apart by a form feed; which pages (from 1) have none."""
    with _opened(source) as document:
        pages, bare, left = [], [], MAX_CHARACTERS
        for number in range(min(len(document), MAX_PAGES)):
            found = document[number].get_textpage().get_text_bounded()[:left]
            pages.append(found)
            left -= len(found)
            if len(found.strip()) < _LEAST_TEXT:
                bare.append(number + 1)
            if left <= 0:
                break
        Path(target).write_text("\f".join(pages), "utf-8", errors="replace")
        return {"pages": len(document), "bare": bare}


def attached(source: str, target: str, name: str) -> dict[str, Any]:
    """Write the attachment of this name, if there is one."""
    with _opened(source) as document:
        for index in range(min(document.count_attachments(), MAX_PAGES)):
            attachment = document.get_attachment(index)
            if attachment.get_name() == name:
                Path(target).write_bytes(bytes(attachment.get_data()))
                break
        return {}


@contextmanager
def _opened(source: str) -> Iterator[pypdfium2.PdfDocument]:
    """Raises PdfiumError: damaged, or locked (err_code 4)."""
    document = pypdfium2.PdfDocument(source)
    try:
        if len(document) < 1:
            raise ValueError("no pages")
        yield document
    finally:
        document.close()


def _seen(sheet: pypdfium2.PdfPage, *, is_gray: bool, for_reading: bool) -> Image.Image:
    width, height = (max(side, 1.0) for side in sheet.get_size())
    if for_reading:
        scale = min(READING_SCALE, READING_SIDE / max(width, height))
    else:
        scale = min(PREVIEW_WIDTH / width, PREVIEW_HEIGHT / height)
    seen: Image.Image = sheet.render(scale=scale, grayscale=is_gray).to_pil()
    return seen if seen.mode in ("L", "RGB") else seen.convert("RGB")
