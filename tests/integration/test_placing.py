"""A document put in a folder is complete, and replaces nothing."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance import disk
from appliance.errors import PermanentError, TemporaryError
from appliance.filing import placing

NAME = "2026-11-23 Contrat.pdf"


class Desk:
    """Received files, and the folder where they go."""

    def __init__(self, root: Path) -> None:
        self.media = root / "media"
        self.media.mkdir()
        self.folder = root / "Dossiers" / "Mme Ben Youssef" / "2026-0042 - Divorce"

    def received(self, data: bytes) -> tuple[Path, str]:
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.media / sha256
        path.write_bytes(data)
        return path, sha256

    def put(self, data: bytes, name: str = NAME) -> Path:
        source, sha256 = self.received(data)
        return placing.Cabinet().put(source, self.folder, name, sha256)

    def seen(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    point = tmp_path / "Dossiers"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(point)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    yield point
    subprocess.run(["umount", str(point)], check=True)


def test_a_document_is_filed_whole_and_the_original_stays(desk: Desk) -> None:
    data = os.urandom(3_000_000)

    path = desk.put(data)

    assert path == desk.folder / NAME
    assert path.read_bytes() == data
    assert desk.seen() == [NAME]
    assert desk.received(data)[0].exists()
    assert os.access(path, os.W_OK)


def test_an_empty_document_is_filed(desk: Desk) -> None:
    assert desk.put(b"").read_bytes() == b""


def test_the_same_document_again_changes_nothing(desk: Desk) -> None:
    first = desk.put(b"bail")
    before = first.stat()

    assert desk.put(b"bail") == first
    assert desk.seen() == [NAME]
    assert first.stat().st_mtime_ns == before.st_mtime_ns
    assert first.stat().st_ino == before.st_ino


def test_another_document_of_that_name_gets_a_number(desk: Desk) -> None:
    assert desk.put(b"one").name == NAME
    assert desk.put(b"two").name == "2026-11-23 Contrat (2).pdf"
    assert desk.put(b"three").name == "2026-11-23 Contrat (3).pdf"
    assert desk.put(b"two").name == "2026-11-23 Contrat (2).pdf"

    assert (desk.folder / NAME).read_bytes() == b"one"
    assert len(desk.seen()) == 3


@pytest.mark.parametrize("other", ["2026-11-23 CONTRAT.PDF", "2026-11-23 E\u0301te\u0301.pdf"])
def test_a_name_that_a_disk_may_confuse_is_taken(desk: Desk, other: str) -> None:
    name = NAME if "CONTRAT" in other else "2026-11-23 été.pdf"
    desk.folder.mkdir(parents=True)
    (desk.folder / other).write_bytes(b"by hand")

    assert desk.put(b"new", name).name == name.replace(".pdf", " (2).pdf")
    assert desk.put(b"by hand", name) == desk.folder / other
    assert (desk.folder / other).read_bytes() == b"by hand"


def test_a_document_changed_by_a_person_is_not_replaced(desk: Desk) -> None:
    path = desk.put(b"bail")
    path.write_bytes(b"bail, with a note")

    assert desk.put(b"bail").name == "2026-11-23 Contrat (2).pdf"
    assert path.read_bytes() == b"bail, with a note"


def test_a_folder_of_that_name_is_left_alone(desk: Desk) -> None:
    (desk.folder / NAME).mkdir(parents=True)

    assert desk.put(b"bail").name == "2026-11-23 Contrat (2).pdf"


def test_a_damaged_original_is_never_filed(desk: Desk) -> None:
    source, sha256 = desk.received(b"bail")
    source.write_bytes(b"bajl")

    with pytest.raises(PermanentError, match="is damaged"):
        placing.Cabinet().put(source, desk.folder, NAME, sha256)

    assert desk.seen() == []


def test_a_lost_original_is_for_a_person(desk: Desk) -> None:
    with pytest.raises(PermanentError, match="is gone"):
        placing.Cabinet().put(desk.media / "lost", desk.folder, NAME, "0" * 64)


def test_a_crash_before_the_name_leaves_nothing_to_see_and_the_next_try_files(
    desk: Desk,
) -> None:
    desk.folder.mkdir(parents=True)
    (desk.folder / ".greffier-0123456789abcdef.tmp").write_bytes(b"ba")

    assert desk.put(b"bail").read_bytes() == b"bail"
    assert disk.sweep_temporary(desk.folder.parents[1]) == 1
    assert desk.seen() == [NAME]


def test_a_crash_after_the_name_is_recognised(desk: Desk) -> None:
    source, sha256 = desk.received(b"bail")
    desk.folder.mkdir(parents=True)
    temporary, _ = disk.write_temporary(desk.folder, disk.chunks_of(source))
    os.link(temporary, desk.folder / NAME)

    assert placing.Cabinet().put(source, desk.folder, NAME, sha256) == desk.folder / NAME
    assert disk.sweep_temporary(desk.folder) == 1
    assert (desk.folder / NAME).read_bytes() == b"bail"


def at_once(desk: Desk, contents: list[bytes], name: str = NAME) -> list[Path]:
    sources = [desk.received(data) for data in contents]
    start = threading.Barrier(len(contents))

    def put(received: tuple[Path, str]) -> Path:
        start.wait()
        return placing.Cabinet().put(received[0], desk.folder, name, received[1])

    with ThreadPoolExecutor(len(contents)) as pool:
        return list(pool.map(put, sources))


def test_the_same_document_twice_at_once_is_one_file(desk: Desk) -> None:
    for n in range(10):
        name = f"2026-11-23 Photo {n}.jpg"
        assert set(at_once(desk, [b"photo"] * 4, name)) == {desk.folder / name}

    assert len(desk.seen()) == 10


def test_different_documents_of_one_name_at_once_are_all_kept(desk: Desk) -> None:
    contents = [bytes([n]) * 50_000 for n in range(8)]

    paths = at_once(desk, contents)

    assert [path.read_bytes() for path in paths] == contents
    assert desk.seen() == sorted([NAME, *(f"2026-11-23 Contrat ({n}).pdf" for n in range(2, 9))])


def test_a_path_too_long_for_windows_gets_a_shorter_name(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.folder = desk.folder / ("d" * (200 - len(str(desk.folder))))
    name = "2026-11-23 " + "contrat de bail " * 6 + ".pdf"

    first, second = desk.put(b"one", name), desk.put(b"two", name)

    assert first.name.startswith("2026-11-23 contrat de bail")
    assert second.name.endswith(" (2).pdf")
    assert all(len(path.name) <= 40 for path in (first, second))
    assert desk.put(b"one", name) == first


def test_a_file_in_the_place_of_the_folder_is_said(desk: Desk) -> None:
    desk.folder.parent.parent.mkdir()
    desk.folder.parent.touch()

    with pytest.raises(TemporaryError, match=r"2026-0042.*move that file away") as caught:
        desk.put(b"bail")

    assert caught.value.counts


def test_a_full_disk_holds_documents_up_and_loses_none(desk: Desk, small_disk: Path) -> None:
    hog = small_disk / "hog"
    hog.write_bytes(b"x" * 200_000)

    with pytest.raises(TemporaryError, match="is full") as caught:
        desk.put(b"y" * 100_000)
    assert not caught.value.counts
    assert not desk.folder.exists() or desk.seen() == []

    hog.unlink()
    assert desk.put(b"y" * 100_000).stat().st_size == 100_000


FILING = """
import hashlib, sys
from pathlib import Path
from appliance.filing import placing

root = Path(sys.argv[1])
for n in range(10_000):
    data = str(n).encode() * 100_000
    source = root / "media" / str(n)
    source.write_bytes(data)
    placing.Cabinet().put(source, root / "Dossiers", f"{n}.txt", hashlib.sha256(data).hexdigest())
    print(n, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
@pytest.mark.parametrize("filed_before", [1, 7, 20])
def test_killed_at_any_moment_every_document_in_sight_is_complete(
    tmp_path: Path, filed_before: int
) -> None:
    (tmp_path / "media").mkdir()
    command = [sys.executable, "-c", FILING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as filing:
        assert filing.stdout is not None
        for _ in range(filed_before):
            last = int(filing.stdout.readline())
        filing.send_signal(signal.SIGKILL)

    seen = {path.name: path for path in (tmp_path / "Dossiers").glob("*.txt")}
    assert {f"{n}.txt" for n in range(last + 1)} <= set(seen)
    for path in seen.values():
        assert path.read_bytes() == path.stem.encode() * 100_000
    source = tmp_path / "media" / str(last)
    again = placing.Cabinet().put(
        source, tmp_path / "Dossiers", f"{last}.txt", disk.sha256_of(source)
    )
    assert again == tmp_path / "Dossiers" / f"{last}.txt"


def test_workers_who_want_one_name_each_get_their_own(desk: Desk) -> None:
    cabinet = placing.Cabinet()

    def file(data: bytes) -> Path:
        source, sha256 = desk.received(data)
        return cabinet.put(source, desk.folder, NAME, sha256, is_first_try=True)

    contents = [f"photo {n}".encode() for n in range(40)]
    with ThreadPoolExecutor(5) as pool:
        paths = list(pool.map(file, contents))

    assert [path.read_bytes() for path in paths] == contents
    assert len(set(paths)) == 40
    assert len(desk.seen()) == 40


def test_a_file_that_appears_while_names_are_remembered_is_left_alone(desk: Desk) -> None:
    cabinet = placing.Cabinet()
    for data in (b"one", b"two"):
        source, sha256 = desk.received(data)
        path = cabinet.put(source, desk.folder, NAME, sha256, is_first_try=True)
        if data == b"one":
            by_hand = desk.folder / "2026-11-23 Contrat (2).pdf"
            by_hand.write_bytes(b"by hand")

    assert path.name == "2026-11-23 Contrat (3).pdf"
    assert by_hand.read_bytes() == b"by hand"
