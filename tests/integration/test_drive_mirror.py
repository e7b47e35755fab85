"""What is filed is on Google Drive once, in the same folders, with the same bytes."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.drive import places
from appliance.simulator.google_drive import Drive
from appliance.store import rows
from appliance.store.models import AuditEntry, Client, Document, Dossier, DriveItem, DriveState
from tests.drive_rig import Rig, folders_on, on_drive, open_rig

LARGE = bytes(range(256)) * 4096 * 9  # 9 MiB


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        yield played


@pytest.fixture
def rig(drive: Drive, tmp_path: Path) -> Iterator[Rig]:
    with open_rig(drive, tmp_path) as made:
        yield made


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_filed_document_is_on_drive_in_the_same_folders(rig: Rig, drive: Drive) -> None:
    document = rig.file("2026-11-23 bail.pdf", b"a lease")
    rig.rests()

    kept = drive.at(
        "Dossiers/Amel Ben Youssef/2026-0042 - Bail rue de Marseille/2026-11-23 bail.pdf"
    )
    assert kept.sha256 == sha(b"a lease")
    row = rig.row(document)
    assert (row.drive_id, row.drive_status) == (kept.id, "mirrored")
    assert rig.differences() == []


def test_what_waits_for_a_person_is_on_drive_where_it_waits(rig: Rig, drive: Drive) -> None:
    rig.pend("CIN.pdf", b"card")
    rig.rests()

    assert drive.at("Dossiers/_A rattacher/+21650999000/CIN.pdf").sha256 == sha(b"card")


def test_names_in_arabic_and_bytes_of_any_size_arrive(rig: Rig, drive: Drive) -> None:
    rig.file("عقد كراء.pdf", b"")
    rig.file("grand.pdf", LARGE)
    rig.file("juste.pdf", LARGE[: 5 * 1000 * 1000])
    rig.file("un de plus.pdf", LARGE[: 5 * 1000 * 1000 + 1])
    rig.rests()

    sums = {kept.path.rpartition("/")[2]: kept.sha256 for kept in on_drive(drive)}
    assert sums == {
        "عقد كراء.pdf": sha(b""),
        "grand.pdf": sha(LARGE),
        "juste.pdf": sha(LARGE[: 5 * 1000 * 1000]),
        "un de plus.pdf": sha(LARGE[: 5 * 1000 * 1000 + 1]),
    }


def test_six_documents_at_once_make_one_folder(rig: Rig, drive: Drive) -> None:
    for number in range(6):
        rig.file(f"photo {number}.jpg", b"x" * number)
    rig.rests()

    assert folders_on(drive) == [
        "Dossiers",
        "Dossiers/Amel Ben Youssef",
        "Dossiers/Amel Ben Youssef/2026-0042 - Bail rue de Marseille",
    ]
    assert len(on_drive(drive)) == 6


def test_six_threads_that_need_a_folder_make_one(rig: Rig, drive: Drive) -> None:
    rig.allowed = lambda _: False  # nobody but these threads makes it
    document = rig.file("a.pdf", b"a")
    place = places.place_of(document, places.root("Dossiers"))
    mirror = rig.chores._handlers["mirror_dossier"].__self__
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(mirror._parts.folders.ensure(place.folder)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(made) == 6
    assert len(set(made)) == 1
    assert len(folders_on(drive)) == 3


def test_asked_for_again_nothing_is_sent_again(rig: Rig, drive: Drive) -> None:
    document = rig.file("a.pdf", b"a")
    rig.rests()
    before = len(drive.requests)

    rig.again(document)
    rig.rests()

    assert len(drive.requests) == before
    assert rig.row(document).drive_status == "mirrored"


def test_a_document_that_is_moved_and_renamed_moves_there_too(rig: Rig, drive: Drive) -> None:
    document = rig.file("a.pdf", b"a")
    rig.rests()
    first = rig.row(document).drive_id
    dossier = rows.find(Dossier, reference_key="2026-0017")
    assert dossier is not None

    values = {"dossier": dossier.id, "client": dossier.client_id, "name": "b.pdf"}
    rig.store.write(lambda: rows.update(Document, document.id, **values))
    rig.again(document)
    rig.rests()

    assert [kept.path for kept in on_drive(drive)] == [
        "Dossiers/Karim Gharbi/2026-0017 - Divorce G. _ G/b.pdf"
    ]
    assert rig.row(document).drive_id == first
    assert rig.differences() == []


def test_a_client_and_a_dossier_that_are_renamed_are_renamed_there(rig: Rig, drive: Drive) -> None:
    document = rig.file("a.pdf", b"a")
    rig.rests()
    dossier = rig.row(document).dossier

    def rename() -> list[object]:
        rows.update(Client, dossier.client_id, folder="Amel B.")
        rows.update(Dossier, dossier.id, folder="2026-0042 - Loyers")
        return [*rig.fitted.client(dossier.client_id), *rig.fitted.dossier(dossier.id)]

    rig.chores.wake(rig.store.write(rename))
    rig.rests()

    assert [kept.path for kept in on_drive(drive)] == ["Dossiers/Amel B./2026-0042 - Loyers/a.pdf"]
    assert len(folders_on(drive)) == 3


def test_a_folder_that_was_never_there_is_not_made_by_a_new_name(rig: Rig, drive: Drive) -> None:
    rig.chores.wake(rig.store.write(lambda: rig.fitted.client(1)))
    rig.rests()

    assert drive.files == []


def test_what_may_not_leave_stays_here(rig: Rig, drive: Drive) -> None:
    rig.allowed = lambda _: False
    document = rig.file("virus.pdf", b"bad")
    rig.rests()
    assert on_drive(drive) == []
    assert rig.row(document).drive_status == "withheld"

    rig.allowed = lambda _: True
    rig.again(document)
    rig.rests()
    assert rig.row(document).drive_status == "mirrored"


def test_a_file_changed_by_hand_is_sent_as_it_came_from_the_shelf(
    rig: Rig, drive: Drive, tmp_path: Path
) -> None:
    rig.allowed = lambda _: False
    document = rig.file("a.pdf", b"as it came")
    rig.rests()
    (rig.config.documents.folder / document.local_path).write_bytes(b"changed by")
    rig.allowed = lambda _: True
    rig.again(document)
    rig.rests()
    assert rig.row(document).drive_status == "failed"
    assert "put it back" in rig.chore_of(document).error

    shelf = tmp_path / "media" / document.sha256[:2] / document.sha256
    shelf.parent.mkdir(parents=True)
    shelf.write_bytes(b"as it came")
    assert rig.deciding.retry(rig.chore_of(document).id)
    rig.rests()
    assert [kept.sha256 for kept in on_drive(drive)] == [sha(b"as it came")]


def test_the_limit_is_kept_and_costs_no_attempt(drive: Drive, tmp_path: Path) -> None:
    with open_rig(drive, tmp_path, GREFFIER_LIMITS_GDRIVE_UPLOAD="2/60s") as rig:
        documents = [rig.file(f"{n}.pdf", b"%d" % n) for n in range(4)]
        rig.settle()
        assert len(on_drive(drive)) == 2
        waiting = [rig.chore_of(d) for d in documents if rig.row(d).drive_status == "waiting"]
        assert [chore.attempts for chore in waiting] == [0, 0]
        assert "is reached" in waiting[0].error

        rig.rests(step=timedelta(seconds=61))
        assert len(on_drive(drive)) == 4


def test_ids_are_committed_before_google_hears_of_them(rig: Rig, drive: Drive) -> None:
    drive.faults.always("create", 503)
    rig.file("a.pdf", b"a")
    rig.settle()

    reserved = [item for item in DriveItem.select() if item.state == "reserved"]
    assert [item.key for item in reserved] == ["root"]
    assert drive.files == []

    drive.faults.clear()
    rig.rests()
    assert drive.at("Dossiers").id == reserved[0].drive_id


def test_a_session_is_sealed_in_the_store(rig: Rig, drive: Drive) -> None:
    drive.faults.on("upload_chunk", None, 503)
    rig.file("grand.pdf", LARGE)
    rig.settle()

    item = rows.find(DriveItem, key="document:1")
    assert item is not None
    assert item.session
    assert "upload_id" not in item.session
    assert drive.url not in item.session
    rig.rests()
    assert [kept.sha256 for kept in on_drive(drive)] == [sha(LARGE)]


def test_an_upload_goes_on_where_it_was_cut(rig: Rig, drive: Drive) -> None:
    drive.faults.on("upload_chunk", None, None, 503)
    rig.file("grand.pdf", LARGE)
    rig.rests()

    starts = [one for one in drive.requests if one.operation == "upload_start"]
    assert len(starts) == 1
    assert [kept.sha256 for kept in on_drive(drive)] == [sha(LARGE)]


def test_a_folder_that_takes_no_more_gets_a_second_one_beside_it(rig: Rig, drive: Drive) -> None:
    drive.max_children = 2
    for number in range(5):
        rig.file(f"{number}.pdf", b"%d" % number)
        rig.rests()

    assert len(on_drive(drive)) == 5
    base = "Dossiers/Amel Ben Youssef/2026-0042 - Bail rue de Marseille"
    assert f"{base} (2)" in folders_on(drive)
    assert rig.differences() == []


def test_who_was_told_what_is_in_the_audit_log(rig: Rig) -> None:
    assert [entry.action for entry in AuditEntry.select()] == ["drive connected"]
    state = rows.find(DriveState, id=1)
    assert state is not None
    assert state.account == "cabinet@example.com"
