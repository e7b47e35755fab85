"""What two do to one document at the same moment, and what comes after it was destroyed."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from appliance.demo import cast
from appliance.filing.acts import Done
from appliance.filing.binding import Binder, Bindery
from appliance.filing.folders import Arrival, Place
from appliance.filing.matching import ClientToAsk, Reason, UnknownSender
from appliance.filing.placing import Cabinet
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.keeping.destroying import Elsewhere
from appliance.safety import quarantine, waiting
from appliance.safety.findings import Finding, said
from appliance.sights.reading import Reading
from appliance.sights.texts import Texts
from appliance.simulator.whatsapp import Meta
from appliance.store import models, rows
from appliance.store.models import Document, Safety
from tests.integration.conftest import Office
from tests.integration.keeper import Keeper, keeper
from tests.integration.test_destruction import BAIL, LETTER, REFERENCE

INFECTED = said(Finding.INFECTED, signature="Eicar")
SOON = 1.0  # seconds that another thread is given; it needs a tenth, if nothing keeps it waiting


@pytest.fixture
def kept(office: Office, meta: Meta) -> Keeper:
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    for content, name in ((BAIL, "bail.pdf"), (LETTER, "lettre.pdf")):
        phone.sends(content, filename=name)
        meta.settle()
        office.rests()
    put_away = office.config.firm.data / "quarantine"
    elsewhere = Elsewhere(forget_put_away=lambda gone: quarantine.forget(gone, put_away))
    return keeper(office, elsewhere)


def document(row_id: int = 1) -> Document:
    found: Document = Document.get_by_id(row_id)
    return found


def another(reference: str = REFERENCE) -> models.Dossier:
    found: models.Dossier = models.Dossier.get(models.Dossier.reference != reference)
    return found


def twin(kept: Keeper, sender: str = "+21699999999") -> int:
    """Somebody whom nobody knows has sent the very bytes of document 1."""
    first, folders = document(), kept.office.pipeline._folders
    values = {"wamid": f"wamid.{sender}", "sender": sender, "type": "document", "raw": "{}"}
    now = kept.clock.now()
    message = kept.office.store.write(
        lambda: rows.insert(models.Message, **values, received_at=now)
    )
    arrival = Arrival(message, first.sha256, first.size, "application/pdf", "bail.pdf")
    source = kept.media / first.sha256[:2] / first.sha256
    reserved = folders.reserve(arrival, source, UnknownSender(Reason.UNKNOWN_NUMBER))
    path = folders.place(reserved, source)
    kept.write(lambda: folders.placed(reserved.document, path))
    return int(reserved.document.id)


class AtOnce:
    """Does something else in another thread while a file is being put somewhere."""

    def __init__(self, cabinet: Cabinet, deed: Callable[[], object]) -> None:
        self._put, self._deed = cabinet.put, deed
        self._thread = threading.Thread(target=deed)
        self._cabinet = cabinet
        cabinet.put = self  # type: ignore[method-assign,assignment]

    def __call__(self, *args: Any, **given: Any) -> Path:
        path = self._put(*args, **given)
        self._cabinet.put = self._put  # type: ignore[method-assign]
        self._thread.start()
        self._thread.join(SOON)
        return path

    def end(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()


def test_an_infected_document_that_is_being_moved_is_put_away_where_it_goes(kept: Keeper) -> None:
    office = kept.office
    scan = AtOnce(office.premises.cabinet, lambda: office.examiner._put_away(document(), INFECTED))

    assert office.cabinets.mover.move(1, another().id, "Nour") == Done.DONE
    scan.end()

    assert not [path for path in office.files if "bail" in path]
    assert document().safety == Safety.QUARANTINED


def test_what_is_released_while_it_is_moved_stands_where_its_row_says(kept: Keeper) -> None:
    office = kept.office
    office.examiner._put_away(document(), INFECTED)
    cabinet = office.examiner._quarantine._cabinet
    move = AtOnce(cabinet, lambda: office.cabinets.mover.move(1, another().id, "Nour"))

    assert office.examiner.release(1, "Leïla")
    move.end()

    seen = document()
    assert seen.local_path is not None
    assert seen.local_path.startswith(f"{seen.dossier.client.folder}/{seen.dossier.folder}/")
    assert (office.folder / seen.local_path).read_bytes() == BAIL


def test_what_is_destroyed_while_it_is_moved_is_in_one_place_or_in_none(kept: Keeper) -> None:
    office = kept.office
    dossier = kept.close_and_wait(REFERENCE)
    destroyed = AtOnce(office.premises.cabinet, lambda: kept.destroy(dossier))

    assert office.cabinets.mover.move(1, another().id, "Nour") == Done.DONE
    destroyed.end()

    seen = document()
    assert seen.destroyed_at is None, "it was moved first: it is in another dossier"
    assert [path for path in office.files if "bail" in path] == [seen.local_path]
    assert document(2).destroyed_at is not None


def test_the_former_place_of_an_infected_document_is_cleared_too(kept: Keeper) -> None:
    office = kept.office
    old = office.folder / "Ancien" / "bail.pdf"
    old.parent.mkdir()
    old.write_bytes(BAIL)
    kept.write(lambda: rows.update(Document, 1, old_path="Ancien/bail.pdf"))

    office.examiner._put_away(document(), INFECTED)

    assert not old.exists()
    assert not [path for path in office.files if "bail" in path]


def test_a_destroyed_document_waits_for_nobody(kept: Keeper) -> None:
    office = kept.office
    office.examiner._put_away(document(), INFECTED)
    kept.write(lambda: office.examiner._book.doubt(document(2), said(Finding.ENCRYPTED)))
    held = office.config.firm.data / "quarantine"
    assert list(held.iterdir())

    kept.destroy(kept.close_and_wait(REFERENCE))

    counts = waiting.counts()
    assert (counts.quarantined, counts.to_check) == (0, 0)
    assert not list(held.iterdir()), "the copy that was put away is destroyed, too"
    assert not office.examiner.release(1, "Leïla")
    assert not office.examiner.check(2, "Leïla")
    office.examiner.sweep()
    assert office.files == set()


def test_a_destroyed_document_takes_nothing_from_its_released_twin(kept: Keeper) -> None:
    office = kept.office
    other = twin(kept)
    office.examiner._put_away(document(), INFECTED)
    kept.destroy(kept.close_and_wait(REFERENCE))

    assert office.examiner.release(other, "Leïla")
    office.rests()
    office.examiner.sweep()  # the next start

    sha256 = document(other).sha256
    assert (kept.media / sha256[:2] / sha256).read_bytes() == BAIL
    late = twin(kept, "+21688888888")
    office.examiner.examine(late)
    assert document(other).safety == Safety.TO_CHECK, "an administrator has let these bytes go"


def test_the_sweep_leaves_a_destroyed_binding_alone(kept: Keeper) -> None:
    office = kept.office
    kept.write(lambda: rows.update(Document, 1, reason=Reason.BOUND))
    kept.destroy(kept.close_and_wait(REFERENCE))
    bindery: Any = Bindery(None, None, kept.shelf.path, office.chores, None, lambda *_: None)  # type: ignore[arg-type]
    place = Place(office.folder, ZoneInfo("Africa/Tunis"))

    assert Binder(office.store, kept.clock, place, Cabinet(), bindery).sweep() == 0


def test_what_is_tried_again_after_it_was_destroyed_is_a_new_document(kept: Keeper) -> None:
    office, first = kept.office, document()
    values = {"wamid": "wamid.again", "sender": first.sender, "type": "document", "raw": "{}"}
    failed = {"document": first, "is_duplicate": True, "status": "error", "error": "x"}
    now = kept.clock.now()
    message = office.store.write(
        lambda: rows.insert(models.Message, **values, **failed, received_at=now)
    )
    sha256, client_id = first.sha256, first.client_id
    kept.destroy(kept.close_and_wait(REFERENCE))
    source = kept.media / sha256[:2] / sha256
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(BAIL)

    folders = office.pipeline._folders
    arrival = Arrival(message, sha256, len(BAIL), "application/pdf", "bail.pdf")
    reserved = folders.reserve(arrival, source, ClientToAsk(client_id, Reason.SEVERAL_DOSSIERS))

    assert reserved.is_new
    assert not office.store.write(lambda: folders.placed(document(), office.folder / "bail.pdf"))
    assert document().stored_at is None, "no tombstone lives again"


def test_the_words_of_a_document_that_was_destroyed_while_it_was_read_are_not_kept(
    kept: Keeper,
) -> None:
    office, texts = kept.office, Texts(kept.office.store)
    dossier = kept.close_and_wait(REFERENCE)

    class Slow:
        has_machine = False

        def written(self, _: Document) -> tuple[list[str], list[int]]:
            kept.destroy(dossier)
            return ["le bail gravissime"], []

    slow: Any = Slow()
    reading = Reading(office.store, kept.clock, slow, texts, office.chores, lambda _: False)
    finish = reading.read(1)
    assert finish is not None
    office.store.write(finish)

    assert texts.search("gravissime") == []


def stopped_after_the_search(kept: Keeper, dossier: models.Dossier) -> models.Destruction:
    """Confirmed, looked for, and then held: nothing is removed yet."""
    destroyer = kept.care.destroyer
    search = destroyer._search

    def and_is_held(found: models.Destruction) -> None:
        search(found)
        destroyer._search = search  # type: ignore[method-assign]
        kept.care.holds.begin(dossier.id, "litige", "Salma")

    destroyer._search = and_is_held  # type: ignore[method-assign]
    kept.destroy(dossier)
    assert kept.care.holds.end(dossier.id, "Salma")
    found: models.Destruction = models.Destruction.get()
    assert {item.folder for item in found.items} == {None}
    return found


def test_files_that_moved_with_their_folder_since_they_were_looked_for_are_destroyed(
    kept: Keeper,
) -> None:
    office = kept.office
    dossier = kept.close_and_wait(REFERENCE)
    found = stopped_after_the_search(kept, dossier)
    office.cabinets.rehousing.retitle(dossier.id, "Autre titre", "Nour")

    assert kept.care.decisions.go_on(found.id, "Leïla")
    office.rests()

    found = models.Destruction.get()
    assert (found.status, {item.folder for item in found.items}) == ("done", {"removed"})
    assert office.files == set()


def test_files_that_a_person_renamed_since_are_found_and_destroyed(kept: Keeper) -> None:
    office = kept.office
    dossier = kept.close_and_wait(REFERENCE)
    found = stopped_after_the_search(kept, dossier)
    local = document().local_path
    assert local is not None
    path = office.folder / local
    path.rename(path.with_name("renommé à la main.pdf"))

    assert kept.care.decisions.go_on(found.id, "Leïla")
    office.rests()

    assert office.files == set()
    assert {item.folder for item in models.Destruction.get().items} == {"removed"}


def test_what_was_filed_after_the_proposal_stays(kept: Keeper) -> None:
    other = twin(kept)
    dossier = kept.close_and_wait(REFERENCE)
    assert kept.care.decisions.propose(dossier.id, "échu", "Salma") == "done"
    kept.clock.pass_(timedelta(days=1))
    kept.office.cabinets.mover._clock = kept.clock
    assert kept.office.cabinets.mover.move(other, dossier.id, "Nour") == Done.DONE

    found = models.Destruction.get()
    assert kept.care.decisions.confirm(found.id, "Leïla") == "done"
    kept.office.rests()

    late = document(other)
    assert late.destroyed_at is None
    assert late.local_path is not None
    assert (kept.office.folder / late.local_path).read_bytes() == BAIL
    folders = {item.document_id: item.folder for item in models.Destruction.get().items}
    assert folders[1] == "shared", "the file of another document now"


def test_nothing_leaves_a_dossier_under_legal_hold(kept: Keeper) -> None:
    mover = kept.office.cabinets.mover
    held = kept.dossier(REFERENCE)
    assert kept.care.holds.begin(held.id, "litige", "Salma")

    assert mover.move(1, another().id, "Nour") == Done.HELD
    assert mover.send_back(1, "Nour") == Done.HELD
    assert mover.rename(1, "Le bail", "Nour") == Done.DONE, "inside, people work on"
    assert document().dossier_id == held.id
    assert kept.care.holds.end(held.id, "Salma")
    assert mover.move(1, another().id, "Nour") == Done.DONE


def test_an_act_whose_undoing_would_take_out_of_a_hold_is_not_undone(kept: Keeper) -> None:
    mover, other = kept.office.cabinets.mover, another()
    assert mover.move(1, other.id, "Nour") == Done.DONE
    batch = models.Act.select().order_by(models.Act.id.desc()).get().batch
    assert kept.care.holds.begin(other.id, "litige", "Salma")

    assert mover.undo(batch, "Nour") == Done.HELD
    assert document().dossier_id == other.id


LIST = "client;phone;dossier;title;status\n"


def imported(kept: Keeper, line: str) -> str:
    register = Register(kept.office.store, kept.clock)
    return register.import_file(parse(f"{LIST}{line}\n".encode(), "TN"))[0].verdict


def test_a_list_that_does_not_say_so_opens_no_closed_dossier(kept: Keeper) -> None:
    dossier = kept.dossier(REFERENCE)
    kept.care.terms.close(dossier.id, "Salma")
    closed_at = kept.dossier(REFERENCE).closed_at

    assert imported(kept, f"{dossier.client.name};;{REFERENCE};{dossier.title};") == "unchanged"
    assert kept.dossier(REFERENCE).closed_at == closed_at
    assert imported(kept, f"{dossier.client.name};;{REFERENCE};{dossier.title};actif") == "changed"
    assert kept.dossier(REFERENCE).closed_at is None


def test_no_list_opens_what_is_being_destroyed(kept: Keeper) -> None:
    dossier = kept.close_and_wait(REFERENCE)
    found = stopped_after_the_search(kept, dossier)

    assert imported(kept, f"{dossier.client.name};;{REFERENCE};;actif") == "refused"
    assert kept.dossier(REFERENCE).status == "closed"
    assert json.loads(found.left) == []


def test_no_client_gets_the_folder_of_what_waits(kept: Keeper) -> None:
    assert imported(kept, "_A rattacher;+21655111222;Z-1;x;actif") == "created"
    folder = models.Client.get(models.Client.name == "_A rattacher").folder
    assert folder == "_A rattacher (2)"
