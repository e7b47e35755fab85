"""What people change on disk is seen, said exactly, never overwritten, and theirs to decide."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import StoppedError, TemporaryError
from appliance.filing.acts import Done
from appliance.filing.findings import Choice, Findings, open_findings
from appliance.filing.looking import Looking
from appliance.filing.placing import Cabinet
from appliance.filing.premises import Premises
from appliance.store import models
from tests.integration.archive import STRANGER, Archive

BAIL, ACTE = b"%PDF-1.7 bail", b"%PDF-1.7 acte"
PLACE = "Gharbi/2026-7 - Bail/2026-11-23 Bail.pdf"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.opened(tmp_path) as archive:
        yield archive


@pytest.fixture
def bail(archive: Archive) -> int:
    archive.comes(ACTE, "Acte.pdf", "2026-8")
    return archive.comes(BAIL, "Bail.pdf", "2026-7")


def moved(archive: Archive, to: str) -> None:
    target = archive.root / to
    target.parent.mkdir(parents=True, exist_ok=True)
    (archive.root / PLACE).rename(target)


def test_where_nobody_touched_anything_nothing_is_found(archive: Archive, bail: int) -> None:
    assert archive.looks() == []
    assert archive.looks() == []


@pytest.mark.parametrize(
    "to",
    [
        "Gharbi/2026-7 - Bail/Contrat signé.pdf",
        "Gharbi/2026-8 - Succession/2026-11-23 Bail.pdf",
        "Gharbi/2026-7 - Bail/annexes/2026-11-23 Bail.pdf",
        "Ailleurs/2026-11-23 Bail.pdf",
    ],
    ids=["renamed", "another dossier", "below", "elsewhere"],
)
def test_a_file_that_was_moved_is_found_by_its_bytes(archive: Archive, bail: int, to: str) -> None:
    moved(archive, to)
    assert archive.looks() == [("moved", PLACE, to)]
    assert archive.looks() == [("moved", PLACE, to)], "said once, however often one looks"

    assert archive.chooses(Choice.TAKE) == ["done"]
    row = archive.row(bail)
    assert (row.local_path, row.name) == (to, to.rpartition("/")[2])
    assert row.dossier.reference == ("2026-8" if "2026-8" in to else "2026-7")
    assert archive.looks() == []
    assert archive.mirrored == [("mirror", bail)]
    assert archive.audit() == ["Nour: document followed", "Nour: change on disk settled"]


def test_what_was_dragged_among_those_that_wait_waits_again(archive: Archive, bail: int) -> None:
    moved(archive, f"_A rattacher/{STRANGER}/Bail.pdf")
    archive.looks()
    assert archive.chooses(Choice.TAKE) == ["done"]
    row = archive.row(bail)
    assert (row.status, row.dossier_id, row.reason) == ("pending", None, "sent_back")


def test_taking_a_move_can_be_undone(archive: Archive, bail: int) -> None:
    before = archive.row(bail).__data__
    moved(archive, "Gharbi/2026-8 - Succession/Contrat.pdf")
    archive.looks()
    archive.chooses(Choice.TAKE)
    batch = models.Act.get(models.Act.document == bail).batch
    assert archive.filing.mover.undo(batch, "Nour") == Done.DONE
    assert archive.row(bail).__data__ == before
    assert archive.holds(bail)


def test_a_moved_file_is_put_back_and_the_persons_stays_where_it_is(
    archive: Archive, bail: int
) -> None:
    moved(archive, "Gharbi/2026-7 - Bail/Contrat.pdf")
    archive.looks()
    assert archive.chooses(Choice.PUT_BACK) == ["done"]
    assert archive.holds(bail)
    assert archive.row(bail).local_path == PLACE
    assert "Gharbi/2026-7 - Bail/Contrat.pdf" in archive.files
    assert archive.looks() == [], "that file is theirs, as they have chosen"


def test_a_deleted_file_is_said_to_be_gone_and_comes_back_when_asked(
    archive: Archive, bail: int
) -> None:
    (archive.root / PLACE).unlink()
    assert archive.looks() == [("gone", PLACE, None)]
    assert archive.chooses(Choice.PUT_BACK) == ["done"]
    assert archive.holds(bail)
    assert archive.looks() == []


def test_another_content_never_takes_the_originals_place(archive: Archive, bail: int) -> None:
    theirs = archive.root / PLACE
    theirs.write_bytes(b"%PDF-1.7 bail, with notes by Nour")
    assert archive.looks() == [("changed", PLACE, None)]
    assert archive.chooses(Choice.TAKE) == ["same"], "there is no such choice"

    assert archive.chooses(Choice.PUT_BACK) == ["done"]
    assert theirs.read_bytes() == b"%PDF-1.7 bail, with notes by Nour"
    assert archive.row(bail).local_path == PLACE.replace(".pdf", " (2).pdf")
    assert archive.holds(bail)
    assert archive.looks() == []


def test_a_change_of_the_same_size_is_seen_too(archive: Archive, bail: int) -> None:
    archive.looks()
    theirs = archive.root / PLACE
    theirs.write_bytes(bytes(reversed(BAIL)))
    os.utime(theirs, ns=(0, theirs.stat().st_mtime_ns + 1))
    assert archive.looks() == [("changed", PLACE, None)]


def test_what_is_only_touched_is_read_once_and_found_right(archive: Archive, bail: int) -> None:
    archive.looks()
    os.utime(archive.root / PLACE, ns=(5, 5))
    assert archive.looks() == []
    sighting = models.Sighting.get(models.Sighting.document == bail)
    assert sighting.modified == 5


def test_what_is_left_so_is_not_shown_again_until_it_changes_again(
    archive: Archive, bail: int
) -> None:
    theirs = archive.root / PLACE
    theirs.write_bytes(b"notes")
    archive.looks()
    assert archive.chooses(Choice.LEAVE) == ["done"]
    assert archive.looks() == []
    theirs.write_bytes(b"other notes")
    assert archive.looks() == [("changed", PLACE, None)]
    assert archive.audit() == ["Nour: change on disk settled"]


def test_what_is_so_no_more_is_shown_no_more(archive: Archive, bail: int) -> None:
    moved(archive, "Gharbi/Bail.pdf")
    assert len(archive.looks()) == 1
    (archive.root / "Gharbi/Bail.pdf").rename(archive.root / PLACE)
    assert archive.looks() == []
    assert models.Finding.get().choice == "vanished"


def test_a_choice_that_comes_too_late_does_nothing(archive: Archive, bail: int) -> None:
    moved(archive, "Gharbi/Bail.pdf")
    archive.looks()
    (archive.root / "Gharbi/Bail.pdf").rename(archive.root / PLACE)
    assert archive.chooses(Choice.TAKE) == ["overtaken"]
    assert archive.row(bail).local_path == PLACE
    assert archive.filing.settling.choose(1, Choice.LEAVE, "Nour") == Done.GONE


def test_a_foreign_file_in_a_dossier_is_shown_and_what_programs_leave_is_not(
    archive: Archive, bail: int
) -> None:
    folder = archive.root / "Gharbi/2026-7 - Bail"
    for name in ("conclusions.docx", "Thumbs.db", ".DS_Store", "~$nclusions.docx", "x.tmp"):
        (folder / name).write_bytes(b"a person's own")
    (archive.root / "an archive of the firm").mkdir()
    (archive.root / "an archive of the firm" / "old.pdf").write_bytes(b"none of ours")

    assert archive.looks() == [("foreign", "Gharbi/2026-7 - Bail/conclusions.docx", None)]
    assert archive.chooses(Choice.LEAVE) == ["done"]
    assert archive.looks() == []


def test_a_whole_folder_that_was_renamed_is_found_document_by_document(
    archive: Archive, bail: int
) -> None:
    second = archive.comes(b"%PDF-1.7 second", "Second.pdf", "2026-7")
    (archive.root / "Gharbi/2026-7 - Bail").rename(archive.root / "Gharbi/Bail (ancien)")
    assert [kind for kind, _, _ in archive.looks()] == ["moved", "moved"]
    assert archive.chooses(Choice.TAKE) == ["done", "done"]
    assert archive.holds(bail)
    assert archive.holds(second)
    assert archive.looks() == []


def test_a_dossiers_folder_that_was_renamed_is_its_folder_once_all_of_it_is_taken(
    archive: Archive, bail: int
) -> None:
    archive.comes(b"%PDF-1.7 second", "Second.pdf", "2026-7")
    (archive.root / "Gharbi/2026-7 - Bail").rename(archive.root / "Gharbi/Bail de M. Gharbi")
    archive.looks()
    archive.chooses(Choice.TAKE)
    assert archive.dossier("2026-7").folder == "Bail de M. Gharbi"
    third = archive.comes(b"%PDF-1.7 third", "Third.pdf", "2026-7")
    assert archive.row(third).local_path == "Gharbi/Bail de M. Gharbi/2026-11-23 Third.pdf"
    assert "Nour: folder taken as renamed" in archive.audit()


def test_a_clients_folder_that_was_renamed_is_theirs_once_all_of_it_is_taken(
    archive: Archive, bail: int
) -> None:
    (archive.root / "Gharbi").rename(archive.root / "M. Gharbi")
    archive.looks()
    archive.chooses(Choice.TAKE)
    client = archive.client("Gharbi")
    assert (client.folder, client.name) == ("M. Gharbi", "Gharbi")
    archive.comes(b"%PDF-1.7 third", "Third.pdf", "2026-7")
    assert {path.split("/")[0] for path in archive.files} == {"M. Gharbi"}
    assert archive.looks() == []


def test_a_folder_of_which_a_part_was_moved_stays_the_dossiers(archive: Archive, bail: int) -> None:
    archive.comes(b"%PDF-1.7 second", "Second.pdf", "2026-7")
    moved(archive, "Gharbi/Bail/2026-11-23 Bail.pdf")
    archive.looks()
    archive.chooses(Choice.TAKE)
    assert archive.dossier("2026-7").folder == "2026-7 - Bail"


def test_two_documents_with_one_file_are_found_and_follow_together(archive: Archive) -> None:
    first = archive.comes(BAIL, "Bail.pdf", "2026-7")
    second = archive.comes(BAIL, "Bail.pdf")
    archive.filing.mover.move(second, archive.dossier("2026-7").id, "Nour")
    moved(archive, "Gharbi/2026-7 - Bail/Contrat.pdf")
    assert len(archive.looks()) == 2
    assert archive.chooses(Choice.TAKE) == ["done", "overtaken"], "the first took both"
    assert archive.row(first).local_path == archive.row(second).local_path
    assert archive.looks() == []


def test_a_disk_that_is_not_there_is_no_deletion(archive: Archive, bail: int) -> None:
    elsewhere = archive.root.with_name("unplugged")
    archive.root.rename(elsewhere)
    with pytest.raises(TemporaryError):
        archive.looks()
    archive.root.mkdir()
    with pytest.raises(TemporaryError, match="connect its disk"):
        archive.looks()
    assert open_findings() == []


def test_a_look_stops_when_greffier_stops(archive: Archive, bail: int) -> None:
    with pytest.raises(StoppedError):
        archive.filing.looking.take(lambda: True)


def test_no_more_is_read_than_is_allowed_and_the_next_night_goes_on(
    archive: Archive, bail: int
) -> None:
    for path in archive.root.rglob("*.pdf"):
        later = path.stat().st_mtime_ns + 10_000_000_000
        os.utime(path, ns=(later, later))
    premises = Premises(archive.root, Cabinet(), lambda sha256: archive.media / sha256)
    findings = Findings(archive.store, archive.clock)
    frugal = Looking(premises, findings, len(BAIL) + 1)

    assert frugal.take(lambda: False) == 0
    assert models.Sighting.select().count() == 1, "one was read"
    assert frugal.take(lambda: False) == 0
    assert models.Sighting.select().count() == 2, "and the other"
