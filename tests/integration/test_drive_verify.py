"""`greffier drive verify`: every document beside its copy, and what is mended."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.clock import SystemClock
from appliance.drive import places
from appliance.gateways.drive_answers import RemoteFile
from appliance.simulator.google_drive import Drive
from appliance.store import copies, restoring
from appliance.store.models import Document, DriveAct, DriveId, DriveItem
from tests.drive_rig import Rig, folders_on, on_drive, open_rig, settings
from tests.support import Hands

HOME = "Dossiers/Amel Ben Youssef/2026-0042 - Bail rue de Marseille"


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        yield played


@pytest.fixture
def rig(drive: Drive, tmp_path: Path) -> Iterator[Rig]:
    with open_rig(drive, tmp_path) as made:
        for number in range(3):
            made.file(f"{number}.pdf", b"bytes of %d" % number)
        made.rests()
        yield made


def test_all_is_well_and_says_so(rig: Rig) -> None:
    found = rig.verify()

    assert (found.documents, found.differences) == (3, ())


def spoil(rig: Rig, drive: Drive, how: str) -> None:
    copy = drive.at(f"{HOME}/1.pdf").id
    person = drive.person
    {
        "removed": lambda: person.deletes(copy),
        "bin": lambda: person.trashes(copy),
        "renamed": lambda: person.renames(copy, "x.pdf"),
        "moved": lambda: person.moves(copy, None),
        "edited": lambda: person.edits(copy, b"other"),
        "folder renamed": lambda: person.renames(drive.at(HOME).id, "x"),
        "folder moved": lambda: person.moves(drive.at(HOME).id, None),
        "folder removed": lambda: person.deletes(drive.at(HOME).id),
        "folder in bin": lambda: person.trashes(drive.at(HOME).id),
        "forgotten": lambda: rig.store.write(
            lambda: DriveItem.delete().where(DriveItem.key == "document:2").execute()
        ),
        "all forgotten": lambda: rig.store.write(lambda: DriveItem.delete().execute()),
    }[how]()


SPOILT = [
    ("removed", "was removed on Drive", 1),
    ("bin", "is in the bin", 1),
    ("renamed", "another name or folder", 1),
    ("moved", "another name or folder", 1),
    ("edited", "other bytes", 1),
    ("folder renamed", "another name or folder", 1),
    ("folder moved", "another name or folder", 1),
    ("folder removed", "was removed on Drive", 4),
    ("folder in bin", "is in the bin", 4),
    ("forgotten", "had forgotten where", 1),
    ("all forgotten", "had forgotten where", 3),
]


@pytest.mark.parametrize(("how", "told", "count"), SPOILT)
def test_each_difference_is_named_and_mended(
    rig: Rig, drive: Drive, how: str, told: str, count: int
) -> None:
    spoil(rig, drive, how)

    found = rig.differences()
    assert len(found) == count
    assert any(told in sentence for sentence in found)

    rig.repair()
    rig.rests()
    rig.repair()  # what a folder hid is seen once the folder is right
    rig.rests()
    assert rig.differences() == []
    ours = [kept for kept in on_drive(drive) if kept.app_properties]
    assert sorted(kept.path for kept in ours) == [f"{HOME}/{n}.pdf" for n in range(3)]
    assert [drive.bytes_of(kept.id) for kept in ours] == [b"bytes of %d" % n for n in range(3)]


def creates(drive: Drive) -> int:
    return len([one for one in drive.requests if one.operation == "create"])


def test_what_was_forgotten_is_remembered_and_nothing_is_sent_twice(rig: Rig, drive: Drive) -> None:
    before, made = drive.files, creates(drive)
    spoil(rig, drive, "all forgotten")
    rig.repair()
    rig.rests()

    assert drive.files == before
    assert creates(drive) == made


def test_what_is_on_drive_and_nowhere_here_is_named_and_left(rig: Rig, drive: Drive) -> None:
    rig.store.write(lambda: Document.delete().where(Document.id == 2).execute())

    assert ["no document of this computer" in each for each in rig.differences()] == [True]
    rig.repair()
    rig.rests()
    assert len(on_drive(drive)) == 3


def test_what_people_put_beside_our_files_is_theirs(rig: Rig, drive: Drive) -> None:
    drive.person.puts("note.txt", b"mine", drive.at(HOME).id)

    assert rig.differences() == []


def test_an_older_copy_of_the_store_sends_nothing_twice(drive: Drive, tmp_path: Path) -> None:
    clock, backup = Hands(), tmp_path / "copy.db"
    data = tmp_path / "data"
    data.mkdir()
    with open_rig(drive, data, clock) as rig:
        rig.file("0.pdf", b"zero")
        rig.rests()
        drive.stop()  # Google is away when the copy is made: one document is on its way
        rig.file("1.pdf", b"one")
        rig.settle()
        copies.copy(rig.store.path, backup)
        drive.start()
        rig.rests()
        rig.file("2.pdf", b"two")
        rig.rests()
    before = drive.files
    restoring.restore(backup, data, clock.now())

    clock.pass_(timedelta(hours=1))
    with open_rig(drive, data, clock) as rig:
        assert DriveId.select().count() == 0  # those of the copy may have been used since
        assert rig.watch.look()
        rig.rests()
        assert drive.files == before
        assert [rig.row(each).drive_status for each in Document.select()] == ["mirrored"] * 2
        rig.file("3.pdf", b"three")  # and no id is used a second time
        rig.rests()
        assert len(on_drive(drive)) == 4
        assert DriveAct.select().count() == 0


def test_the_account_that_is_connected_again_is_known_again(rig: Rig, drive: Drive) -> None:
    before = [kept.id for kept in on_drive(drive)]
    state = rig.watch._connection
    rig.store.write(lambda: state.set(account_id="somebody else's"))

    rig.joining._join("Admin")  # another account, as far as we know: nothing of ours counts
    assert [row.drive_status for row in Document.select()] == ["waiting"] * 3
    rig.settle()
    assert len(on_drive(drive)) == 3  # what is there is looked at before anything is sent
    assert rig.watch.look()
    rig.rests()

    assert [kept.id for kept in on_drive(drive)] == before
    assert len(folders_on(drive)) == 3
    assert rig.differences() == []


def run(drive: Drive, data: Path, *arguments: str) -> tuple[int, str]:
    environ = settings(drive, data, GREFFIER_FIRM_DATA=str(data))
    result = CliRunner().invoke(main, ["drive", "verify", *arguments], env=environ)
    return result.exit_code, result.output


def test_the_command_prints_each_difference_and_the_count(drive: Drive, tmp_path: Path) -> None:
    clock = Hands(SystemClock().now())  # the command's
    with open_rig(drive, tmp_path, clock) as rig:
        for number in range(3):
            rig.file(f"{number}.pdf", b"bytes of %d" % number)
        rig.rests()
    assert run(drive, tmp_path) == (0, "0 differences, 3 documents\n")

    drive.person.deletes(drive.at(f"{HOME}/1.pdf").id)
    code, said = run(drive, tmp_path)
    assert code == 1
    assert "“1.pdf” was removed on Drive: it is made there again" in said
    assert "1 difference, 3 documents" in said
    assert "greffier drive verify --repair" in said

    code, said = run(drive, tmp_path, "--repair")
    assert (code, "1 are being mended" in said) == (0, True)
    with open_rig(drive, tmp_path, clock) as rig:
        rig.rests()
    assert run(drive, tmp_path) == (0, "0 differences, 3 documents\n")


def test_the_command_says_when_google_does_not_answer(drive: Drive, tmp_path: Path) -> None:
    with open_rig(drive, tmp_path):
        pass
    drive.stop()

    code, said = run(drive, tmp_path)
    assert code == 1
    assert "Google cannot be reached: check the network" in said


def test_switched_off_the_command_says_how_to_switch_it_on(tmp_path: Path) -> None:
    environ = {"GREFFIER_FIRM_DATA": str(tmp_path), "GREFFIER_KEYRING": "off"}
    result = CliRunner().invoke(main, ["drive", "verify"], env=environ)

    assert result.exit_code == 1
    assert "set [drive] enabled = yes" in result.output


def test_what_is_sent_while_the_list_is_read_is_no_difference(rig: Rig, drive: Drive) -> None:
    verification = rig.verification()
    everything = verification._drive.everything

    def and_more_is_sent() -> list[RemoteFile]:
        files = list(everything())
        rig.clock.pass_(timedelta(seconds=1))
        rig.file("late.pdf", b"filed while the list was read")
        rig.rests()
        return files

    verification._drive.everything = and_more_is_sent  # type: ignore[method-assign,assignment]
    found = verification.compare(places.root("Dossiers"), rig.allowed)
    assert found.differences == ()
    rig.chores.wake(verification.repair(found))
    rig.rests()

    assert len(on_drive(drive)) == 4, "and nothing is sent twice"
