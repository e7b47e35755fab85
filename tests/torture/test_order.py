"""The order in which bytes reach the disk, read from the record of what the process really did.

A row may speak of a file only after the file is synced, its name too; Meta hears "200" only after
the rows are synced. What is asserted is the order of system calls, not of our own function calls.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appliance.demo import cast
from tests.torture.machine import Change, why_not
from tests.torture.world import tortured

pytestmark = pytest.mark.skipif(why_not() is not None, reason=f"cannot be hurt: {why_not()}")

CONTENT = cast.pdf("CONTRAT DE BAIL")
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@dataclass(frozen=True)
class Record:
    """Everything that happened, in order; what is asked is answered by its place in it."""

    changes: list[Change]
    wamid: str
    media_id: str

    def first(self, is_it: Callable[[Change], bool], after: int = -1) -> int:
        """The place of the first change that is so. Fails when there is none."""
        for number, change in enumerate(self.changes[after + 1 :], after + 1):
            if is_it(change):
                return number
        raise AssertionError("it never happened")

    def row_written(self, text: bytes) -> int:
        """When this text first went into the store's write-ahead log."""
        return self.first(lambda c: c.name.name == "greffier.db-wal" and text in c.after)

    def synced(self, change: int) -> int:
        """When the file that was changed there was next synced."""
        inode = self.changes[change].inode
        return self.first(lambda c: c.kind == "S" and c.inode == inode, change)

    def named(self, path: Path) -> int:
        """When this name was given to a file."""
        return self.first(lambda c: c.kind in "LR" and c.name == path)

    def folder_synced(self, change: int) -> int:
        """When the folder of the name that was given there was next synced."""
        folder = self.changes[change].name.parent
        return self.first(lambda c: c.kind == "D" and c.name == folder, change)

    def bytes_of(self, folder: Path) -> int:
        """When the last of the document's bytes were written below that folder."""
        own = [
            number
            for number, c in enumerate(self.changes)
            if c.kind == "W" and c.name.is_relative_to(folder) and c.after in CONTENT and c.after
        ]
        assert own, f"no byte of it was written in {folder}"
        return own[-1]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Record, Path]]:
    """One document, from Meta's POST to the dossier, on a computer that keeps a record."""
    with tortured(tmp_path_factory.mktemp("order"), seed=6, records=True) as run:
        wamid = run.meta.phone(cast.BEN_YOUSSEF, "Amel").sends(CONTENT, filename="bail.pdf")
        run.calm()
        ((media_id,),) = run.office.rows("SELECT media_id FROM whatsapp_media_cache")
        yield Record(run.machine.changes(), wamid, media_id), run.office.data


def test_meta_hears_200_after_the_rows_are_synced(record: tuple[Record, Path]) -> None:
    seen, _ = record
    row = seen.row_written(seen.wamid.encode())
    assert row < seen.synced(row) < seen.first(lambda c: c.kind == "A", row)


def test_a_file_is_synced_and_its_name_too_before_a_row_speaks_of_it(
    record: tuple[Record, Path],
) -> None:
    seen, data = record
    shelf = data / "media" / DIGEST[:2] / DIGEST
    written = seen.bytes_of(data / "media")
    named = seen.named(shelf)
    said = seen.row_written((seen.media_id + DIGEST).encode())
    assert written < seen.synced(written) < named < seen.folder_synced(named) < said


def test_a_new_folder_of_the_shelf_is_synced_in_its_parent(record: tuple[Record, Path]) -> None:
    seen, data = record
    made = seen.first(lambda c: c.kind == "M" and c.name == data / "media" / DIGEST[:2])
    assert seen.folder_synced(made) < seen.named(data / "media" / DIGEST[:2] / DIGEST)


def test_a_filed_document_is_synced_and_its_name_too_before_it_counts_as_filed(
    record: tuple[Record, Path],
) -> None:
    seen, data = record
    (filed,) = (path for path in (data / "Dossiers").rglob("*") if path.is_file())
    written = seen.bytes_of(data / "Dossiers")
    named = seen.named(filed)
    path = filed.relative_to(data / "Dossiers").as_posix().encode()
    said = seen.row_written(path)
    assert written < seen.synced(written) < named < seen.folder_synced(named) < said
    assert said < seen.synced(said), "and that it is filed is synced as well"


def test_the_store_itself_is_there_after_a_power_cut_in_its_first_second(
    record: tuple[Record, Path],
) -> None:
    """Its files' names are synced before the first message is acknowledged."""
    seen, data = record
    made = seen.first(lambda c: c.kind == "C" and c.name == data / "greffier.db-wal")
    assert seen.folder_synced(made) < seen.row_written(seen.wamid.encode())
