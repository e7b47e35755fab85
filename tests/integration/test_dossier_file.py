"""The history of a dossier, and all of it as one ZIP."""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from appliance.config import Dashboard
from appliance.dashboard import timeline_board
from appliance.dashboard.bundle import MANIFEST, Words, bundle
from appliance.dashboard.cabinet_board import CabinetBoard
from appliance.dashboard.door import dashboard_door
from appliance.errors import PermanentError
from appliance.firm.scope import EVERYTHING
from appliance.firm.users import Users
from appliance.store import models
from tests.integration.archive import Archive
from tests.integration.conftest import a_desk
from tests.integration.reading import plain_words

PASSWORD = "un mot de passe long"
BAIL, ACTE = b"%PDF-1.7 bail", b"%PDF-1.7 acte"


class Files:
    """The originals of an archive, as the files' board hands them out."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def is_withheld(self, document: models.Document) -> bool:
        return bool(document.safety == "quarantined")

    def file(self, document: models.Document) -> Path:
        path = self._archive.media / document.sha256
        if not path.is_file():
            raise PermanentError("nowhere")
        return path


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.opened(tmp_path) as opened:
        yield opened


@pytest.fixture
def lawyer(archive: Archive) -> FlaskClient:
    users = Users(archive.store, archive.clock, 12)
    users.add("Salma", "avocat", None, PASSWORD)
    parts: dict[str, Any] = {"files": Files(archive), "users": users}
    cabinet = CabinetBoard(archive.filing, lambda _: None)
    desk = a_desk(archive.store, archive.clock, cabinet=cabinet, **parts)
    browser: FlaskClient = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/login").text)
    assert found
    form = {"name": "Salma", "password": PASSWORD, "csrf_token": found[1]}
    assert browser.post("/login", data=form).status_code == 302
    return browser


def words(page: str) -> str:
    return plain_words(page, " ")


def saved(lawyer: FlaskClient, dossier_id: int) -> zipfile.ZipFile:
    answer = lawyer.get(f"/dossiers/{dossier_id}/zip")
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.data))


def manifest(file: zipfile.ZipFile) -> dict[str, list[str]]:
    [name] = [each for each in file.namelist() if each.endswith(MANIFEST)]
    sheet = csv.reader(io.StringIO(file.read(name).decode("utf-8-sig")))
    next(sheet)
    return {name: rest for name, *rest in sheet}


def test_the_whole_dossier_is_one_file_with_the_sum_of_each(
    archive: Archive, lawyer: FlaskClient
) -> None:
    first = archive.comes(BAIL, "Bail.pdf", "2026-7")
    archive.comes(ACTE, "Acte.pdf", "2026-7")
    archive.comes(b"%PDF-1.7 other", "Autre.pdf", "2026-8")
    dossier = archive.dossier("2026-7").id
    file = saved(lawyer, dossier)
    assert file.testzip() is None
    inside = sorted(name.rpartition("/")[2] for name in file.namelist())
    assert inside == ["2026-11-23 Acte.pdf", "2026-11-23 Bail.pdf", MANIFEST]
    assert {name.partition("/")[0] for name in file.namelist()} == {"2026-7 - Bail"}
    assert file.read("2026-7 - Bail/2026-11-23 Bail.pdf") == BAIL
    sums = manifest(file)
    assert sums["2026-11-23 Bail.pdf"][:2] == [hashlib.sha256(BAIL).hexdigest(), str(len(BAIL))]
    entry = models.AuditEntry.select().order_by(models.AuditEntry.id.desc()).get()
    assert (entry.actor, entry.action, entry.subject) == (
        "Salma",
        "dossier saved as a file",
        f"dossier:{dossier}",
    )
    assert str(first) in entry.detail


def test_what_is_in_quarantine_or_lost_is_left_out_and_named(
    archive: Archive, lawyer: FlaskClient
) -> None:
    bad = archive.comes(BAIL, "Mauvais.pdf", "2026-7")
    lost = archive.comes(ACTE, "Perdu.pdf", "2026-7")
    archive.store.write(
        models.Document.update(safety="quarantined").where(models.Document.id == bad).execute
    )
    (archive.media / archive.row(lost).sha256).unlink()
    file = saved(lawyer, archive.dossier("2026-7").id)
    assert manifest(file) == {}
    [note] = [name for name in file.namelist() if name.endswith(".txt")]
    said = file.read(note).decode("utf-8-sig")
    assert "Mauvais.pdf: in quarantine" in said
    assert "Perdu.pdf: nowhere" in said
    entry = models.AuditEntry.select().order_by(models.AuditEntry.id.desc()).get()
    assert str(bad) not in entry.detail.split(", "), "it was not opened"


def test_names_in_the_file_are_safe_and_none_is_there_twice(archive: Archive) -> None:
    source = archive.media / "one"
    source.write_bytes(BAIL)
    hostile = ["../../etc/passwd", "CON.pdf", "a/b.pdf", "=cmd|' /C calc'!A0.pdf", MANIFEST]
    named = [*hostile, "Acte.pdf", "ACTE.pdf", "acte.pdf"]
    now = archive.clock.now()
    documents = [
        (models.Document(name=name, sha256="0" * 64, received_at=now), False) for name in named
    ]
    told = Words("Note.txt", "left out", str, "quarantined", "changed")
    data = b"".join(bundle("../x", documents, lambda _: source, told))
    file = zipfile.ZipFile(io.BytesIO(data))
    inside = file.namelist()
    assert len({name.casefold() for name in inside}) == len(inside) == len(named) + 1
    for name in inside:
        folder, _, rest = name.partition("/")
        assert folder not in {"", "..", "."}
        assert not set(rest) & {"/", "\\"}
        assert not rest.startswith(".")
    lines = manifest(file)
    assert all(remark == "changed" for _, _, remark in lines.values())
    assert not any(name.startswith("=") for name in lines)


def test_a_large_dossier_passes_in_small_pieces(archive: Archive) -> None:
    source = archive.media / "large"
    source.write_bytes(bytes(8 * 1024 * 1024))
    document = models.Document(name="x.bin", sha256="", received_at=archive.clock.now())
    told = Words("Note.txt", "left out", str, "quarantined", "changed")
    sizes = [len(piece) for piece in bundle("x", [(document, False)], lambda _: source, told)]
    assert max(sizes) < 2 * 1024 * 1024
    assert sum(sizes) > 8 * 1024 * 1024


def test_the_history_tells_what_was_received_moved_and_decided_the_latest_first(
    archive: Archive, lawyer: FlaskClient
) -> None:
    document = archive.comes(BAIL, "Bail.pdf", "2026-7")
    archive.clock.pass_(timedelta(minutes=5))
    archive.filing.mover.rename(document, "Contrat", "Nour")
    archive.clock.pass_(timedelta(minutes=5))
    archive.filing.mover.move(document, archive.dossier("2026-8").id, "Nour")
    archive.clock.pass_(timedelta(minutes=5))
    archive.filing.rehousing.retitle(archive.dossier("2026-7").id, "Expulsion", "Nour")
    page = words(lawyer.get(f"/dossiers/{archive.dossier('2026-7').id}/history").text)
    told = ["Folder moved", "moved from 2026-7 to 2026-8", "renamed to"]
    places = [page.index(each) for each in told]
    assert places == sorted(places)
    other = words(lawyer.get(f"/dossiers/{archive.dossier('2026-8').id}/history").text)
    assert "received from +21699999999" in other


def test_a_burst_is_one_line_and_older_ones_follow_without_a_gap(archive: Archive) -> None:
    for number in range(3):
        archive.comes(b"%PDF burst " + bytes([number]), f"p{number}.pdf", "2026-7")
    dossier = archive.dossier("2026-7").id
    for number in range(timeline_board.PAGE + 10):
        archive.clock.pass_(timedelta(minutes=1))
        archive.comes(f"%PDF {number}".encode(), f"n{number}.pdf", "2026-7")
    before, counts = None, []
    while True:
        seen = timeline_board.timeline(dossier, EVERYTHING, before)
        counts += [event.count for event in seen.events]
        before = seen.before
        if before is None:
            break
    assert counts == [1] * (timeline_board.PAGE + 10) + [3]


def test_a_history_without_events_says_what_will_be_there(
    archive: Archive, lawyer: FlaskClient
) -> None:
    page = lawyer.get(f"/dossiers/{archive.dossier('2026-7').id}/history?before=nonsense")
    assert "Nothing has happened in this dossier yet" in page.text
