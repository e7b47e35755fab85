"""Dossiers: closed, held, opened again; and destroyed, by two people, with a report."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from appliance.demo import cast
from appliance.errors import PermanentError
from appliance.keeping.destroying import Destroyer, Elsewhere, Places
from appliance.keeping.folder import DossierFolders
from appliance.keeping.outcomes import Outcome
from appliance.keeping.terms import years_after
from appliance.simulator.whatsapp import Meta
from appliance.store import models, rows
from tests.integration.conftest import Office
from tests.integration.keeper import DAY, Keeper, keeper
from tests.support import until

BAIL, LETTER = cast.pdf("CONTRAT DE BAIL"), cast.pdf("LETTRE")
REFERENCE = "2026-0042"


@pytest.fixture
def kept(office: Office, meta: Meta) -> Keeper:
    """Two documents of one dossier, with their words; and a greeting that is about nothing."""
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    phone.sends(BAIL, filename="bail.pdf", caption="mon bail")
    phone.sends(LETTER, filename="lettre.pdf")
    phone.writes("Bonjour")
    meta.settle()
    office.rests()
    return keeper(office)


def actions() -> list[str]:
    return [row.action for row in models.AuditEntry.select() if "dossier" in row.action]


def items(found: models.Destruction) -> dict[str, models.DestructionItem]:
    return {item.name.split(" ", 1)[1]: item for item in found.items}


def test_a_dossier_is_due_when_its_years_are_over_and_not_before(kept: Keeper) -> None:
    dossier = kept.dossier(REFERENCE)
    terms = kept.care.terms
    assert (terms.of(dossier).due_at, terms.due()) == (None, [])
    assert terms.close(dossier.id, "Salma")
    assert not terms.close(dossier.id, "Salma"), "once"
    closed_at = kept.dossier(REFERENCE).closed_at
    due_at = terms.of(kept.dossier(REFERENCE)).due_at
    assert due_at == years_after(closed_at, 5)

    kept.clock.pass_(due_at - kept.clock.now() - timedelta(seconds=1))
    assert terms.due() == []
    kept.clock.pass_(timedelta(seconds=2))
    assert [one.reference for one in terms.due()] == [REFERENCE]

    terms.set_years(dossier.id, 10, "Salma")
    assert terms.due() == []
    terms.set_years(dossier.id, None, "Salma")
    assert kept.care.holds.begin(dossier.id, "litige", "Salma")
    assert not kept.care.holds.begin(dossier.id, "encore", "Salma")
    assert terms.due() == []
    assert kept.care.holds.end(dossier.id, "Leïla")
    assert terms.reopen(dossier.id, "Salma")
    assert terms.due() == []
    assert actions() == ["dossier closed", "dossier opened again"]


@pytest.mark.parametrize(
    ("closed", "years", "due"),
    [
        (datetime(2024, 2, 29, 12, tzinfo=UTC), 5, datetime(2029, 2, 28, 12, tzinfo=UTC)),
        (datetime(2024, 2, 29, 12, tzinfo=UTC), 4, datetime(2028, 2, 29, 12, tzinfo=UTC)),
        (datetime(2026, 11, 25, tzinfo=UTC), 1, datetime(2027, 11, 25, tzinfo=UTC)),
    ],
)
def test_years_are_calendar_years(closed: datetime, years: int, due: datetime) -> None:
    assert years_after(closed, years) == due


def test_nothing_is_destroyed_but_by_two_people(kept: Keeper) -> None:
    decisions = kept.care.decisions
    dossier = kept.dossier(REFERENCE)
    assert decisions.propose(dossier.id, "échu", "Salma") == "not_due"
    kept.close_and_wait(REFERENCE)
    assert decisions.propose(dossier.id, "échu", "Salma") == "done"
    assert decisions.propose(dossier.id, "échu", "Leïla") == "gone", "once"
    found = models.Destruction.get()

    assert decisions.confirm(found.id, "Salma") == "same_person"
    kept.clock.pass_(30 * DAY)
    assert decisions.confirm(found.id, "Salma") == "same_person", "however long she waits"
    assert len(kept.office.files) == 2

    assert decisions.withdraw(found.id, "Leïla") == "done"
    assert decisions.confirm(found.id, "Leïla") == "gone"
    assert len(kept.office.files) == 2


def test_who_decides_alone_waits_for_a_week(kept: Keeper) -> None:
    kept.users.disable("Leïla")
    dossier = kept.close_and_wait(REFERENCE)
    decisions = kept.care.decisions
    assert decisions.propose(dossier.id, "échu", "Salma") == "done"
    found = models.Destruction.get()

    kept.clock.pass_(7 * DAY - timedelta(seconds=1))
    assert decisions.confirm(found.id, "Salma") == "too_soon"
    kept.clock.pass_(timedelta(seconds=1))
    assert decisions.confirm(found.id, "Salma") == "done"


def test_what_is_destroyed_is_gone_everywhere_and_the_report_says_so(kept: Keeper) -> None:
    bail = models.Document.get(models.Document.name.contains("bail"))
    dossier = kept.close_and_wait(REFERENCE)
    hashes = {row.sha256 for row in models.Document.select()}

    found = kept.destroy(dossier)

    assert (found.status, found.texts) == ("done", 2)
    assert kept.office.files == set()
    assert not any(kept.shelf.path(sha256).exists() for sha256 in hashes)
    assert not (kept.office.folder / dossier.client.folder / dossier.folder).exists()
    rows = items(found)
    assert {(row.folder, row.media, row.drive) for row in rows.values()} == {
        ("removed", "removed", "none")
    }
    assert rows["bail.pdf"].sha256 == bail.sha256
    tomb = models.Document.get_by_id(bail.id)
    assert (tomb.sha256, tomb.received_at) == (bail.sha256, bail.received_at)
    assert (tomb.destruction_id, tomb.local_path, tomb.dossier_id) == (found.id, None, None)
    assert tomb.destroyed_at is not None
    message = models.Message.get(document=bail.id)
    assert (message.body, message.raw) == (None, "{}")
    assert models.Message.get(type="text").body == "Bonjour", "it goes by its age"
    assert (found.proposed_by, found.confirmed_by) == ("Salma", "Leïla")
    assert kept.inventory().missing == []


@pytest.mark.parametrize("status", ["failed", "unknown", "read"])
def test_the_name_of_what_is_destroyed_is_not_kept_where_it_was_sent(
    kept: Keeper, status: str
) -> None:
    """Nor what was written beside it: not of what failed, nor of what left another dossier."""
    bail, now = models.Document.get(models.Document.name.contains("bail")), kept.clock.now()
    values = {
        "channel": "whatsapp",
        "kind": "enclosure",
        "recipient": f"+{cast.BEN_YOUSSEF}",
        "callback": status,
        "dedupe_key": status,
        "author": "Salma",
        "status": status,
        "document": bail,
        "dossier": kept.dossier("2025-0310"),
        "subject": bail.name,
        "body": "Voici le bail",
        "created_at": now,
    }
    kept.write(lambda: rows.insert(models.Outgoing, **values))

    kept.destroy(kept.close_and_wait(REFERENCE))

    row = models.Outgoing.get(models.Outgoing.document == bail)
    assert (row.status, row.subject, row.body) == (status, None, None)


def test_who_sends_the_same_again_has_sent_a_new_document(kept: Keeper, meta: Meta) -> None:
    dossier = kept.close_and_wait(REFERENCE)
    kept.destroy(dossier)

    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    kept.office.rests()

    fresh = models.Document.get(models.Document.destroyed_at.is_null())
    assert kept.shelf.path(fresh.sha256).read_bytes() == BAIL
    assert len(kept.office.files) == 1
    assert kept.inventory().missing == []


def test_what_a_person_put_there_or_changed_is_left_and_named(kept: Keeper) -> None:
    dossier = kept.close_and_wait(REFERENCE)
    folder = kept.office.folder / dossier.client.folder / dossier.folder
    (folder / "notes de Maître.txt").write_text("à moi")
    bail = next(folder.glob("*bail.pdf"))
    bail.chmod(0o640)
    bail.write_bytes(BAIL + b"annote")
    next(folder.glob("*lettre.pdf")).rename(folder / "renommée.pdf")

    found = kept.destroy(dossier)

    assert sorted(path.name for path in folder.iterdir()) == [bail.name, "notes de Maître.txt"]
    assert [path.rsplit("/", 1)[1] for path in json.loads(found.left)] == [
        bail.name,
        "notes de Maître.txt",
    ]
    rows = items(found)
    assert (rows["bail.pdf"].folder, rows["lettre.pdf"].folder) == ("changed", "removed")


def test_a_link_in_the_folder_is_never_followed(kept: Keeper, tmp_path_factory: object) -> None:
    dossier = kept.close_and_wait(REFERENCE)
    outside = kept.office.config.firm.data / "outside"
    outside.mkdir()
    (outside / "bail.pdf").write_bytes(BAIL)
    folder = kept.office.folder / dossier.client.folder / dossier.folder
    (folder / "lien").symlink_to(outside)
    (folder / "lien.pdf").symlink_to(outside / "bail.pdf")

    kept.destroy(dossier)

    assert (outside / "bail.pdf").read_bytes() == BAIL
    assert (folder / "lien.pdf").is_symlink()


def test_bytes_that_another_dossier_has_too_stay(kept: Keeper, meta: Meta) -> None:
    meta.phone(cast.CARTHAGE, "Carthage").sends(BAIL, filename="copie.pdf")
    meta.settle()
    kept.office.rests()
    dossier = kept.close_and_wait(REFERENCE)

    found = kept.destroy(dossier)

    assert (items(found)["bail.pdf"].media, items(found)["lettre.pdf"].media) == (
        "shared",
        "removed",
    )
    other = models.Document.get(models.Document.destroyed_at.is_null())
    assert kept.shelf.path(other.sha256).read_bytes() == BAIL
    assert len(kept.office.files) == 1


def test_a_hold_between_the_two_steps_keeps_everything(kept: Keeper) -> None:
    dossier = kept.close_and_wait(REFERENCE)
    assert kept.care.decisions.propose(dossier.id, "échu", "Salma") == "done"
    kept.care.holds.begin(dossier.id, "ordonnance", "Salma")

    assert kept.care.decisions.confirm(models.Destruction.get().id, "Leïla") == "not_due"
    assert len(kept.office.files) == 2


def test_a_dossier_opened_again_is_not_destroyed(kept: Keeper) -> None:
    dossier = kept.close_and_wait(REFERENCE)
    kept.care.decisions.propose(dossier.id, "échu", "Salma")

    assert kept.care.terms.reopen(dossier.id, "Nour")

    found = models.Destruction.get()
    assert (found.status, found.withdrawn_by) == ("withdrawn", "Nour")
    assert kept.care.decisions.confirm(found.id, "Leïla") == "gone"


class CutError(Exception):
    """The power fails here."""


def cuts() -> Iterator[str]:
    yield from ("looked", "found", "removed", "folder", "buried", "bytes")


def cut_at(step: str, kept: Keeper, destruction: models.Destruction) -> None:
    """Leave it as a power cut after this step does: what was done by then is on disk."""
    folders = DossierFolders(kept.office.folder)
    first = next(iter(destruction.items))
    store = kept.office.store
    if step == "looked":
        return
    sorted_ = folders.sort(destruction.dossier, list(destruction.items))
    for item in destruction.items:
        paths = json.dumps(sorted_.ours[item.sha256])
        store.write(
            models.DestructionItem.update(found=paths)
            .where(models.DestructionItem.id == item.id)
            .execute
        )
    if step == "found":
        return
    item = models.DestructionItem.get_by_id(first.id)
    leaving = {"folder": Outcome.LEAVING}
    store.write(lambda: rows.update(models.DestructionItem, item.id, **leaving))
    folders.remove(item, json.loads(item.found))
    if step == "removed":
        return
    store.write(
        models.DestructionItem.update(folder="removed")
        .where(models.DestructionItem.id == item.id)
        .execute
    )
    if step == "folder":
        return
    work = destroyer(kept)
    store.write(lambda: work._bury(destruction, item, is_there=True))
    if step == "bytes":
        kept.shelf.discard(item.sha256)


def destroyer(kept: Keeper) -> Destroyer:
    turn = kept.office.premises.turn
    places = Places(DossierFolders(kept.office.folder), kept.shelf, turn)
    store, chores = kept.office.store, kept.office.chores
    return Destroyer(store, kept.clock, kept.users, chores, places, Elsewhere())


@pytest.mark.parametrize("step", list(cuts()))
def test_a_destruction_that_was_cut_anywhere_goes_on_and_the_report_is_the_same(
    kept: Keeper, step: str
) -> None:
    dossier = kept.close_and_wait(REFERENCE)
    kept.care.decisions.propose(dossier.id, "échu", "Salma")
    found = models.Destruction.get()
    kept.office.chores.stopping.set()  # it is confirmed, and Greffier stops at once
    kept.care.decisions.confirm(found.id, "Leïla")
    until(lambda: models.Chore.get(kind="destroy").error)  # due again in 15 s
    kept.office.chores.stopping.clear()
    found = models.Destruction.get()
    cut_at(step, kept, found)

    work = destroyer(kept)
    finish = work.destroy(found.id)
    assert finish is not None
    kept.write(finish)

    found = models.Destruction.get()
    rows = items(found)
    assert {(row.folder, row.media) for row in rows.values()} == {("removed", "removed")}
    assert (found.status, kept.office.files) == ("done", set())
    assert list(kept.media.glob("??/*")) == []
    assert work.destroy(found.id) is None, "done is done"


def test_a_hold_in_the_middle_stops_the_rest(kept: Keeper) -> None:
    dossier = kept.close_and_wait(REFERENCE)
    kept.care.decisions.propose(dossier.id, "échu", "Salma")
    found = models.Destruction.get()
    kept.office.chores.stopping.set()
    kept.care.decisions.confirm(found.id, "Leïla")
    until(lambda: models.Chore.get(kind="destroy").error)  # due again in 15 s
    kept.office.chores.stopping.clear()
    cut_at("bytes", kept, models.Destruction.get())
    kept.care.holds.begin(dossier.id, "ordonnance", "Salma")

    with pytest.raises(PermanentError, match="legal hold"):
        destroyer(kept).destroy(found.id)
    assert len(kept.office.files) == 1, "the second document"

    kept.care.holds.end(dossier.id, "Salma")
    assert kept.care.decisions.go_on(found.id, "Salma")
    kept.office.rests()
    assert models.Destruction.get().status == "done"
    assert kept.office.files == set()


def test_a_folder_on_a_disk_that_is_away_waits_and_loses_nothing(kept: Keeper) -> None:
    dossier = kept.close_and_wait(REFERENCE)
    away = kept.office.folder.with_name("unplugged")
    kept.office.folder.rename(away)
    kept.care.decisions.propose(dossier.id, "échu", "Salma")
    found = models.Destruction.get()

    kept.care.decisions.confirm(found.id, "Leïla")
    until(lambda: models.Chore.get(kind="destroy").error is not None)

    assert "is not there" in models.Chore.get(kind="destroy").error
    assert {item.folder for item in found.items} == {None}
    assert len(list(kept.media.glob("??/*"))) == 2
    away.rename(kept.office.folder)
    assert kept.care.decisions.go_on(found.id, "Salma")
    kept.office.rests()
    assert models.Destruction.get().status == "done"


def test_a_document_that_was_moved_to_another_dossier_meanwhile_stays(kept: Keeper) -> None:
    dossier = kept.close_and_wait(REFERENCE)
    kept.care.decisions.propose(dossier.id, "échu", "Salma")
    found = models.Destruction.get()
    kept.office.chores.stopping.set()
    kept.care.decisions.confirm(found.id, "Leïla")
    until(lambda: models.Chore.get(kind="destroy").error)  # due again in 15 s
    kept.office.chores.stopping.clear()
    moved = models.Document.get(models.Document.name.contains("bail"))
    elsewhere = kept.dossier("2025-0310")
    kept.write(
        models.Document.update(dossier=elsewhere).where(models.Document.id == moved.id).execute
    )

    finish = destroyer(kept).destroy(found.id)
    assert finish is not None
    kept.write(finish)

    assert kept.shelf.path(moved.sha256).read_bytes() == BAIL
    assert (kept.office.folder / moved.local_path).read_bytes() == BAIL
    assert items(models.Destruction.get())["bail.pdf"].media == "elsewhere"
