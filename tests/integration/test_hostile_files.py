"""What becomes of files that are made to deceive, and of innocent ones: a line each.

`fixtures/hostile_files.csv`: what it is, what its sender says of it, its class and the reason by
our own examination, and the ending that it gets. tests.hostile_files builds them when asked.
"""

import csv
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import PermanentError
from appliance.filing.archives import MAX_ENTRIES
from appliance.filing.keyhole import MOST_INFLATED
from appliance.gateways.clamd import Clamd, Clean, Doubtful, Infected, TooLarge
from appliance.safety.findings import TEXTS
from appliance.safety.inspection import Claim, Seen, inspect
from tests.clamd import PROGRAM, SIGNATURE, STREAM_MAX, Scanner, eicar
from tests.hostile_files import FILES, packed_objects, pdf_with
from tests.support import Hands

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "tests" / "fixtures" / "hostile_files.csv"
LOCKED = {"zip-locked", "pdf-locked"}  # what clamd, too, sees to be locked
INFECTED = {"eicar", "eicar-com", "eicar-in-zip"}


def cases() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def reason(doubt: PermanentError | None) -> str:
    return next((str(name) for name, text in TEXTS.items() if doubt and text == doubt.text), "")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each file, on disk."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, build in FILES.items():
        (folder / name).write_bytes(build())
    return {name: folder / name for name in FILES}


def seen(built: dict[str, Path], case: dict[str, str]) -> Seen:
    return inspect(built[case["id"]], Claim(case["declared"] or None, case["name"] or None))


def test_the_table_names_every_file_and_forty_of_them_are_hostile() -> None:
    table = cases()

    assert {case["id"] for case in table} == set(FILES)
    assert sum(not case["id"].startswith("innocent") for case in table) >= 40
    assert all(case["class"] == "ok" for case in table if case["id"].startswith("innocent"))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_a_file_is_classed_for_this_reason_and_gets_this_ending(
    built: dict[str, Path], case: dict[str, str]
) -> None:
    found = seen(built, case)

    assert reason(found.doubt) == case["reason"]
    assert ("to_check" if found.doubt else "ok") == case["class"]
    assert found.kind.extension == case["extension"]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_looking_at_it_is_little_work_whatever_it_claims_to_be(
    built: dict[str, Path], case: dict[str, str]
) -> None:
    found, size = seen(built, case), built[case["id"]].stat().st_size

    assert found.bytes_read <= 4 * size + 4096
    assert found.bytes_read <= 3_000_000
    assert found.entries <= MAX_ENTRIES
    assert found.inflated <= 64 * 1024


def test_a_bomb_is_small_where_it_lies_and_enormous_only_in_what_it_claims(
    built: dict[str, Path],
) -> None:
    bombs = [path for name, path in built.items() if name.startswith("bomb")]

    assert len(bombs) == 6
    assert max(path.stat().st_size for path in bombs) < 300_000


def test_what_is_packed_in_a_pdf_is_unpacked_up_to_a_limit(tmp_path: Path) -> None:
    bomb = packed_objects(bytes(2_000_000))
    path = tmp_path / "bomb.pdf"
    path.write_bytes(pdf_with(*[bomb] * 200))

    found = inspect(path, Claim("application/pdf", "bomb.pdf"))

    assert found.doubt is None
    assert found.inflated <= MOST_INFLATED


@pytest.mark.parametrize("word", [b"/ObjStm ", b"/#41", b"/Encrypt 1 1 ", b"endobj\nstream\n"])
def test_a_word_that_is_said_a_million_times_is_looked_for_some_hundred_times(
    tmp_path: Path, word: bytes
) -> None:
    path = tmp_path / "said.pdf"
    path.write_bytes(b"%PDF-1.7\n" + word * 1_000_000 + b"startxref\n0\n%%EOF")

    found = inspect(path, Claim("application/pdf", "said.pdf"))

    assert found.entries <= 500
    assert found.bytes_read <= path.stat().st_size + 500_000
    assert found.doubt is None


def test_the_test_file_of_scanners_stands_in_no_file_of_the_repository() -> None:
    text = eicar()
    folders = [ROOT / "appliance", ROOT / "tests"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]

    assert len(files) > 300
    assert [path for path in files if text in path.read_bytes()] == []


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanner]:
    if PROGRAM is None:
        pytest.skip("clamd is not installed")
    made = Scanner(tmp_path_factory.mktemp("clamd"))
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_a_real_scanner_finds_its_signature_and_nothing_else(
    built: dict[str, Path], scanner: Scanner, case: dict[str, str]
) -> None:
    verdict = Clamd(scanner.address, Hands()).scan(built[case["id"]])

    if case["id"] in INFECTED:
        assert verdict == Infected(f"{SIGNATURE}.UNOFFICIAL")
    elif case["id"] in LOCKED:
        assert isinstance(verdict, Doubtful)
        assert verdict.is_locked
    elif case["id"].startswith("innocent"):
        assert verdict == Clean()
    else:  # its own suspicions (overlapping entries, names that are spelt otherwise) are no finding
        assert isinstance(verdict, Clean | Doubtful)


def test_what_is_larger_than_the_scanner_takes_is_not_called_clean(
    scanner: Scanner, tmp_path: Path
) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(STREAM_MAX + 5_000_000))

    assert Clamd(scanner.address, Hands()).scan(path) == TooLarge()


def test_a_scanner_that_answers_says_who_it_is(scanner: Scanner) -> None:
    clamd = Clamd(scanner.address, Hands())

    assert clamd.check().startswith("ClamAV 1.")
    assert clamd.trouble is None


def test_many_files_at_once_are_each_answered_for_themselves(
    built: dict[str, Path], scanner: Scanner
) -> None:
    clamd, answers = Clamd(scanner.address, Hands()), {}

    def ask(name: str) -> None:
        answers[name] = clamd.scan(built[name])

    names = [*INFECTED, "innocent-pdf", "innocent-zip", "innocent-photo"]
    threads = [threading.Thread(target=ask, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {name for name in names if isinstance(answers[name], Infected)} == INFECTED
