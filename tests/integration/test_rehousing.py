"""A client or dossier gets another name or place: folder and rows follow, wherever power fails."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.errors import PermanentError
from appliance.filing.acts import Done
from appliance.firm.csv_import import parse
from appliance.store import models, rows
from tests.integration.archive import Archive, cut

ONE, TWO = b"%PDF-1.7 one", b"%PDF-1.7 two"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.opened(tmp_path) as archive:
        yield archive


def rename(archive: Archive, name: str, client: str = "Gharbi") -> Done:
    return archive.filing.rehousing.rename_client(archive.client(client).id, name, "Salma")


def retitle(archive: Archive, title: str, reference: str = "2026-7") -> Done:
    return archive.filing.rehousing.retitle(archive.dossier(reference).id, title, "Salma")


def hand_over(archive: Archive, reference: str = "2026-7", client: str = "Ben Youssef") -> Done:
    rehousing = archive.filing.rehousing
    return rehousing.hand_over(archive.dossier(reference).id, archive.client(client).id, "Salma")


def all_are_held(archive: Archive) -> bool:
    return all(archive.holds(each.id) for each in models.Document.select())


def test_a_client_who_is_renamed_takes_the_folder_along(archive: Archive) -> None:
    archive.comes(ONE, "Bail.pdf", "2026-7")
    archive.comes(TWO, "Acte.pdf", "2026-8")
    (archive.root / "Gharbi" / "notes.txt").write_bytes(b"a person's own")

    assert rename(archive, "Gharbi & Fils") == Done.DONE

    assert archive.files == [
        "Gharbi & Fils/2026-7 - Bail/2026-11-23 Bail.pdf",
        "Gharbi & Fils/2026-8 - Succession/2026-11-23 Acte.pdf",
        "Gharbi & Fils/notes.txt",
    ]
    assert all_are_held(archive)
    client = archive.client("Gharbi & Fils")
    assert (client.name_key, client.folder_key) == ("gharbi & fils", "gharbi & fils")
    assert archive.mirrored == [("mirror_client", client.id)]
    assert archive.audit() == ["Salma: client folder moved"]
    assert rename(archive, "Gharbi & Fils", "Gharbi & Fils") == Done.SAME


def test_what_comes_after_a_rename_goes_to_the_new_folder(archive: Archive) -> None:
    archive.comes(ONE, "Bail.pdf", "2026-7")
    rename(archive, "Gharbi SARL")
    archive.comes(TWO, "Bail.pdf", "2026-7")
    assert {path.split("/")[0] for path in archive.files} == {"Gharbi SARL"}


def test_a_dossier_gets_another_title_and_its_folder_bears_it(archive: Archive) -> None:
    document = archive.comes(ONE, "Bail.pdf", "2026-7")
    assert retitle(archive, "Bail  commercial: Sfax") == Done.DONE
    assert archive.files == ["Gharbi/2026-7 - Bail commercial_ Sfax/2026-11-23 Bail.pdf"]
    assert archive.dossier("2026-7").title == "Bail commercial: Sfax"
    assert archive.holds(document)
    assert archive.mirrored == [("mirror_dossier", archive.dossier("2026-7").id)]


def test_a_dossier_passes_to_another_client_with_its_documents(archive: Archive) -> None:
    document = archive.comes(ONE, "Bail.pdf", "2026-7")
    assert hand_over(archive) == Done.DONE
    assert archive.files == ["Ben Youssef/2026-7 - Bail/2026-11-23 Bail.pdf"]
    assert archive.row(document).client.name == "Ben Youssef"
    assert archive.dossier("2026-7").client.name == "Ben Youssef"
    assert not (archive.root / "Gharbi" / "2026-7 - Bail").exists()


def test_only_capitals_change(archive: Archive) -> None:
    archive.comes(ONE, "Bail.pdf", "2026-7")
    assert rename(archive, "GHARBI") == Done.DONE
    assert archive.files == ["GHARBI/2026-7 - Bail/2026-11-23 Bail.pdf"]
    assert all_are_held(archive)


def test_two_clients_are_never_called_the_same(archive: Archive) -> None:
    with pytest.raises(PermanentError, match="tells them apart"):
        rename(archive, "ben  YOUSSEF")
    assert archive.client("Gharbi")


def test_names_that_windows_takes_for_one_get_a_number(archive: Archive) -> None:
    archive.comes(ONE, "a.pdf", "2026-1")
    assert rename(archive, "Ben Youssef.") == Done.DONE
    assert archive.client("Ben Youssef.").folder == "Ben Youssef (2)"
    assert rename(archive, "_A rattacher", "Ben Youssef.") == Done.DONE
    assert archive.client("_A rattacher").folder == "_A rattacher (2)", "that one is ours"
    assert rename(archive, "CON", "_A rattacher") == Done.DONE
    assert archive.client("CON").folder == "_CON"


def test_a_folder_that_is_in_the_way_is_joined_and_nothing_in_it_overwritten(
    archive: Archive,
) -> None:
    document = archive.comes(ONE, "Bail.pdf", "2026-7")
    theirs = archive.root / "Gharbi SARL" / "2026-7 - Bail"
    theirs.mkdir(parents=True)
    (theirs / "2026-11-23 Bail.pdf").write_bytes(b"a person's own")
    (archive.root / "Gharbi" / "2026-7 - Bail" / "notes.txt").write_bytes(b"also theirs")
    (theirs / "notes.txt").write_bytes(b"other notes")

    assert rename(archive, "Gharbi SARL") == Done.DONE

    assert archive.files == [
        "Gharbi SARL/2026-7 - Bail/2026-11-23 Bail (2).pdf",
        "Gharbi SARL/2026-7 - Bail/2026-11-23 Bail.pdf",
        "Gharbi SARL/2026-7 - Bail/notes (2).txt",
        "Gharbi SARL/2026-7 - Bail/notes.txt",
    ]
    assert archive.holds(document)
    assert (theirs / "2026-11-23 Bail.pdf").read_bytes() == b"a person's own"
    assert not (archive.root / "Gharbi").exists()


def test_a_folder_that_nobody_may_move_is_said_and_nothing_is_begun(archive: Archive) -> None:
    """On Windows that is a folder which another program has open."""
    archive.comes(ONE, "Bail.pdf", "2026-7")
    lock = Immovable(archive.root / "Gharbi")
    if not lock.works:
        pytest.skip("this disk knows no files that cannot be moved")
    with lock, pytest.raises(PermanentError, match="Close what is open"):
        rename(archive, "Gharbi SARL")
    assert archive.client("Gharbi").folder == "Gharbi"
    assert not models.FolderMove.select().exists()
    assert rename(archive, "Gharbi SARL") == Done.DONE, "once it is closed"


def test_paths_stay_short_enough_for_windows(archive: Archive) -> None:
    document = archive.comes(ONE, "x" * 200 + ".pdf", "2026-7")
    longest = len(str(archive.root / archive.row(document).local_path))
    assert rename(archive, "Société immobilière et touristique de la corniche de Sfax") == Done.DONE
    retitle(archive, "Recouvrement de créances commerciales et saisies conservatoires")

    path = archive.root / archive.row(document).local_path
    assert len(str(path)) <= max(239, longest)
    assert archive.holds(document)
    assert archive.dossier("2026-7").folder.startswith("2026-7")


def test_a_longer_way_shortens_the_names_that_would_be_too_long(archive: Archive) -> None:
    """Moved to a client with a long folder, each document goes by itself."""
    rename(archive, "S" * 60, "Ben Youssef")
    room = 239 - len(str(archive.root / "Gharbi/2026-7 - Bail")) - 1
    document = archive.comes(ONE, "x" * (min(room, 120) - 15) + ".pdf", "2026-7")
    assert hand_over(archive, client="S" * 60) == Done.DONE
    assert archive.holds(document)
    assert archive.row(document).local_path.startswith("S" * 60 + "/2026-7")


def test_a_list_that_brings_another_title_leaves_the_folder_until_somebody_asks(
    archive: Archive,
) -> None:
    archive.comes(ONE, "Bail.pdf", "2026-7")
    changed = "client;dossier;title\nGharbi;2026-7;Bail commercial\n"
    archive.register.import_file(parse(changed.encode(), "TN"))
    assert archive.files == ["Gharbi/2026-7 - Bail/2026-11-23 Bail.pdf"]

    assert retitle(archive, "Bail commercial") == Done.DONE
    assert archive.files == ["Gharbi/2026-7 - Bail commercial/2026-11-23 Bail.pdf"]


def test_what_was_being_filed_when_the_folder_moved_is_fetched(archive: Archive) -> None:
    """Its file went to the old folder after that had been renamed; the row said so, truly."""
    document = archive.comes(ONE, "Bail.pdf", "2026-7")
    row = archive.row(document)
    rename(archive, "Gharbi SARL")
    late = archive.root / row.local_path
    late.parent.mkdir(parents=True)
    (archive.root / archive.row(document).local_path).rename(late)
    archive.store.write(lambda: rows.update(models.Document, document, local_path=row.local_path))

    archive.filing.sweep()

    assert archive.files == ["Gharbi SARL/2026-7 - Bail/2026-11-23 Bail.pdf"]
    assert archive.holds(document)


def test_greffier_starts_even_if_a_straggler_cannot_be_fetched(tmp_path: Path) -> None:
    with Archive.opened(tmp_path) as archive:
        document = archive.comes(ONE, "Bail.pdf", "2026-7")
        row = archive.row(document)
        rename(archive, "Gharbi SARL")
        (archive.root / archive.row(document).local_path).unlink()
        (archive.media / row.sha256).unlink()
        archive.store.write(
            lambda: rows.update(models.Document, document, local_path=row.local_path)
        )

    with Archive.opened(tmp_path) as archive:
        assert archive.row(document).local_path == row.local_path


def test_nothing_changes_for_what_is_no_more(archive: Archive) -> None:
    rehousing = archive.filing.rehousing
    assert rehousing.rename_client(99, "X", "Salma") == Done.GONE
    assert rehousing.retitle(99, "X", "Salma") == Done.GONE
    assert rehousing.hand_over(archive.dossier("2026-7").id, 99, "Salma") == Done.GONE
    assert rename(archive, "  ") == Done.SAME


class Immovable:
    """The folder as if another program held it: Linux says so of files that are immutable."""

    _SET, _IMMUTABLE = 0x40086602, 0x10

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.works = self._set(self._IMMUTABLE)
        self._set(0)

    def __enter__(self) -> None:
        self._set(self._IMMUTABLE)

    def __exit__(self, *_: object) -> None:
        self._set(0)

    def _set(self, flags: int) -> bool:
        import fcntl
        import os
        import struct

        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, self._SET, struct.pack("l", flags))
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True


Deed = Callable[[Archive], object]


def in_the_way(archive: Archive) -> None:
    (archive.root / "Gharbi SARL" / "2026-7 - Bail").mkdir(parents=True, exist_ok=True)
    theirs = archive.root / "Gharbi SARL" / "2026-7 - Bail" / "2026-11-23 Bail.pdf"
    if not theirs.exists():
        theirs.write_bytes(b"a person's own")


DEEDS: dict[str, tuple[Deed, Deed]] = {
    "client": (lambda _: None, lambda archive: rename(archive, "Gharbi SARL")),
    "joined": (in_the_way, lambda archive: rename(archive, "Gharbi SARL")),
    "title": (lambda _: None, lambda archive: retitle(archive, "Bail commercial")),
    "handed over": (lambda _: None, hand_over),
}


@pytest.mark.parametrize(("before", "deed"), list(DEEDS.values()), ids=list(DEEDS))
def test_power_may_fail_anywhere(tmp_path: Path, before: Deed, deed: Deed) -> None:
    with Archive.opened(tmp_path) as archive:
        archive.comes(ONE, "Bail.pdf", "2026-7")
        archive.comes(TWO, "Acte.pdf", "2026-8")
        (archive.root / "Gharbi/2026-7 - Bail/notes.txt").write_bytes(b"a person's own")
        before(archive)
    wanted = played(tmp_path, deed, None)
    for at in range(1, 90):
        became = played(tmp_path, deed, at)
        if became is None:
            assert at > 2, "some touches were cut"
            return
        assert became == wanted, f"cut at touch {at}"
    raise AssertionError("it never ended")


def played(base: Path, deed: Deed, at: int | None) -> object:
    """What rows and disk say in the end; None: there was nothing left to cut."""
    data = Path(shutil.copytree(base, base.with_name(f"{base.name}-{at}")))
    if at is not None and not cut(data, at, deed):
        return None
    with Archive.opened(data) as archive:
        if at is None:
            deed(archive)
        assert all_are_held(archive)
        assert models.FolderMove.select().where(models.FolderMove.done_at.is_null()).count() == 0
        documents = models.Document.select().order_by(models.Document.id)
        return archive.files, [(each.local_path, each.client.name) for each in documents]
