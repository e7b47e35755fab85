"""Strangers' files are decoded in a child: whatever they do to it, the appliance goes on."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from appliance.errors import TemporaryError
from appliance.workshop.bounds import THUMBNAIL_SIDE
from appliance.workshop.faults import Flaw, UndecodableError
from appliance.workshop.foreman import COMMAND, Task, Workshop
from tests import pictures
from tests.support import until

RED, GREEN, WHITE = (255, 0, 0), (0, 128, 0), (255, 255, 255)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    with closing(Workshop(tmp_path)) as made:
        yield made


class Depicted:
    """What the child made of a picture."""

    def __init__(self, workshop: Workshop, source: Path, **given: Any) -> None:
        self.copy_path = source.with_name("copy.jpg")
        self.thumbnail_path = source.with_name("thumbnail.jpg")
        settings = {"max_side": 2048, "quality": 85, **given}
        self.facts = workshop.do(
            Task.DEPICT_PICTURE,
            source=str(source),
            copy=str(self.copy_path),
            thumbnail=str(self.thumbnail_path),
            **settings,
        )

    @property
    def copy(self) -> Image.Image:
        return opened(self.copy_path)


def opened(path: Path) -> Image.Image:
    """The whole picture, its file closed."""
    with Image.open(path) as image:
        found = image.copy()
    found.info = image.info
    return found


def is_like(found: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 30 for one, other in zip(found, wanted, strict=True))


def flaw_of(workshop: Workshop, source: Path, task: Task = Task.DEPICT_PICTURE) -> Flaw:
    """What is wrong with this file, by the word of the child."""
    target = str(source.with_name("out.jpg"))
    given: dict[str, Any] = {"source": str(source), "thumbnail": target}
    if task is Task.DEPICT_PICTURE:
        given |= {"copy": target, "max_side": 2048, "quality": 85}
    else:
        given["preview"] = target
    with pytest.raises(UndecodableError) as caught:
        workshop.do(task, **given)
    return caught.value.flaw


# What a picture becomes.


def test_a_large_photo_gets_a_smaller_upright_copy(workshop: Workshop, tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg", (4000, 3000), orientation=6)

    made = Depicted(workshop, source)

    assert made.facts == {
        "format": "JPEG",
        "pages": 1,
        "has_copy": True,
        "width": 3000,
        "height": 4000,
    }
    assert made.copy.size == (1536, 2048)
    assert is_like(made.copy.getpixel((1530, 5)), RED), "the phone's top left is top right now"
    assert made.copy_path.stat().st_size < source.stat().st_size
    assert max(opened(made.thumbnail_path).size) == THUMBNAIL_SIDE


@pytest.mark.parametrize("size", [(4000, 3000), (1600, 1200)])
def test_a_copy_keeps_the_colours_and_tells_nothing_else(
    workshop: Workshop, tmp_path: Path, size: tuple[int, int]
) -> None:
    source = pictures.photo(tmp_path / "a.jpg", size)
    before = source.read_bytes()

    made = Depicted(workshop, source)

    for path in (made.copy_path, made.thumbnail_path):
        found = path.read_bytes()
        assert opened(path).info.get("icc_profile") == pictures.srgb()
        assert not opened(path).getexif()
        assert b"Spyphone" not in found
        assert b"secret" not in found
    assert b"Spyphone" in before
    assert b"secret place" in before
    assert source.read_bytes() == before


def test_a_small_upright_jpeg_is_not_made_anew(workshop: Workshop, tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg", (1600, 1200))

    made = Depicted(workshop, source)

    assert made.copy.tobytes() == opened(source).tobytes()
    assert made.copy_path.stat().st_size < source.stat().st_size


def test_what_follows_the_picture_is_not_in_its_copy(workshop: Workshop, tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg", (800, 600))
    source.write_bytes(source.read_bytes() + b"PK\x03\x04 an archive in a photo")

    made = Depicted(workshop, source)

    assert made.copy_path.read_bytes().endswith(b"\xff\xd9")


def test_what_is_transparent_is_white(workshop: Workshop, tmp_path: Path) -> None:
    image = pictures.noise(900, 900).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 100, 100))
    image.save(tmp_path / "a.png")

    assert is_like(Depicted(workshop, tmp_path / "a.png").copy.getpixel((20, 20)), WHITE)


def test_a_palette_with_a_hole_is_white_there(workshop: Workshop, tmp_path: Path) -> None:
    image = pictures.noise(600, 600).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    image.paste(3, (0, 0, 100, 100))
    image.save(tmp_path / "a.png", transparency=3)

    assert is_like(Depicted(workshop, tmp_path / "a.png").copy.getpixel((20, 20)), WHITE)


def test_inks_become_colours(workshop: Workshop, tmp_path: Path) -> None:
    pictures.noise(3000, 800).convert("CMYK").save(tmp_path / "a.jpg", quality=95)

    assert Depicted(workshop, tmp_path / "a.jpg").copy.mode == "RGB"


def test_sixteen_bits_of_grey_are_seen(workshop: Workshop, tmp_path: Path) -> None:
    Image.new("I;16", (500, 500), 32768).save(tmp_path / "a.png")

    Depicted(workshop, tmp_path / "a.png")

    (grey,) = set(opened(tmp_path / "thumbnail.jpg").tobytes())
    assert 120 < grey < 136


def test_a_picture_of_an_iphone_is_read(workshop: Workshop, tmp_path: Path) -> None:
    made = Depicted(workshop, pictures.heic(tmp_path / "a.heic", (2600, 1950)))

    assert made.facts["format"] == "HEIF"
    assert made.facts["has_copy"] or made.facts["width"] == 2600
    assert max(opened(made.thumbnail_path).size) == THUMBNAIL_SIDE


def test_what_moves_has_a_first_picture_and_no_copy(workshop: Workshop, tmp_path: Path) -> None:
    frames = [Image.new("P", (400, 300), colour) for colour in (1, 2, 3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])

    made = Depicted(workshop, tmp_path / "a.gif")

    assert made.facts["has_copy"] is False
    assert not made.copy_path.exists()
    assert made.thumbnail_path.exists()


def test_a_tiff_of_three_pages_has_no_copy_but_pages(workshop: Workshop, tmp_path: Path) -> None:
    sheets = [Image.new("RGB", (500, 700), colour) for colour in ("red", "green", "blue")]
    sheets[0].save(tmp_path / "a.tif", save_all=True, append_images=sheets[1:])

    made = Depicted(workshop, tmp_path / "a.tif")
    given = {"source": str(tmp_path / "a.tif"), "target": str(tmp_path / "2.jpg")}
    workshop.do(Task.FRAME, **given, number=2, max_side=2048, is_gray=False)

    assert (made.facts["pages"], made.facts["has_copy"]) == (3, False)
    assert is_like(opened(tmp_path / "2.jpg").getpixel((9, 9)), GREEN)


def test_a_photo_with_a_second_picture_inside_is_one_photo(
    workshop: Workshop, tmp_path: Path
) -> None:
    main, depth = pictures.noise(2600, 1950), Image.new("RGB", (200, 150))
    main.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[depth], quality=92)

    made = Depicted(workshop, tmp_path / "a.jpg")

    assert made.facts["has_copy"] is True
    assert made.copy.size == (2048, 1536)


def test_a_copy_is_never_larger_than_the_original(workshop: Workshop, tmp_path: Path) -> None:
    drawing = Image.new("1", (2000, 2000), 1)
    drawing.paste(0, (500, 500, 1500, 900))
    drawing.save(tmp_path / "a.png", optimize=True)

    made = Depicted(workshop, tmp_path / "a.png")

    assert made.facts["has_copy"] is False
    assert not made.copy_path.exists()


def test_as_large_as_it_came_if_so_wanted(workshop: Workshop, tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg", (3000, 2000), orientation=3, quality=98)

    assert Depicted(workshop, source, max_side=0, quality=95).copy.size == (3000, 2000)


def test_a_senseless_profile_does_no_harm(workshop: Workshop, tmp_path: Path) -> None:
    inks = pictures.noise(900, 700).convert("CMYK")
    inks.save(tmp_path / "a.jpg", icc_profile=b"x" * 4000)

    assert Depicted(workshop, tmp_path / "a.jpg").facts["width"] == 900


# What is wrong with a file.


@pytest.mark.parametrize(("kind", "cut"), [("JPEG", 0.5), ("PNG", 0.5), ("JPEG", 0.98)])
def test_a_picture_that_lost_its_end_is_incomplete(
    workshop: Workshop, tmp_path: Path, kind: str, cut: float
) -> None:
    path = tmp_path / "a.bin"
    pictures.noise(1200, 900).save(path, kind)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * cut)])

    assert flaw_of(workshop, path) is Flaw.INCOMPLETE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff\xe0 not a picture",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + b"\xff" * 300,
    ],
)
def test_what_is_no_picture_of_ours_is_not_opened(
    workshop: Workshop, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "a.jpg").write_bytes(content)

    assert flaw_of(workshop, tmp_path / "a.jpg") in {Flaw.UNREADABLE, Flaw.INCOMPLETE}


@pytest.mark.parametrize("side", [8000, 20_000])
def test_a_bomb_of_pixels_is_refused_at_its_first_bytes(
    workshop: Workshop, tmp_path: Path, side: int
) -> None:
    source = pictures.bomb(tmp_path / "a.png", side)
    assert source.stat().st_size < 2_000_000

    assert flaw_of(workshop, source) is Flaw.TOO_LARGE


def test_a_bomb_just_below_the_limit_is_shown_in_little_memory(
    workshop: Workshop, tmp_path: Path
) -> None:
    made = Depicted(workshop, pictures.bomb(tmp_path / "a.png", 7000))

    assert made.facts["width"] == 7000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_file_that_eats_memory_kills_only_its_child(workshop: Workshop, tmp_path: Path) -> None:
    image = pictures.noise(6900, 6900)
    image.save(tmp_path / "a.webp", quality=1, method=0)  # needs it several times over

    assert flaw_of(workshop, tmp_path / "a.webp") is Flaw.TOO_LARGE
    assert Depicted(workshop, pictures.photo(tmp_path / "b.jpg")).facts["has_copy"]


def test_a_paper_with_a_password_is_locked(workshop: Workshop, tmp_path: Path) -> None:
    source = pictures.pdf(tmp_path / "a.pdf", ["secret"], password="1234")

    assert flaw_of(workshop, source, Task.DEPICT_PAGES) is Flaw.LOCKED


def test_a_damaged_paper_is_unreadable(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(5000))

    assert flaw_of(workshop, tmp_path / "a.pdf", Task.DEPICT_PAGES) is Flaw.UNREADABLE


def test_a_paper_that_never_ends_is_given_up(tmp_path: Path) -> None:
    source = pictures.endless_pdf(tmp_path / "a.pdf")
    with closing(Workshop(tmp_path, seconds=2)) as workshop:
        assert flaw_of(workshop, source, Task.DEPICT_PAGES) in {Flaw.TOO_SLOW, Flaw.STOPPED}
        assert Depicted(workshop, pictures.photo(tmp_path / "b.jpg")).facts["has_copy"]


# The child itself.


def test_the_child_stays_for_the_next_file(workshop: Workshop, tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg")
    Depicted(workshop, source)
    first = workshop.child
    Depicted(workshop, source)

    assert first is not None
    assert workshop.child == first


def test_an_idle_child_is_ended(tmp_path: Path) -> None:
    with closing(Workshop(tmp_path, idle=0.05)) as workshop:
        Depicted(workshop, pictures.photo(tmp_path / "a.jpg"))
        until(lambda: workshop.child is None)
        assert Depicted(workshop, tmp_path / "a.jpg").facts["has_copy"]


def test_after_a_fault_there_is_another_child(workshop: Workshop, tmp_path: Path) -> None:
    Depicted(workshop, pictures.photo(tmp_path / "a.jpg"))
    first = workshop.child
    (tmp_path / "b.jpg").write_bytes(b"no")
    flaw_of(workshop, tmp_path / "b.jpg")
    Depicted(workshop, tmp_path / "a.jpg")

    assert workshop.child not in {None, first}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_child_that_hangs_is_killed_and_the_file_decoded_by_another(tmp_path: Path) -> None:
    with closing(Workshop(tmp_path, seconds=2)) as workshop:
        Depicted(workshop, pictures.photo(tmp_path / "a.jpg"))
        hung = workshop.child
        assert hung is not None
        os.kill(hung, signal.SIGSTOP)

        assert Depicted(workshop, tmp_path / "a.jpg").facts["has_copy"]
        assert workshop.child != hung
        with pytest.raises(ProcessLookupError):
            os.kill(hung, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_child_that_is_killed_costs_one_more_try(workshop: Workshop, tmp_path: Path) -> None:
    Depicted(workshop, pictures.photo(tmp_path / "a.jpg"))
    child = workshop.child
    assert child is not None
    os.kill(child, signal.SIGSTOP)
    done: list[Depicted] = []
    work = threading.Thread(target=lambda: done.append(Depicted(workshop, tmp_path / "a.jpg")))
    work.start()
    until(workshop._turn.locked)
    os.kill(child, signal.SIGKILL)
    work.join(20)

    assert done[0].facts["has_copy"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_file_under_which_the_child_dies_twice_is_doubted(
    workshop: Workshop, tmp_path: Path
) -> None:
    source = pictures.endless_pdf(tmp_path / "a.pdf")
    killed: set[int] = set()
    over = threading.Event()

    def kill() -> None:
        while not over.is_set():
            child = workshop.child
            if child is not None and child not in killed:
                killed.add(child)
                os.kill(child, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        assert flaw_of(workshop, source, Task.DEPICT_PAGES) is Flaw.STOPPED
    finally:
        over.set()
        killer.join()
    assert len(killed) == 2


def test_many_threads_get_each_their_own_answer(workshop: Workshop, tmp_path: Path) -> None:
    found: dict[int, int] = {}

    def work(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        source = pictures.photo(folder / "a.jpg", (300 + number, 200))
        found[number] = Depicted(workshop, source).facts["width"]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert found == {number: 300 + number for number in range(8)}


def test_a_page_that_cannot_wait_hears_that_all_are_busy(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)
    with workshop._turn, pytest.raises(TemporaryError, match="busy"):
        workshop.do(Task.FRAME, patience=0.01)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux's /proc")
def test_the_child_inherits_no_secret_and_may_use_so_much_memory(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREFFIER_WHATSAPP_ACCESS_TOKEN", "EAAG-secret")
    Depicted(workshop, pictures.photo(tmp_path / "a.jpg"))

    environ = Path(f"/proc/{workshop.child}/environ").read_text()
    limits = Path(f"/proc/{workshop.child}/limits").read_text()

    assert "EAAG" not in environ
    assert "GREFFIER" not in environ
    assert f"{600 * 1024 * 1024}" in next(x for x in limits.splitlines() if "address space" in x)


def test_when_the_appliance_stops_the_child_does_too(tmp_path: Path) -> None:
    source = pictures.endless_pdf(tmp_path / "a.pdf")
    workshop = Workshop(tmp_path)
    said: list[BaseException] = []

    def work() -> None:
        try:
            workshop.do(Task.PAGE, source=str(source), target="x", number=1, for_reading=False)
        except TemporaryError as error:
            said.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: workshop.child is not None)
    workshop.close()
    thread.join(10)

    assert not thread.is_alive()
    assert "stopping" in str(said[0])
    assert workshop.child is None


ORPHAN = """
import sys, threading
from pathlib import Path
from appliance.workshop.foreman import Task, Workshop
workshop = Workshop(Path(sys.argv[1]))
given = {"source": sys.argv[2], "copy": None, "thumbnail": sys.argv[3]}
workshop.do(Task.DEPICT_PICTURE, **given, max_side=0, quality=85)
print(workshop.child, flush=True)
threading.Event().wait()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_when_the_appliance_is_killed_the_child_ends(tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg")
    order = [sys.executable, "-c", ORPHAN, str(tmp_path), str(source), str(tmp_path / "t.jpg")]
    with subprocess.Popen(order, stdout=subprocess.PIPE) as appliance:
        assert appliance.stdout is not None
        child = int(appliance.stdout.readline())
        os.kill(child, 0)
        appliance.kill()

    def is_gone() -> bool:
        status = Path(f"/proc/{child}/status")
        return not status.exists() or "zombie" in status.read_text()

    until(is_gone)


def test_one_program_can_be_its_own_child(tmp_path: Path) -> None:
    source = pictures.photo(tmp_path / "a.jpg")
    given = {"source": str(source), "copy": None, "thumbnail": str(tmp_path / "t.jpg")}
    asked = {"task": "depict_picture", "seconds": 20, "given": given}
    given |= {"max_side": 0, "quality": 85}

    done = subprocess.run(
        [sys.executable, "-m", "appliance", COMMAND],
        input=json.dumps(asked).encode() + b"\n",
        capture_output=True,
        check=True,
        timeout=30,
    )

    assert json.loads(done.stdout)["came"]["width"] == 1600


# Papers bound of photos.


def test_bound_photos_stand_in_the_paper_as_they_are(workshop: Workshop, tmp_path: Path) -> None:
    photos = [pictures.photo(tmp_path / f"{n}.jpg", (800 + n, 600)) for n in range(3)]
    for name in ("one.pdf", "two.pdf"):
        workshop.do(Task.BIND, sources=[str(p) for p in photos], target=str(tmp_path / name))

    made = (tmp_path / "one.pdf").read_bytes()
    assert made == (tmp_path / "two.pdf").read_bytes(), "the same photos make the same bytes"
    assert [made.find(photo.read_bytes()) for photo in photos] == sorted(
        made.find(photo.read_bytes()) for photo in photos
    )
    assert all(photo.read_bytes() in made for photo in photos)
    assert len(made) < sum(photo.stat().st_size for photo in photos) + 10_000
