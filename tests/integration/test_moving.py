"""Documents get another dossier or name: their files are never nowhere, and end in one place."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.errors import PermanentError, TemporaryError
from appliance.filing.acts import Done
from appliance.store import models
from tests.integration.archive import STRANGER, Archive, cut

OLD = f"_A rattacher/{STRANGER}/2026-11-23 Photo.pdf"
NEW = "Gharbi/2026-7 - Bail/2026-11-23 Photo.pdf"
PHOTO = b"%PDF-1.7 a photo"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.opened(tmp_path) as archive:
        yield archive


@pytest.fixture
def waiting(archive: Archive) -> int:
    """A document that waits for a person."""
    return archive.comes(PHOTO, "Photo.pdf")


def file_under(archive: Archive, document_id: int, reference: str = "2026-7") -> bool:
    wanted = archive.dossier(reference)
    mover = archive.filing.mover
    return mover.file_under(archive.row(document_id), wanted, "client", "chosen_by_client")


def last_batch(document_id: int) -> int:
    table = models.Act
    found = table.select().where(table.document == document_id, table.undoes.is_null())
    batch: int = found.order_by(table.id.desc()).first().batch
    return batch


def test_a_document_that_waited_is_filed_and_is_in_one_place(
    archive: Archive, waiting: int
) -> None:
    archive.clock.pass_(timedelta(hours=1))
    assert file_under(archive, waiting)

    assert archive.files == [NEW]
    row = archive.row(waiting)
    assert (row.status, row.local_path, row.old_path) == ("filed", NEW, None)
    assert (row.filed_by, row.reason) == ("client", "chosen_by_client")
    assert row.filed_at == archive.clock.now()
    assert not (archive.root / "_A rattacher" / STRANGER).exists(), "no empty folder is left"


def test_filing_twice_changes_nothing(archive: Archive, waiting: int) -> None:
    assert file_under(archive, waiting)
    assert file_under(archive, waiting)
    assert archive.files == [NEW]


def test_the_first_choice_stands(archive: Archive, waiting: int) -> None:
    assert file_under(archive, waiting)
    assert not file_under(archive, waiting, "2026-8")
    assert archive.files == [NEW]


def test_what_a_person_has_changed_in_the_old_place_stays_theirs(
    archive: Archive, waiting: int
) -> None:
    (archive.root / OLD).write_bytes(b"a photo, cropped by Nour")
    assert file_under(archive, waiting)
    assert archive.files == [NEW, OLD]


def test_another_file_of_that_name_is_not_overwritten(archive: Archive, waiting: int) -> None:
    theirs = archive.root / NEW
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"another")
    assert file_under(archive, waiting)
    assert theirs.read_bytes() == b"another"
    assert archive.row(waiting).local_path == NEW.replace(".pdf", " (2).pdf")


def test_a_folder_that_cannot_be_written_leaves_it_where_it_is(
    archive: Archive, waiting: int
) -> None:
    (archive.root / "Gharbi").write_bytes(b"a file where a folder should be")
    with pytest.raises(TemporaryError):
        file_under(archive, waiting)
    assert archive.files == ["Gharbi", OLD]
    assert archive.row(waiting).status == "pending"
    assert not models.Act.select().exists(), (
        "nothing is begun that would be ended behind one's back"
    )


def test_a_filed_document_goes_to_another_clients_dossier(archive: Archive) -> None:
    document = archive.comes(PHOTO, "Photo.pdf", "2026-7")
    assert archive.filing.mover.move(document, archive.dossier("2026-1").id, "Nour") == Done.DONE

    assert archive.files == ["Ben Youssef/2026-1 - Divorce/2026-11-23 Photo.pdf"]
    row = archive.row(document)
    assert (row.dossier.reference, row.client.name) == ("2026-1", "Ben Youssef")
    assert (row.filed_by, row.reason) == ("Nour", "chosen_by_person")
    assert archive.mirrored == [("mirror", document)]
    assert archive.audit() == ["Nour: document moved"]
    assert archive.filing.mover.move(document, row.dossier_id, "Nour") == Done.SAME


def test_the_same_bytes_in_the_target_are_one_file_and_go_together(archive: Archive) -> None:
    first = archive.comes(PHOTO, "Photo.pdf", "2026-7")
    second = archive.comes(PHOTO, "Photo.pdf")
    assert file_under(archive, second)
    assert archive.files == [NEW], "one file"

    archive.filing.mover.rename(first, "Passeport", "Nour")
    assert archive.files == ["Gharbi/2026-7 - Bail/2026-11-23 Passeport.pdf"]
    assert archive.row(second).name == "2026-11-23 Passeport.pdf"

    archive.filing.mover.move(second, archive.dossier("2026-1").id, "Nour")
    assert [archive.row(each).dossier.reference for each in (first, second)] == ["2026-1"] * 2


def test_the_same_bytes_in_two_dossiers_stay_two_files(archive: Archive) -> None:
    archive.comes(PHOTO, "Photo.pdf", "2026-7")
    archive.comes(PHOTO, "Photo.pdf", "2026-1")
    assert len(archive.files) == 2


def test_a_document_that_is_sent_back_belongs_to_whoever_sent_it(
    archive: Archive, waiting: int
) -> None:
    assert file_under(archive, waiting)
    assert archive.filing.mover.send_back(waiting, "Nour") == Done.DONE

    row = archive.row(waiting)
    assert (row.status, row.dossier_id, row.client_id, row.filed_at) == (
        "pending",
        None,
        None,
        None,
    )
    assert row.reason == "sent_back"
    assert archive.files == [OLD]
    assert archive.filing.mover.send_back(waiting, "Nour") == Done.SAME


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("Passeport", "2026-11-23 Passeport.pdf"),
        ("2025-01-02 Passeport.pdf", "2025-01-02 Passeport.pdf"),
        ("../../etc/passwd", "2026-11-23 _.._etc_passwd.pdf"),
        ("عقد", "2026-11-23 عقد.pdf"),
        ("PHOTO", "2026-11-23 PHOTO.pdf"),
        ("facture.exe", "2026-11-23 facture.exe.pdf"),
    ],
)
def test_a_document_is_renamed_as_disks_allow(archive: Archive, asked: str, name: str) -> None:
    document = archive.comes(PHOTO, "Photo.pdf", "2026-7")
    assert archive.filing.mover.rename(document, asked, "Nour") == Done.DONE
    assert archive.files == [f"Gharbi/2026-7 - Bail/{name}"]
    assert archive.row(document).name == name


@pytest.mark.parametrize(
    "asked", ["", "  ", "Photo", "2026-11-23 Photo.pdf", "Photo.PDF", "2026-01-01"]
)
def test_a_name_that_asks_for_nothing_changes_nothing(archive: Archive, asked: str) -> None:
    document = archive.comes(PHOTO, "Photo.pdf", "2026-7")
    assert archive.filing.mover.rename(document, asked, "Nour") == Done.SAME
    assert archive.files == [NEW]


def test_acts_are_undone_one_after_the_other_even_after_a_restart(tmp_path: Path) -> None:
    with Archive.opened(tmp_path) as archive:
        document = archive.comes(PHOTO, "Photo.pdf")
        before = archive.row(document).__data__
        file_under(archive, document)
        archive.filing.mover.rename(document, "Passeport", "Nour")
        archive.filing.mover.move(document, archive.dossier("2026-1").id, "Nour")
        filed, renamed, moved = sorted(act.batch for act in models.Act.select())

    with Archive.opened(tmp_path) as archive:
        undo = archive.filing.mover.undo
        assert undo(filed, "Salma") == Done.OVERTAKEN, "something was done since"
        assert [undo(batch, "Salma") for batch in (moved, renamed)] == [Done.DONE] * 2
        assert archive.files == [NEW]
        assert undo(renamed, "Salma") == Done.OVERTAKEN, "undone already"
        assert undo(filed, "Salma") == Done.DONE
        assert archive.row(document).__data__ == before
        assert archive.files == [OLD]
        assert undo(999, "Salma") == Done.GONE


def test_undoing_takes_away_only_what_that_act_had_brought(archive: Archive) -> None:
    """Two documents share a file since one of them was moved to the other's dossier."""
    there = archive.comes(PHOTO, "Photo.pdf", "2026-7")
    moved = archive.comes(PHOTO, "Photo.pdf", "2026-1")
    archive.filing.mover.move(moved, archive.dossier("2026-7").id, "Nour")
    assert archive.files == [NEW]

    assert archive.filing.mover.undo(last_batch(moved), "Nour") == Done.DONE
    assert [archive.holds(each) for each in (there, moved)] == [True, True]
    assert len(archive.files) == 2


def test_a_document_that_got_the_name_of_a_deleted_one_is_not_taken_for_it(
    archive: Archive,
) -> None:
    deleted = archive.comes(b"%PDF-1.7 deleted", "Photo.pdf", "2026-7")
    (archive.root / NEW).unlink()
    document = archive.comes(PHOTO, "Photo.pdf", "2026-1")
    archive.filing.mover.move(document, archive.dossier("2026-7").id, "Nour")
    assert archive.row(document).local_path == archive.row(deleted).local_path

    archive.filing.mover.move(document, archive.dossier("2026-8").id, "Nour")
    assert archive.row(deleted).dossier.reference == "2026-7"
    assert archive.files == ["Gharbi/2026-8 - Succession/2026-11-23 Photo.pdf"]


def test_bytes_that_are_gone_move_nothing_and_say_so(archive: Archive) -> None:
    document = archive.comes(PHOTO, "Photo.pdf", "2026-7")
    (archive.media / archive.row(document).sha256).unlink()
    archive.filing.mover.rename(document, "Passeport", "Nour")
    assert archive.holds(document), "the file in the folder is as good"

    (archive.root / archive.row(document).local_path).unlink()
    with pytest.raises(PermanentError):
        archive.filing.mover.rename(document, "Contrat", "Nour")
    assert archive.row(document).name == "2026-11-23 Passeport.pdf"
    assert models.Act.select().where(models.Act.done_at.is_null()).count() == 0


Deed = Callable[[Archive], object]
DEEDS: dict[str, Deed] = {
    "filed": lambda archive: file_under(archive, 1),
    "moved": lambda archive: archive.filing.mover.move(2, archive.dossier("2026-1").id, "Nour"),
    "sent back": lambda archive: archive.filing.mover.send_back(2, "Nour"),
    "renamed": lambda archive: archive.filing.mover.rename(2, "Passeport", "Nour"),
    "respelt": lambda archive: archive.filing.mover.rename(2, "PHOTO", "Nour"),
    "undone": lambda archive: archive.filing.mover.undo(1, "Nour"),
}


@pytest.mark.parametrize("deed", list(DEEDS.values()), ids=list(DEEDS))
def test_power_may_fail_anywhere(tmp_path: Path, deed: Deed) -> None:
    """At whatever touch of the disk it is cut, the next start ends what was begun."""
    with Archive.opened(tmp_path) as archive:
        archive.comes(PHOTO, "Photo.pdf")
        archive.comes(b"%PDF-1.7 another", "Photo.pdf", "2026-7")
        archive.filing.mover.rename(1, "Carte", "Nour")  # what "undone" undoes
    wanted = played(tmp_path, deed, None)
    for at in range(1, 60):
        became = played(tmp_path, deed, at)
        if became is None:
            assert at > 4, "some touches were cut"
            return
        assert became == wanted, f"cut at touch {at}"
    raise AssertionError("it never ended")


def played(base: Path, deed: Deed, at: int | None) -> list[tuple[str, str, str]] | None:
    """What rows and disk say after the deed, cut or not; None: there was nothing left to cut."""
    data = Path(shutil.copytree(base, base.with_name(f"{base.name}-{at}")))
    if at is not None and not cut(data, at, deed):
        return None
    with Archive.opened(data) as archive:
        if at is None:
            deed(archive)
        assert all(archive.holds(each.id) for each in models.Document.select())
        assert len(archive.files) == 2, archive.files
        assert models.Act.select().where(models.Act.done_at.is_null()).count() == 0
        documents = models.Document.select().order_by(models.Document.id)
        return [(each.local_path, each.status, each.filed_by) for each in documents]
