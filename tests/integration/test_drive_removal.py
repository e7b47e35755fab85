"""What is destroyed here, or put away, stands on Google Drive no more: taken off once, by us."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.simulator.drive_faults import Refuse
from appliance.simulator.google_drive import Drive
from appliance.store import rows
from appliance.store.models import Document, DriveAct, DriveItem, Safety
from tests.drive_rig import Rig, on_drive, open_rig


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        yield played


@pytest.fixture
def rig(drive: Drive, tmp_path: Path) -> Iterator[Rig]:
    with open_rig(drive, tmp_path) as made:
        yield made


def put_away(rig: Rig, document: Document) -> None:
    """As the quarantine does: the row first, then the copy on Drive is asked to go."""

    def unit() -> list[object]:
        away = {"safety": Safety.QUARANTINED, "old_path": document.local_path}
        rows.update(Document, document.id, **away, local_path=None)
        return list(rig.fitted.removal(document.id))

    rig.chores.wake(rig.store.write(unit))  # type: ignore[arg-type]


def release(rig: Rig, document: Document) -> None:
    def unit() -> list[object]:
        rows.update(Document, document.id, safety=Safety.OK, local_path=document.local_path)
        return list(rig.fitted.document(document.id))

    rig.chores.wake(rig.store.write(unit))  # type: ignore[arg-type]


def names(drive: Drive) -> list[str]:
    return [kept.path.rpartition("/")[2] for kept in on_drive(drive)]


def test_what_is_put_away_is_taken_off_drive_and_nobody_is_blamed(rig: Rig, drive: Drive) -> None:
    infected, other = rig.file("facture.pdf", b"eicar"), rig.file("bail.pdf", b"a lease")
    rig.rests()

    put_away(rig, infected)
    rig.rests()

    assert names(drive) == ["bail.pdf"]
    assert not any(kept.trashed for kept in drive.files), "nor does it lie in the bin"
    assert rig.row(infected).drive_status == "removed"
    assert rig.sees() == 0
    assert not DriveAct.select().exists()
    assert rig.differences() == []
    assert rig.row(other).drive_status == "mirrored"


def test_released_it_is_sent_again_as_a_new_file(rig: Rig, drive: Drive) -> None:
    document = rig.file("facture.pdf", b"no virus after all")
    rig.rests()
    before = rig.row(document).drive_id
    put_away(rig, document)
    rig.rests()

    release(rig, document)
    rig.rests()

    assert names(drive) == ["facture.pdf"]
    assert rig.row(document).drive_id != before
    assert rig.differences() == []


def test_what_never_was_on_its_way_there_is_not_asked_to_go(rig: Rig) -> None:
    rig.allowed = lambda _: False
    document = rig.file("facture.pdf", b"eicar")
    rig.rests()

    assert rig.store.write(lambda: rig.fitted.removal(document.id)) == []


def test_an_answer_that_was_lost_costs_nothing(rig: Rig, drive: Drive) -> None:
    document = rig.file("facture.pdf", b"eicar")
    rig.rests()
    drive.faults.on("delete", "drop_after")

    put_away(rig, document)
    rig.rests()

    assert names(drive) == []
    assert rig.row(document).drive_status == "removed"
    assert DriveItem.get(DriveItem.key == f"document:{document.id}").state == "gone"


def test_somebody_was_quicker(rig: Rig, drive: Drive) -> None:
    document = rig.file("facture.pdf", b"eicar")
    rig.rests()
    kept = drive.at(rig.path_of(document))
    drive.person.deletes(kept.id)

    put_away(rig, document)
    rig.rests()

    assert rig.row(document).drive_status == "removed"


def test_while_google_is_away_it_waits_and_then_goes(rig: Rig, drive: Drive) -> None:
    document = rig.file("facture.pdf", b"eicar")
    rig.rests()
    drive.faults.on("delete", Refuse(503, "backendError"), Refuse(503, "backendError"))

    put_away(rig, document)
    rig.rests()

    assert names(drive) == []


def test_a_copy_on_drive_brings_the_bytes_back(rig: Rig, drive: Drive) -> None:
    """The last resort of the media cache: memory, disk, Drive."""
    data = bytes(range(256)) * 20_000  # five megabytes: several pieces
    document = rig.file("plan.pdf", data)
    rig.rests()
    assert rig.fitted.fetch is not None

    pieces = list(rig.fitted.fetch(rig.row(document).drive_id))

    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= 1024 * 1024
    rig.clock.pass_(timedelta(hours=2))
    assert b"".join(rig.fitted.fetch(rig.row(document).drive_id)) == data, "with a renewed token"


def test_documents_that_are_one_file_here_are_one_file_there(rig: Rig, drive: Drive) -> None:
    """Two people sent the same bytes into one dossier."""
    first = rig.file("bail.pdf", b"a lease")
    second = rig.file("bail.pdf", b"a lease", owner_key="client:another")
    rig.rests()

    assert names(drive) == ["bail.pdf"]
    assert rig.row(first).drive_id == rig.row(second).drive_id
    assert {rig.row(each).drive_status for each in (first, second)} == {"mirrored"}
    assert rig.differences() == []


def test_a_copy_that_joins_another_leaves_its_own_place_on_drive(rig: Rig, drive: Drive) -> None:
    first = rig.file("bail.pdf", b"a lease")
    second = rig.file("bail.pdf", b"a lease", reference="2026-0017")
    rig.rests()
    assert len(names(drive)) == 2

    def joins() -> list[object]:
        there = rig.row(first)
        where = {"dossier": there.dossier_id, "local_path": there.local_path}
        rows.update(Document, second.id, **where)
        return list(rig.fitted.document(second.id))

    rig.chores.wake(rig.store.write(joins))  # type: ignore[arg-type]
    rig.rests()

    assert names(drive) == ["bail.pdf"]
    assert rig.differences() == []
    assert not DriveAct.select().exists()


def test_a_document_with_the_name_of_a_deleted_one_has_a_copy_of_its_own(
    rig: Rig, drive: Drive
) -> None:
    """Somebody deleted the file here; what came later got its free name, with other bytes."""
    deleted = rig.file("bail.pdf", b"a lease")
    rig.rests()
    later = rig.file("bail.pdf", b"another lease", owner_key="client:another")
    rig.rests()

    assert names(drive) == ["bail.pdf", "bail.pdf"]
    assert rig.row(deleted).drive_id != rig.row(later).drive_id
    assert rig.differences() == []
