"""Photos of pages become one PDF in their dossier; the photos stay what and where they are."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from appliance.chores import Kind
from appliance.disk import sha256_of
from appliance.errors import PermanentError, TemporaryError
from appliance.filing.binding import NOT_TOGETHER, TOO_FEW
from appliance.store.models import AuditEntry, Chore, Document, DocumentPart
from tests import pictures
from tests.integration.gallery import Gallery, gallery_in

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    (tmp_path / "data").mkdir()
    with gallery_in(tmp_path / "data") as made:
        yield made


def burst(gallery: Gallery, folder: Path, count: int = 3) -> list[Document]:
    """Photos of as many pages, each a little larger than the last."""
    sources = [pictures.photo(folder / f"{n}.jpg", (800 + n, 600)) for n in range(count)]
    return [gallery.keep(source) for source in sources]


def pages_of(path: Path) -> list[tuple[int, int]]:
    paper = pypdfium2.PdfDocument(str(path))
    sizes = [tuple(round(side) for side in page.get_size()) for page in paper]
    paper.close()
    return sizes


def pdfs(gallery: Gallery) -> list[str]:
    return sorted(p.relative_to(gallery.root).as_posix() for p in gallery.root.rglob("*.pdf"))


def test_photos_become_one_paper_in_the_order_that_was_asked(
    gallery: Gallery, tmp_path: Path
) -> None:
    one, two, three = burst(gallery, tmp_path)

    made = gallery.binder.bind([three.id, one.id, two.id], "Nour")

    path = gallery.root / made.local_path
    assert len(pages_of(path)) == 3
    kept = gallery.media(made.sha256)
    assert kept.stat().st_mode & 0o222 == 0, "kept like what came in: nobody writes to it"
    data = path.read_bytes()
    copies = [gallery.sights.depictor.copy(part) for part in (three, one, two)]
    places = [data.find(copy.read_bytes()) for copy in copies if copy]
    assert places == sorted(places)
    assert -1 not in places
    parts = DocumentPart.select().order_by(DocumentPart.position)
    assert [row.part_id for row in parts] == [three.id, one.id, two.id]


def test_the_paper_is_a_document_of_its_own_and_the_photos_stay(
    gallery: Gallery, tmp_path: Path
) -> None:
    photos = burst(gallery, tmp_path)
    before = {photo.local_path: (gallery.root / photo.local_path).read_bytes() for photo in photos}

    made = gallery.binder.bind([photo.id for photo in photos], "Nour")

    assert made.local_path.startswith("Gharbi/2026-7 - Bail/")
    assert made.local_path.endswith(" Photos.pdf")
    assert (made.status, made.reason, made.filed_by) == ("filed", "bound", "Nour")
    assert made.dossier == gallery.bail
    assert made.sha256 == sha256_of(gallery.root / made.local_path)
    assert gallery.media(made.sha256).read_bytes() == (gallery.root / made.local_path).read_bytes()
    assert made.size == gallery.media(made.sha256).stat().st_size
    for path, content in before.items():
        assert (gallery.root / path).read_bytes() == content
    assert [(row.actor, row.action, row.subject) for row in AuditEntry.select()] == [
        ("Nour", "photos bound", str(made.id))
    ]
    assert Chore.get(Chore.kind == Kind.EXAMINE).subject_id == made.id


def test_asked_twice_it_is_one_paper(gallery: Gallery, tmp_path: Path) -> None:
    ids = [photo.id for photo in burst(gallery, tmp_path)]

    first, second = gallery.binder.bind(ids, "Nour"), gallery.binder.bind(ids, "Salma")
    other = gallery.binder.bind(list(reversed(ids)), "Nour")

    assert first.id == second.id
    assert other.id != first.id
    assert len(pdfs(gallery)) == 2


def test_a_photo_on_its_side_an_iphones_and_a_drawing_are_bound(
    gallery: Gallery, tmp_path: Path
) -> None:
    turned = gallery.keep(pictures.photo(tmp_path / "a.jpg", (3000, 2000), orientation=6))
    iphone = gallery.keep(pictures.heic(tmp_path / "b.heic", (900, 700)))
    drawing = gallery.keep(pictures.bomb(tmp_path / "c.png", 900))  # smaller than any JPEG of it

    made = gallery.binder.bind([turned.id, iphone.id, drawing.id], "Nour")

    sizes = pages_of(gallery.root / made.local_path)
    assert sizes[0] == (595, 842), "upright, as it was taken"
    assert sizes[1] == (842, 595), "the paper lies as the photo does"
    assert len(sizes) == 3


def test_what_cannot_be_bound_is_said(gallery: Gallery, tmp_path: Path) -> None:
    one, two = burst(gallery, tmp_path, 2)
    paper = gallery.keep(pictures.pdf(tmp_path / "a.pdf", ["x"]))
    elsewhere = gallery.keep(pictures.photo(tmp_path / "e.jpg", (500, 400)), "", gallery.succession)
    waits = gallery.keep(pictures.photo(tmp_path / "w.jpg", (501, 400)), is_pending=True)
    whole = pictures.photo(tmp_path / "c.jpg", (502, 400)).read_bytes()
    (tmp_path / "c.jpg").write_bytes(whole[: len(whole) // 2])
    cut = gallery.keep(tmp_path / "c.jpg")

    refused = [
        ([one.id, one.id], TOO_FEW),
        ([one.id, elsewhere.id], NOT_TOGETHER),
        ([one.id, waits.id], NOT_TOGETHER),
        ([one.id, 999], NOT_TOGETHER),
        ([one.id, paper.id], "is no photo"),
        ([one.id, cut.id], "leave it out"),
    ]
    for ids, sentence in refused:
        with pytest.raises(PermanentError, match=sentence):
            gallery.binder.bind(ids, "Nour")
    assert pdfs(gallery) == ["2026-7 - Bail/2026-11-25 a.pdf"]
    assert DocumentPart.select().count() == 0
    assert gallery.binder.bind([one.id, two.id], "Nour")


def test_a_crash_before_the_file_is_in_its_folder_is_made_good_at_start(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with gallery_in(tmp_path / "data") as gallery:
        ids = [photo.id for photo in burst(gallery, tmp_path)]
        client = gallery.root / "Gharbi"
        client.write_bytes(b"a file where a folder is needed")
        with pytest.raises(TemporaryError):
            gallery.binder.bind(ids, "Nour")
        (row,) = Document.select().where(Document.reason == "bound")
        assert row.stored_at is None
        client.unlink()

    with gallery_in(tmp_path / "data") as gallery:
        assert gallery.binder.sweep() == 1
        assert gallery.binder.sweep() == 0

        (row,) = Document.select().where(Document.reason == "bound")
        path = gallery.root / row.local_path
        assert hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256
        assert gallery.binder.bind(ids, "Nour").id == row.id
        assert not list(gallery.folder.rglob("*.tmp"))


BINDS = """
import sys
from pathlib import Path
from tests.integration.gallery import gallery_in
with gallery_in(Path(sys.argv[1])) as gallery:
    print("begun", flush=True)
    gallery.binder.sweep()
    gallery.binder.bind([int(one) for one in sys.argv[2:]], "Nour")
"""


@pytest.mark.parametrize("wait_ms", [0, 20, 60, 100, 140, 200, 300])
def test_killed_at_any_moment_it_is_one_paper_in_the_end(tmp_path: Path, wait_ms: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with gallery_in(folder) as gallery:
        ids = [photo.id for photo in burst(gallery, tmp_path)]
    order = [sys.executable, "-c", BINDS, str(folder), *map(str, ids)]
    with subprocess.Popen(order, stdout=subprocess.PIPE, cwd=ROOT) as appliance:
        assert appliance.stdout is not None
        appliance.stdout.readline()
        threading.Event().wait(wait_ms / 1000)
        appliance.kill()

    with gallery_in(folder) as gallery:
        gallery.binder.sweep()
        made = gallery.binder.bind(ids, "Nour")

        assert pdfs(gallery) == [made.local_path]
        assert sha256_of(gallery.root / made.local_path) == made.sha256
        assert Document.select().where(Document.reason == "bound").count() == 1
        assert [row.part_id for row in DocumentPart.select().order_by(DocumentPart.position)] == ids


def test_photos_that_went_elsewhere_are_still_the_same_paper(
    gallery: Gallery, tmp_path: Path
) -> None:
    ids = [photo.id for photo in burst(gallery, tmp_path)]
    first = gallery.binder.bind(ids, "Nour")
    moved = Document.update(dossier=gallery.succession).where(Document.id.in_(ids))
    gallery.store.write(moved.execute)

    second = gallery.binder.bind(ids, "Nour")

    assert second.id == first.id
    assert second.dossier == gallery.bail, "where a person may have put it"
