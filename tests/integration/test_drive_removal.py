"""What is destroyed here, or put away, stands on Google Drive no more: taken off once, by us."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance import fittings
from appliance.drive.mirroring import Mirror
from appliance.filing.fitting import Filing, filing, told
from appliance.filing.placing import Cabinet
from appliance.filing.premises import Premises
from appliance.firm.register import Register
from appliance.simulator.drive_faults import Refuse
from appliance.simulator.google_drive import Drive
from appliance.store import rows
from appliance.store.models import Act, Document, DriveAct, DriveItem, Safety
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


def kept_files(drive: Drive) -> list[tuple[str, bool, bytes]]:
    """Every file there, in the bin or not, with its bytes."""
    kept = [each for each in drive.files if not each.is_folder]
    return [(each.path.rpartition("/")[2], each.trashed, drive.bytes_of(each.id)) for each in kept]


def test_what_a_person_wrote_into_a_copy_goes_into_the_bin_and_is_not_deleted(
    rig: Rig, drive: Drive
) -> None:
    document = rig.file("facture.pdf", b"eicar")
    rig.rests()
    rig.watch.read_changes()
    drive.person.edits(drive.at(rig.path_of(document)).id, b"an hour of a lawyer's work")
    assert rig.sees() == 1

    put_away(rig, rig.row(document))
    rig.rests()

    assert kept_files(drive) == [("facture.pdf", True, b"an hour of a lawyer's work")]
    assert rig.row(document).drive_status == "removed"
    assert rig.differences() == []


def test_a_copy_that_a_person_changed_and_that_joins_another_is_in_the_bin(
    rig: Rig, drive: Drive
) -> None:
    first = rig.file("bail.pdf", b"a lease")
    second = rig.file("bail.pdf", b"a lease", reference="2026-0017")
    rig.rests()
    rig.watch.read_changes()
    drive.person.edits(rig.row(second).drive_id, b"annotated")

    def joins() -> list[object]:
        there = rig.row(first)
        where = {"dossier": there.dossier_id, "local_path": there.local_path}
        rows.update(Document, second.id, **where)
        return list(rig.fitted.document(second.id))

    rig.chores.wake(rig.store.write(joins))  # type: ignore[arg-type]
    rig.rests()

    assert sorted(kept_files(drive)) == [
        ("bail.pdf", False, b"a lease"),
        ("bail.pdf", True, b"annotated"),
    ]


def mirror_of(rig: Rig) -> Any:
    """The mirror that does the rig's chores."""
    cells = rig.chores._handlers["mirror"].__closure__ or ()
    return next(cell.cell_contents for cell in cells if isinstance(cell.cell_contents, Mirror))


def test_what_is_put_away_while_its_folders_are_made_does_not_stay_on_drive(
    rig: Rig, drive: Drive
) -> None:
    folders = mirror_of(rig)._parts.folders
    ensure = folders.ensure

    def and_put_away(folder: Any) -> str:
        found: str = ensure(folder)
        folders.ensure = ensure
        put_away(rig, Document.get())
        return found

    folders.ensure = and_put_away
    document = rig.file("facture.pdf", b"eicar")
    rig.rests()

    assert kept_files(drive) == []
    assert rig.row(document).drive_status == "removed"
    assert rig.differences() == []


def test_an_upload_of_what_was_put_away_stops_at_the_next_chunk(rig: Rig, drive: Drive) -> None:
    gateway, chunks = mirror_of(rig)._parts.drive, 0
    send = gateway.send_in_chunks

    def watched(wanted: Any, source: Path, session: Any, save: Any, between: Any) -> Any:
        def each() -> None:
            nonlocal chunks
            chunks += 1
            if chunks == 1:
                put_away(rig, Document.get())
            between()

        return send(wanted, source, session, save, each)

    gateway.send_in_chunks = watched
    document = rig.file("plan.pdf", bytes(30_000_000))
    rig.rests()

    assert (chunks, kept_files(drive)) == (1, [])
    assert rig.row(document).drive_status == "removed"


def cabinets_of(rig: Rig) -> Filing:
    """Whoever moves documents, with their copies."""
    heard = told(rig.users, rig.chores, fittings.mirror(rig.fitted), lambda _: [])
    root = rig.config.documents.folder
    premises = Premises(root, Cabinet(), lambda sha256: root / "nowhere" / sha256)
    return filing(rig.store, rig.clock, premises, Register(rig.store, rig.clock), heard)


def test_documents_that_become_one_file_and_two_again_have_one_copy_and_two_again(
    rig: Rig, drive: Drive
) -> None:
    mover = cabinets_of(rig).mover
    first = rig.file("bail.pdf", b"a lease")
    second = rig.file("bail.pdf", b"a lease", reference="2026-0017")
    rig.rests()

    assert mover.move(first.id, rig.row(second).dossier_id, "Nour") == "done"
    rig.rests()
    assert names(drive) == ["bail.pdf"]
    assert rig.differences() == []

    batch = Act.select().order_by(Act.id.desc()).get().batch
    assert mover.undo(batch, "Nour") == "done"
    rig.rests()
    assert names(drive) == ["bail.pdf", "bail.pdf"]
    assert rig.differences() == []


def test_when_the_first_of_one_file_is_destroyed_the_others_have_their_copy(
    rig: Rig, drive: Drive
) -> None:
    first = rig.file("bail.pdf", b"a lease")
    second = rig.file("bail.pdf", b"a lease", owner_key="client:another")
    rig.rests()

    def destroyed() -> list[object]:
        posted = list(rig.fitted.removal(first.id))
        rows.update(Document, first.id, local_path=None, stored_at=None, dossier=None)
        return list(posted)

    rig.chores.wake(rig.store.write(destroyed))  # type: ignore[arg-type]
    rig.rests()

    assert names(drive) == ["bail.pdf"]
    assert rig.row(second).drive_status == "mirrored"
    assert rig.differences() == []
