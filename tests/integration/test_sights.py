"""What people see of a document, made from the original and never instead of it."""

import io
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from appliance.chores import Kind
from appliance.errors import PermanentError, TemporaryError
from appliance.sights.cache import LOST, MediaCache, Places
from appliance.sights.depicting import NO_PAGE
from appliance.sights.fitting import Sights
from appliance.sights.shelf import SightShelf
from appliance.store.models import Document, Sight
from appliance.workshop.faults import SENTENCES, Flaw
from tests import pictures
from tests.integration.gallery import Gallery, gallery_in
from tests.support import Hands, until


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with gallery_in(tmp_path / "data") as made:
        yield made


@pytest.fixture(autouse=True)
def data(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()


def size_of(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as image:
        return image.size


# The chore.


def test_a_photo_is_depicted_and_its_original_untouched(gallery: Gallery, tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg", (4000, 3000), orientation=6)
    document = gallery.keep(source)

    gallery.depict(document)

    assert gallery.sight_files(document) == {"copy-2048-85.jpg", "thumbnail.jpg"}
    sight = Sight.get()
    assert (sight.width, sight.height, sight.pages, sight.has_copy) == (3000, 4000, 1, True)
    assert gallery.media(document.sha256).read_bytes() == source.read_bytes()
    assert (gallery.root / document.local_path).read_bytes() == source.read_bytes()
    gallery.done(Kind.READ, document)


def test_a_paper_has_a_first_page_and_a_count(gallery: Gallery, tmp_path: Path) -> None:
    document = gallery.keep(pictures.pdf(tmp_path / "a.pdf", ["one", "two", "three"]))

    gallery.depict(document)

    assert gallery.sight_files(document) == {"page-1.jpg", "thumbnail.jpg"}
    assert Sight.get().pages == 3
    assert size_of(gallery.sights.depictor.page(document, 1).read_bytes())[0] == 1200


def test_other_pages_are_drawn_when_somebody_turns_to_them(
    gallery: Gallery, tmp_path: Path
) -> None:
    document = gallery.keep(pictures.pdf(tmp_path / "a.pdf", ["one", "two", "three"]))
    depictor = gallery.sights.depictor

    assert depictor.page(document, 3).name == "page-3.jpg"
    for number in (0, 4):
        with pytest.raises(PermanentError, match=NO_PAGE):
            depictor.page(document, number)


@pytest.mark.parametrize(
    ("flaw", "name"),
    [(Flaw.INCOMPLETE, "cut.jpg"), (Flaw.LOCKED, "locked.pdf"), (Flaw.TOO_LARGE, "bomb.png")],
)
def test_what_cannot_be_shown_is_doubted_in_a_sentence_and_kept(
    gallery: Gallery, tmp_path: Path, flaw: Flaw, name: str
) -> None:
    source = tmp_path / name
    match flaw:
        case Flaw.INCOMPLETE:
            whole = pictures.photo(source).read_bytes()
            source.write_bytes(whole[: len(whole) // 2])
        case Flaw.LOCKED:
            pictures.pdf(source, ["x"], password="1234")
        case _:
            pictures.bomb(source, 8000)
    document = gallery.keep(source)

    gallery.depict(document)

    assert gallery.doubts == [f"{document.id}: {SENTENCES[flaw]}"]
    assert Sight.get().error == SENTENCES[flaw]
    assert gallery.sight_files(document) == set()
    assert gallery.media(document.sha256).read_bytes() == source.read_bytes()
    assert gallery.sights.depictor.copy(document) is None
    assert gallery.sights.depictor.thumbnail(document) is None


def test_nothing_is_made_of_what_is_in_quarantine(gallery: Gallery, tmp_path: Path) -> None:
    document = gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    gallery.withheld.add(document.id)

    gallery.depict(document)
    gallery.post(Kind.READ, document)
    gallery.done(Kind.READ, document)

    assert gallery.sight_files(document) == set()
    assert Sight.select().count() == 0


def test_a_voice_message_has_no_picture_and_no_fault(gallery: Gallery, tmp_path: Path) -> None:
    (tmp_path / "a.ogg").write_bytes(b"OggS" + bytes(100))
    document = gallery.keep(tmp_path / "a.ogg")

    gallery.depict(document)

    assert gallery.sights.depictor.thumbnail(document) is None
    assert gallery.doubts == []


def test_deleting_every_picture_loses_nothing(gallery: Gallery, tmp_path: Path) -> None:
    photo = gallery.keep(pictures.photo(tmp_path / "a.jpg", (3000, 2000)))
    paper = gallery.keep(pictures.pdf(tmp_path / "a.pdf", ["one", "two"]))
    depictor = gallery.sights.depictor
    before = [depictor.copy(photo), depictor.thumbnail(photo), depictor.page(paper, 2)]
    contents = [path.read_bytes() for path in before if path]
    shutil.rmtree(gallery.folder / "sights")
    gallery.sights.sweep()

    after = [depictor.copy(photo), depictor.thumbnail(photo), depictor.page(paper, 2)]

    assert [path.read_bytes() for path in after if path] == contents
    assert len(contents) == 3


def test_done_again_it_is_the_same(gallery: Gallery, tmp_path: Path) -> None:
    document = gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    gallery.depict(document)
    before = gallery.sight_files(document)
    gallery.depict(document)
    gallery.depict(document)

    assert gallery.sight_files(document) == before
    assert Sight.select().count() == 1


def test_what_a_crash_left_half_made_is_gone_after_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with gallery_in(folder) as gallery:
        document = gallery.keep(pictures.photo(tmp_path / "a.jpg"))
        half = gallery.folder / "sights" / document.sha256[:2] / document.sha256
        half.mkdir(parents=True)
        (half / ".greffier-0123456789abcdef.tmp").write_bytes(b"half")

    with gallery_in(folder) as gallery:
        assert gallery.sight_files(document) == set()


def test_other_settings_make_other_copies(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    source = pictures.photo(tmp_path / "a.jpg", (3000, 2000), quality=97)
    with gallery_in(folder) as gallery:
        document = gallery.keep(source)
        first = gallery.sights.depictor.copy(document)
    with gallery_in(folder, {"GREFFIER_DOCUMENTS_MAX_SIDE": "1000"}) as gallery:
        second = gallery.sights.depictor.copy(document)
    with gallery_in(folder, {"GREFFIER_DOCUMENTS_COMPRESS": "no"}) as gallery:
        third = gallery.sights.depictor.copy(document)

    assert [size_of(path.read_bytes())[0] for path in (first, second, third) if path] == [
        2048,
        1000,
        3000,
    ]


def test_a_folder_that_cannot_be_written_is_said_and_tried_again(
    gallery: Gallery, tmp_path: Path
) -> None:
    document = gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    folder = gallery.folder / "sights" / document.sha256[:2]
    folder.parent.mkdir(exist_ok=True)
    folder.write_bytes(b"a file where a folder should be")

    with pytest.raises(TemporaryError, match="cannot be written"):
        gallery.sights.depictor.thumbnail(document)
    folder.unlink()

    assert gallery.sights.depictor.thumbnail(document)


def test_what_was_destroyed_leaves_no_picture(gallery: Gallery, tmp_path: Path) -> None:
    document = gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    path = gallery.sights.depictor.thumbnail(document)
    assert path
    gallery.sights.cache.picture(path)

    gallery.sights.depictor.forget(document.sha256)

    assert gallery.sight_files(document) == set()
    assert gallery.sights.cache.counts()["bytes_in_memory"] == 0
    assert Sight.select().count() == 0


# The media cache.


def cache_of(gallery: Gallery, clock: Hands, limit: int, fetch: object = None) -> MediaCache:
    places = Places(gallery.folder / "media", gallery.root)
    shelf = SightShelf(gallery.folder / "sights")
    return MediaCache(limit, clock, places, shelf, fetch)  # type: ignore[arg-type]


def test_memory_then_disk_then_drive_and_each_is_counted(gallery: Gallery, tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg")
    document = gallery.keep(source)
    gallery.store.write(Document.update(drive_id="1AbC").where(Document.id == document.id).execute)
    document = Document.get_by_id(document.id)
    fetched: list[str] = []

    def fetch(drive_id: str) -> Iterator[bytes]:
        fetched.append(drive_id)
        yield source.read_bytes()

    clock = Hands()
    cache = cache_of(gallery, clock, 100_000_000, fetch)
    cache.original(document)
    cache.original(document)
    gallery.media(document.sha256).unlink()
    clock.pass_(timedelta(minutes=31))
    assert cache.original(document) == source.read_bytes(), "the filed one has the same bytes"
    (gallery.root / document.local_path).write_bytes(b"somebody wrote over it")
    clock.pass_(timedelta(minutes=31))
    assert cache.original(document) == source.read_bytes(), "Drive has it still"
    clock.pass_(timedelta(minutes=31))
    assert cache.original(document) == source.read_bytes(), "and now the disk again"

    counts = cache.counts()
    assert fetched == ["1AbC"]
    assert (counts["memory"], counts["disk"], counts["drive"], counts["missed"]) == (1, 3, 1, 0)


def test_what_is_nowhere_is_said(gallery: Gallery, tmp_path: Path) -> None:
    document = gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    gallery.media(document.sha256).unlink()
    (gallery.root / document.local_path).unlink()
    cache = cache_of(gallery, Hands(), 1_000_000)

    with pytest.raises(PermanentError, match=LOST[:20]):
        cache.original(document)
    assert cache.counts()["missed"] == 1


def test_other_bytes_from_drive_are_not_taken_for_the_original(
    gallery: Gallery, tmp_path: Path
) -> None:
    document = gallery.keep(pictures.photo(tmp_path / "a.jpg"))
    gallery.media(document.sha256).unlink()
    (gallery.root / document.local_path).unlink()
    document.drive_id = "1AbC"
    cache = cache_of(gallery, Hands(), 1_000_000, lambda _: [b"edited on Drive"])

    with pytest.raises(PermanentError):
        cache.original(document)
    assert gallery.sight_files(document) == set()


def test_memory_never_holds_more_than_it_may_and_the_oldest_goes(
    gallery: Gallery, tmp_path: Path
) -> None:
    cache = cache_of(gallery, Hands(), 80_000)
    paths = [tmp_path / f"{number}.jpg" for number in range(12)]
    for path in paths:
        path.write_bytes(bytes(10_000))
        cache.picture(path)
        cache.picture(paths[0])  # looked at again and again: it stays

    assert cache.counts()["bytes_in_memory"] == 80_000
    before = cache.counts()["memory"]
    cache.picture(paths[0])
    assert cache.counts()["memory"] == before + 1
    cache.picture(paths[1])
    assert cache.counts()["memory"] == before + 1, "long gone"


def test_a_large_file_is_not_taken_into_memory(gallery: Gallery, tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg")
    document = gallery.keep(source)
    cache = cache_of(gallery, Hands(), source.stat().st_size)

    assert cache.original(document) == gallery.media(document.sha256)
    assert cache.counts()["bytes_in_memory"] == 0


def test_many_threads_look_at_once(gallery: Gallery, tmp_path: Path) -> None:
    documents = [
        gallery.keep(pictures.photo(tmp_path / f"{n}.jpg", (400 + n, 300))) for n in range(6)
    ]
    seen: list[tuple[int, int]] = []

    def look(document: Document) -> None:
        path = gallery.sights.depictor.copy(document)
        if path is not None:
            seen.append(size_of(gallery.sights.cache.picture(path)))

    threads = [threading.Thread(target=look, args=(one,)) for one in documents * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(seen) == sorted([(400 + n, 300) for n in range(6)] * 3)


def test_the_child_is_gone_when_the_appliance_is(tmp_path: Path) -> None:
    with gallery_in(tmp_path / "data") as gallery:
        gallery.depict(gallery.keep(pictures.photo(tmp_path / "a.jpg")))
        sights: Sights = gallery.sights
        assert sights.workshop.child is not None
    until(lambda: sights.workshop.child is None)
