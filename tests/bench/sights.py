"""What people see of documents: beside plain Pillow, PDFium and img2pdf in this very process."""

import io
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

import img2pdf
import pypdfium2
from PIL import Image, ImageOps

from appliance.workshop.foreman import Task, Workshop
from appliance.workshop.tesseract import Tesseract
from tests import pictures
from tests.bench import pipeline
from tests.bench.figures import Figure
from tests.bench.process import memory_mb
from tests.support import until

PHOTO = (4000, 3000)  # pixels: twelve million
LARGE_BYTES = 100_000_000
LARGE_MEMORY_MB = 60


def figures(rounds: int) -> Iterator[Figure]:
    """Each task in the child, and beside it the same work done here without any care."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        folder = Path(home)
        with closing(Workshop(folder)) as workshop:
            yield from _photos(workshop, folder, rounds)
            yield from _papers(workshop, folder, rounds)
            yield from _memory(workshop, folder)
        yield from _reading(folder)


def _photos(workshop: Workshop, folder: Path, rounds: int) -> Iterator[Figure]:
    photo = pictures.photo(folder / "12mp.jpg", PHOTO, orientation=6, quality=85)
    size = photo.stat().st_size / 1e6
    child, plain = _beside(
        rounds, lambda: _depict(workshop, photo, folder), lambda: _plainly(photo, folder)
    )
    said = f"{child:.0f} ms (plain Pillow {plain:.0f}): {child / plain:.2f} x"
    what = f"photo of 12 MP, {size:.1f} MB: copy of 2048 and thumbnail"
    yield Figure(what, said, "<= 1.5 x", child <= 1.5 * plain)
    small = pictures.photo(folder / "small.jpg", (1600, 1200))
    spent = _median(rounds, lambda: _depict(workshop, small, folder))
    yield Figure("photo of WhatsApp, 1600 x 1200: bared, and thumbnail", f"{spent:.0f} ms")
    iphone = pictures.heic(folder / "12mp.heic", PHOTO)
    child, plain = _beside(
        rounds, lambda: _depict(workshop, iphone, folder), lambda: _plainly(iphone, folder)
    )
    said = f"{child:.0f} ms (plain Pillow {plain:.0f}): {child / plain:.2f} x"
    yield Figure("HEIC of 12 MP: copy of 2048 and thumbnail", said)
    began = monotonic()
    with closing(Workshop(folder)) as fresh:
        _depict(fresh, small, folder)
    spent = (monotonic() - began) * 1000
    yield Figure("the same small photo, with a child to start and to end", f"{spent:.0f} ms")


def _papers(workshop: Workshop, folder: Path, rounds: int) -> Iterator[Figure]:
    paper = pictures.pdf(folder / "a.pdf", ["Jugement du tribunal " * 60] * 20)
    given = {"preview": str(folder / "p.jpg"), "thumbnail": str(folder / "t.jpg")}
    child, plain = _beside(
        rounds,
        lambda: workshop.do(Task.DEPICT_PAGES, source=str(paper), **given),
        lambda: _first_page(paper, folder),
    )
    said = f"{child:.0f} ms (plain PDFium {plain:.0f}): {child / plain:.2f} x"
    yield Figure("PDF of 20 pages: first page of 1200 px, thumbnail, count", said)
    text = str(folder / "a.txt")
    spent = _median(rounds, lambda: workshop.do(Task.PDF_TEXT, source=str(paper), target=text))
    yield Figure("text of its 20 pages", f"{spent:.0f} ms")
    sheets = [pictures.photo(folder / f"s{n}.jpg", (2048, 1536)) for n in range(10)]
    size = sum(sheet.stat().st_size for sheet in sheets)
    sources, target = [str(sheet) for sheet in sheets], folder / "bound.pdf"
    child, plain = _beside(
        rounds,
        lambda: workshop.do(Task.BIND, sources=sources, target=str(target)),
        lambda: target.write_bytes(img2pdf.convert(sources)),
    )
    made = target.stat().st_size / size
    said = f"{child:.0f} ms (plain img2pdf {plain:.0f}), {made:.3f} x their bytes"
    yield Figure(f"10 photos of 2048, {size / 1e6:.0f} MB, bound into one PDF", said)


def _memory(workshop: Workshop, folder: Path) -> Iterator[Figure]:
    """At its highest: for a usual photo, then for the worst that is let in."""
    workshop.close()
    for what, source in (
        ("of 12 MP", folder / "12mp.jpg"),
        ("of 49 MP with alpha", pictures.bomb(folder / "49mp.png", 7000)),
    ):
        with closing(Workshop(folder)) as fresh:
            _depict(fresh, source, folder)
            peak = memory_mb(fresh.child or 0, is_peak=True)
        yield Figure(
            f"memory of the child, a picture {what}", f"{peak:.0f} MB", "< 600 MB", peak < 600
        )


def _reading(folder: Path) -> Iterator[Figure]:
    machine = Tesseract.found()
    if machine is None:
        yield Figure("a scanned page read by machine", "not measured: no tesseract")
        return
    lines = ["Jugement du tribunal de première instance de Tunis"] * 20
    page = pictures.scan(folder / "page.jpg", lines)
    spent = _median(1, lambda: machine.read(page)) / 1000
    yield Figure(f"a scanned page of 20 lines, {'+'.join(machine.languages)}", f"{spent:.1f} s")


def large() -> Iterator[Figure]:
    """A file of 100 MB, from Meta's delivery to its place in the dossier."""
    with pipeline.world() as seen:
        phone, pid = seen.meta.phone("21620111222", "Amel"), seen.door.process.pid
        phone.sends(pipeline.pdf(), filename="petit.pdf", mime_type="application/pdf")
        seen.wait_for(1, "document_created")
        before = memory_mb(pid)
        base = pipeline.pdf()
        content = base + os.urandom(LARGE_BYTES - len(base))
        began = monotonic()
        phone.sends(content, filename="grand.pdf", mime_type="application/pdf")
        seen.wait_for(2, "document_created")
        spent = monotonic() - began
        until(lambda: memory_mb(pid) > 0)
        more = memory_mb(pid, is_peak=True) - before
    said = f"{spent:.1f} s, {more:.0f} MB more memory at most"
    wanted = f"< {LARGE_MEMORY_MB} MB"
    is_little = more < LARGE_MEMORY_MB
    yield Figure("100 MB fetched, hashed, synced and filed", said, wanted, is_little)


def _depict(workshop: Workshop, source: Path, folder: Path) -> dict[str, Any]:
    return workshop.do(
        Task.DEPICT_PICTURE,
        source=str(source),
        copy=str(folder / "copy.jpg"),
        thumbnail=str(folder / "thumbnail.jpg"),
        max_side=2048,
        quality=85,
    )


def _plainly(source: Path, folder: Path) -> None:
    with Image.open(source) as image:
        image.thumbnail((2048, 2048))
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.save(folder / "plain.jpg", "JPEG", quality=85)
    upright.thumbnail((320, 320))
    upright.save(folder / "plain-small.jpg", "JPEG", quality=80)


def _first_page(paper: Path, folder: Path) -> None:
    document = pypdfium2.PdfDocument(str(paper))
    page = document[0]
    seen = page.render(scale=1200 / page.get_width()).to_pil()
    seen.save(folder / "plain.jpg", "JPEG", quality=85)
    seen.thumbnail((320, 320))
    seen.save(io.BytesIO(), "JPEG")
    document.close()


def _beside(
    rounds: int, one: Callable[[], object], other: Callable[[], object]
) -> tuple[float, float]:
    """The medians of both, in milliseconds, taking turns."""
    one()
    other()
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(2 * rounds + 1):
        for work, times in zip((one, other), spent, strict=True):
            times.append(_once(work))
    return statistics.median(spent[0]), statistics.median(spent[1])


def _median(rounds: int, work: Callable[[], object]) -> float:
    work()
    return statistics.median(_once(work) for _ in range(2 * rounds + 1))


def _once(work: Callable[[], object]) -> float:
    began = monotonic()
    work()
    return (monotonic() - began) * 1000
