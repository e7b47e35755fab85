"""A document that waited gets its dossier: its file is never nowhere, and ends in one place."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.disk import sha256_of
from appliance.errors import TemporaryError
from appliance.filing.moving import Mover
from appliance.filing.placing import Cabinet
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.store import models
from appliance.store.database import Store
from tests.support import Hands

FIRM = "client;phone;dossier;title\nGharbi;+21620000002;2026-7;Bail\nGharbi;;2026-8;Succession\n"
OLD = "_A rattacher/+21620000002/2026-11-23 Photo.jpg"


class Desk:
    """One pending document of a client with two dossiers, on disk."""

    def __init__(self, tmp_path: Path, store: Store) -> None:
        self.store, self.clock = store, Hands()
        Register(store, self.clock).import_file(parse(FIRM.encode(), "TN"))
        self.root = tmp_path / "Dossiers"
        self.source = tmp_path / "original"
        self.source.write_bytes(b"a photo")
        self.old = self.root / OLD
        self.old.parent.mkdir(parents=True)
        self.old.write_bytes(b"a photo")
        self.bail, self.succession = models.Dossier.select().order_by(models.Dossier.id)
        self.document = store.write(self._document)
        self.mover = Mover(store, self.clock, self.root, Cabinet())

    def _document(self) -> models.Document:
        made: models.Document = models.Document.create(
            owner_key="client:1",
            sha256=sha256_of(self.source),
            client=self.bail.client,
            sender="+21620000002",
            name="2026-11-23 Photo.jpg",
            mime_type="image/jpeg",
            size=7,
            reason="several_dossiers",
            local_path=OLD,
            received_at=self.clock.now(),
            stored_at=self.clock.now(),
        )
        return made

    def move(self, dossier: models.Dossier | None = None) -> bool:
        document = models.Document.get_by_id(self.document.id)
        wanted = dossier or self.bail
        return self.mover.file_under(document, wanted, self.source, "Nour", "chosen_by_client")

    @property
    def row(self) -> models.Document:
        found: models.Document = models.Document.get_by_id(self.document.id)
        return found

    @property
    def files(self) -> list[str]:
        return sorted(p.relative_to(self.root).as_posix() for p in self.root.rglob("*.jpg"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield Desk(tmp_path, store)


NEW = "Gharbi/2026-7 - Bail/2026-11-23 Photo.jpg"


def test_a_document_that_waited_is_filed_and_is_in_one_place(desk: Desk) -> None:
    desk.clock.pass_(timedelta(hours=1))
    assert desk.move()

    assert desk.files == [NEW]
    row = desk.row
    assert (row.status, row.local_path, row.old_path) == ("filed", NEW, None)
    assert (row.filed_by, row.reason, row.filed_at) == (
        "Nour",
        "chosen_by_client",
        desk.clock.now(),
    )
    assert not desk.old.parent.exists(), "an empty folder is not left behind"


def test_moving_twice_changes_nothing(desk: Desk) -> None:
    assert desk.move()
    assert desk.move()
    assert desk.files == [NEW]


def test_the_first_choice_stands(desk: Desk) -> None:
    assert desk.move()
    assert not desk.move(desk.succession)
    assert desk.files == [NEW]


def test_a_crash_before_the_row_is_repeated_without_a_second_file(desk: Desk) -> None:
    """The power failed when the new file was in its place and nothing said so."""
    new = desk.root / NEW
    new.parent.mkdir(parents=True)
    new.write_bytes(b"a photo")

    assert desk.move()
    assert desk.files == [NEW]


def test_a_crash_before_the_old_file_was_removed_is_made_good_at_the_start(desk: Desk) -> None:
    assert desk.move()
    desk.old.parent.mkdir()
    desk.old.write_bytes(b"a photo")
    desk.store.write(
        models.Document.update(old_path=OLD).where(models.Document.id == desk.document.id).execute
    )

    assert desk.mover.sweep() == 1
    assert (desk.files, desk.row.old_path) == ([NEW], None)
    assert desk.mover.sweep() == 0


def test_what_a_person_has_changed_in_the_old_place_stays_theirs(desk: Desk) -> None:
    desk.old.write_bytes(b"a photo, cropped by Nour")
    assert desk.move()
    assert desk.files == [NEW, OLD]


def test_another_file_of_that_name_is_not_overwritten(desk: Desk) -> None:
    theirs = desk.root / NEW
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"another")
    assert desk.move()
    assert theirs.read_bytes() == b"another"
    assert desk.row.local_path == "Gharbi/2026-7 - Bail/2026-11-23 Photo (2).jpg"


def test_a_folder_that_cannot_be_written_leaves_it_where_it_is(desk: Desk) -> None:
    (desk.root / "Gharbi").write_bytes(b"a file where a folder should be")
    with pytest.raises(TemporaryError):
        desk.move()
    assert desk.files == [OLD]
    assert desk.row.status == "pending"
