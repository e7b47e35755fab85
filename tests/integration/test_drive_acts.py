"""What people do on Drive is seen, and decided here; nothing on this computer changes by it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.drive.acts import open_acts
from appliance.simulator.google_drive import Drive
from appliance.store import rows
from appliance.store.models import (
    AuditEntry,
    Client,
    Document,
    Dossier,
    DriveAct,
    DriveItem,
    DriveState,
)
from tests.drive_rig import Rig, folders_on, on_drive, open_rig

HOME = "Dossiers/Amel Ben Youssef/2026-0042 - Bail rue de Marseille"


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        yield played


@pytest.fixture
def rig(drive: Drive, tmp_path: Path) -> Iterator[Rig]:
    with open_rig(drive, tmp_path) as made:
        made.file("a.pdf", b"ours")
        made.rests()
        assert made.watch.read_changes() == 0  # what we did ourselves is nobody's act
        yield made


def document() -> Document:
    found = rows.find(Document, id=1)
    assert found is not None
    return found


def local(rig: Rig) -> bytes:
    return (rig.config.documents.folder / document().local_path).read_bytes()


def seen(rig: Rig) -> list[str]:
    rig.sees()
    return [act.kind for act in open_acts()]


def act(drive: Drive, kind: str) -> None:
    """Somebody does it in Google's own pages."""
    person, copy = drive.person, drive.at(f"{HOME}/a.pdf").id
    {
        "renamed": lambda: person.renames(copy, "bail signé.pdf"),
        "moved": lambda: person.moves(copy, person.makes_folder("Ailleurs")),
        "trashed": lambda: person.trashes(copy),
        "edited": lambda: person.edits(copy, b"theirs"),
        "removed": lambda: person.deletes(copy),
    }[kind]()


KINDS = ["renamed", "moved", "trashed", "edited", "removed"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_written_down_and_shown_once_and_touches_nothing_here(
    rig: Rig, drive: Drive, kind: str
) -> None:
    act(drive, kind)

    assert seen(rig) == [kind]
    assert seen(rig) == [kind]
    assert document().drive_status == "differs"
    assert local(rig) == b"ours"
    assert [entry.action for entry in AuditEntry.select()][-1] == f"copy {kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_sent_again_the_copy_is_as_it_is_here(rig: Rig, drive: Drive, kind: str) -> None:
    act(drive, kind)
    seen(rig)

    assert rig.deciding.send_again(open_acts()[0].id, "Admin")
    assert not rig.deciding.send_again(1, "Admin")
    rig.rests()

    ours = [k for k in on_drive(drive) if k.path == f"{HOME}/a.pdf" and k.app_properties]
    assert [drive.bytes_of(kept.id) for kept in ours] == [b"ours"]
    assert document().drive_status == "mirrored"
    assert document().drive_id == ours[0].id
    assert rig.differences() == []
    assert seen(rig) == []


def test_what_a_person_wrote_on_drive_is_kept_when_ours_is_sent_again(
    rig: Rig, drive: Drive
) -> None:
    act(drive, "edited")
    seen(rig)
    rig.deciding.send_again(open_acts()[0].id, "Admin")
    rig.rests()

    assert sorted(drive.bytes_of(kept.id) for kept in on_drive(drive)) == [b"ours", b"theirs"]


@pytest.mark.parametrize("kind", KINDS)
def test_left_so_it_is_not_asked_again_and_not_put_right(rig: Rig, drive: Drive, kind: str) -> None:
    act(drive, kind)
    seen(rig)
    before = drive.files

    assert rig.deciding.accept(open_acts()[0].id, "Admin")
    rig.again(document())
    rig.rests()

    assert drive.files == before
    assert seen(rig) == []
    assert document().drive_status == "accepted"
    compared = rig.verify()
    assert (compared.accepted, compared.differences) == (1, ())


def test_undone_on_drive_there_is_nothing_to_decide(rig: Rig, drive: Drive) -> None:
    copy = drive.at(f"{HOME}/a.pdf").id
    drive.person.trashes(copy)
    assert seen(rig) == ["trashed"]
    drive.person.restores(copy)

    assert seen(rig) == []
    assert document().drive_status == "mirrored"
    assert DriveAct.get_by_id(1).verdict == "undone"


def test_another_act_takes_the_place_of_the_first(rig: Rig, drive: Drive) -> None:
    copy = drive.at(f"{HOME}/a.pdf").id
    drive.person.renames(copy, "b.pdf")
    seen(rig)
    drive.person.renames(copy, "c.pdf")
    rig.sees()

    assert [(one.kind, one.detail) for one in open_acts()] == [("renamed", "c.pdf")]


def test_a_rename_here_puts_a_rename_there_right(rig: Rig, drive: Drive) -> None:
    act(drive, "renamed")
    seen(rig)
    rig.store.write(lambda: rows.update(Document, 1, name="nouveau.pdf"))
    rig.again(document())
    rig.rests()

    assert [kept.path for kept in on_drive(drive)] == [f"{HOME}/nouveau.pdf"]
    assert seen(rig) == []


def test_a_change_here_does_not_bring_back_what_somebody_removed_there(
    rig: Rig, drive: Drive
) -> None:
    act(drive, "removed")  # and nobody has looked yet
    rig.store.write(lambda: rows.update(Document, 1, name="nouveau.pdf"))
    rig.again(document())
    rig.rests()

    assert on_drive(drive) == []
    assert [one.kind for one in open_acts()] == ["removed"]
    assert document().drive_status == "differs"


def test_a_change_here_does_not_touch_what_somebody_wrote_there(rig: Rig, drive: Drive) -> None:
    act(drive, "edited")
    rig.store.write(lambda: rows.update(Document, 1, name="nouveau.pdf"))
    rig.again(document())
    rig.rests()

    assert [drive.bytes_of(kept.id) for kept in on_drive(drive)] == [b"theirs"]
    assert [one.kind for one in open_acts()] == ["edited"]


def test_a_folder_that_was_renamed_there_is_put_right(rig: Rig, drive: Drive) -> None:
    drive.person.renames(drive.at(HOME).id, "Autre nom")
    assert seen(rig) == ["renamed"]
    rig.deciding.send_again(open_acts()[0].id, "Admin")
    rig.rests()

    assert HOME in folders_on(drive)
    assert rig.differences() == []


def test_a_folder_removed_there_comes_back_with_what_was_in_it(rig: Rig, drive: Drive) -> None:
    rig.file("b.pdf", b"b")
    rig.rests()
    rig.sees()
    drive.person.deletes(drive.at(HOME).id)
    rig.sees()
    folder = next(one for one in open_acts() if one.item.key.startswith("dossier"))

    assert rig.deciding.send_again(folder.id, "Admin")
    rig.rests()

    assert [kept.path for kept in on_drive(drive)] == [f"{HOME}/a.pdf", f"{HOME}/b.pdf"]
    assert open_acts() == []
    assert rig.differences() == []


def test_a_new_document_makes_its_trashed_folder_again(rig: Rig, drive: Drive) -> None:
    drive.person.trashes(drive.at(HOME).id)
    rig.sees()
    rig.file("b.pdf", b"b")
    rig.rests()

    assert [kept.path for kept in on_drive(drive)] == [f"{HOME}/b.pdf"]
    assert "made it again" in next(iter(rig.rung.alerts.values()))


def test_the_place_in_the_list_and_what_was_found_are_one_commit(rig: Rig, drive: Drive) -> None:
    state = rows.find(DriveState, id=1)
    act(drive, "renamed")
    drive.faults.on("changes", 503)
    assert not rig.watch.look()
    again = rows.find(DriveState, id=1)
    assert state is not None
    assert again is not None
    assert (again.page_token, open_acts()) == (state.page_token, [])

    rig.clock.pass_(timedelta(minutes=2))
    assert rig.watch.look()
    assert [one.kind for one in open_acts()] == ["renamed"]


def test_while_we_change_it_ourselves_it_is_nobodys_act(rig: Rig, drive: Drive) -> None:
    drive.faults.on("update", *["drop_after"] * 3)
    rig.store.write(lambda: rows.update(Document, 1, name="nouveau.pdf"))
    rig.again(document())
    rig.settle()
    assert [kept.path for kept in on_drive(drive)] == [f"{HOME}/nouveau.pdf"]
    item = rows.find(DriveItem, key="document:1")
    assert item is not None
    assert item.state == "stale"

    assert seen(rig) == []
    rig.rests()
    assert seen(rig) == []
    assert rig.differences() == []


def test_a_client_who_is_renamed_here_while_moved_there_is_in_one_place(
    rig: Rig, drive: Drive
) -> None:
    drive.person.moves(drive.at("Dossiers/Amel Ben Youssef").id, None)
    client = rows.find(Client, id=1)
    assert client is not None
    rig.store.write(lambda: rows.update(Client, client.id, folder="Amel B."))
    rig.chores.wake(rig.store.write(lambda: rig.fitted.client(client.id)))
    rig.rests()

    dossier = rows.find(Dossier, id=1)
    assert dossier is not None
    assert [kept.path for kept in on_drive(drive)] == [f"Dossiers/Amel B./{dossier.folder}/a.pdf"]
