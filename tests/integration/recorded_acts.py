"""The acts of the dashboard: how each is done, and what the audit log calls it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask.testing import FlaskClient

from appliance import chores
from appliance.config import Rate
from appliance.demo import cast
from appliance.firm.deadlines import DeadlineDraft
from appliance.firm.parties import EventKind, IdentityChange
from appliance.firm.people import People
from appliance.firm.register import Register
from appliance.firm.scope import EVERYTHING
from appliance.outbox.enclosures import seal_of
from appliance.store import models
from appliance.store.database import by_nobody
from appliance.store.models import MessageStatus, Role, Safety
from tests.integration.reading import token_of
from tests.integration.recorded_house import PASSWORD, REFERENCE, House

Filled = tuple[dict[str, object], dict[str, object]]  # the address, the form
Ready = Callable[[House], Filled]
Comes = Callable[[House, str], FlaskClient]

YEAR = timedelta(days=365)
QUESTION = {
    "language": "fr",
    "title": "Adresse",
    "keywords": "adresse",
    "answer": "12, rue de Marseille.",
    "priority": "2",
}


@dataclass(frozen=True)
class Act:
    """How one is done: by whom, where, with which form; and what the log calls it.

    `ready`: makes what is there before, and says what is filled into address and form. `comes`:
    the browser in which it is done.
    """

    role: str
    action: str
    ready: Ready
    comes: Comes = House.browser


def _plain(**form: object) -> Ready:
    return lambda _: ({}, form)


def _limit(house: House) -> Filled:
    house.desk.limits.change("whatsapp_send", Rate(9, timedelta(days=1)), "x", by_nobody)
    return {"name": "whatsapp_send"}, {"count": "7"}


def _failed_message(house: House) -> Filled:
    return {"row_id": house.message(status=MessageStatus.ERROR, error="x")}, {}


def _news(house: House) -> Filled:
    values = {"field": "security", "event": "x", "severity": "warning"}
    at = house.clock.now()
    return {"row_id": house.made(models.AccountEvent, **values, received_at=at)}, {}


def _doubt(house: House) -> Filled:
    people, number = People(house.store, house.clock), f"+{cast.BEN_YOUSSEF}"
    change = IdentityChange(EventKind.NUMBER_CHANGED, old_number=number, new_number="+21655444333")
    house.store.write(lambda: people.change(change, "wamid.c", house.clock.now()))
    return {"event_id": people.open_events()[-1].id}, {}


def _text(**form: object) -> Ready:
    return lambda _: ({"trigger": "unknown_number", "language": "fr"}, form)


def _question(house: House) -> Filled:
    return {"entry_id": models.FaqEntry.get().id}, QUESTION


def _lost_file(house: House) -> Filled:
    raw = {"type": "document", "document": {"id": "1", "mime_type": "application/pdf"}}
    return {"message_id": house.message(raw=json.dumps(raw), client=karim())}, {}


def karim() -> int:
    return int(models.Client.get(models.Client.name == "Karim Gharbi").id)


def _waiting(house: House) -> Filled:
    about = {"status": "pending", "reason": "several_dossiers", "dossier": None}
    row_id = house.document("a.pdf", **about, client=karim())
    house.message(document=row_id, client=karim())
    return {}, {"document": row_id, "at": row_id}


def _unlooked(house: House) -> Filled:
    return {"chore_id": house.failed(chores.Kind.EXAMINE)}, {}


def _not_on_drive(house: House) -> Filled:
    return {"chore_id": house.failed(chores.Kind.MIRROR)}, {}


def _copy(kind: str, **form: object) -> Ready:
    """Somebody did that to a document's copy on Drive."""

    def ready(house: House) -> Filled:
        document, at = house.document("a.pdf", drive_status="differs"), house.clock.now()
        key = {"key": f"document:{document}", "drive_id": "d1", "state": "there"}
        item = house.made(models.DriveItem, **key, name="a.pdf", mark="m")
        act = house.made(models.DriveAct, item=item, kind=kind, seen_at=at)
        return ({"act_id": act} if kind == "renamed" else {}), form

    return ready


def _dossier(**form: object) -> Ready:
    return lambda house: ({"dossier_id": house.dossier.id}, form)


def _piece(**form: object) -> Ready:
    return lambda house: ({"dossier_id": house.dossier.id, "piece_id": house.piece()}, form)


def _tick(house: House) -> Filled:
    house.desk.papers.pieces.tick(house.dossier.id, house.piece(), None, "x")
    return {"dossier_id": house.dossier.id, "tick_id": models.PieceTick.get().id}, {}


def _list(house: House) -> Filled:
    wanted = models.PieceList.get(models.PieceList.language == "fr")
    return {"dossier_id": house.dossier.id}, {"list": wanted.id}


def _documents(house: House) -> Filled:
    return {"dossier_id": house.dossier.id}, {"document": house.document("a.pdf")}


def _exhibit(at: int = 0, **form: object) -> Ready:
    return lambda house: (
        {"dossier_id": house.dossier.id, "exhibit_id": house.exhibits()[at]},
        form,
    )


def chosen(house: House) -> Filled:
    seen = ",".join(str(each) for each in house.exhibits())
    return {"dossier_id": house.dossier.id}, {"seen": seen, "language": "fr"}


def _user(**form: object) -> Ready:
    return lambda house: ({"user_id": house.user("Sonia", "assistant").id}, form)


def _disabled(house: House) -> Filled:
    sonia = house.user("Sonia", "assistant")
    house.desk.users.disable("Sonia", "x")
    return {"user_id": sonia.id}, {}


def _in_elsewhere(house: House) -> Filled:
    sonia = house.user("Sonia", "assistant")
    house.browser_of("Sonia")
    return {"user_id": sonia.id}, {}


def _other_browser(house: House) -> Filled:
    house.browser("avocat")
    return {"session_id": models.Session.get().id}, {}


def _lawyer(house: House) -> Filled:
    lawyer = house.user("Salma", "avocat").id
    return {"user_id": house.user("Sonia", "assistant").id}, {"lawyer": lawyer}


def _client(**form: object) -> Ready:
    return lambda _: ({"client_id": karim()}, {"name": "Karim Gharbi", **form})


def _number(_: House) -> Filled:
    contact = models.Contact.get(models.Contact.client == karim())
    return {"client_id": karim(), "contact_id": contact.id}, {}


def _opponent(house: House) -> Filled:
    Register(house.store, house.clock).add_party(REFERENCE, "opponent", "Société du Lac")
    return {"dossier_id": house.dossier.id, "party_id": models.Party.get().id}, {}


def _named(house: House) -> Filled:
    person = house.user("Salma", "avocat").id
    return {"dossier_id": house.dossier.id}, {"person": person, "how": "out"}


def _talk(**form: object) -> Ready:
    def ready(house: House) -> Filled:
        house.message(type="text", body="Bonjour", client=karim())
        return {"person_id": models.Correspondent.get().id}, form

    return ready


def _stranger(**form: object) -> Ready:
    """Somebody whom the firm does not know has written."""

    def ready(house: House) -> Filled:
        people = People(house.store, house.clock)
        at = house.clock.now()
        person = house.store.write(
            lambda: people.correspondent_of("+21699000111", None, sent_at=at)
        )
        house.message(type="text", body="Offre", sender="+21699000111", correspondent=person.id)
        return {"person_id": person.id}, form

    return ready


def _blocked(house: House) -> Filled:
    address, _ = _stranger()(house)
    blocking = house.desk.triage.gestures.blocking
    blocking.block(int(str(address["person_id"])), "", "x", "g", EVERYTHING)
    return address, {}


def _assigned(house: House) -> Filled:
    address, _ = _talk()(house)
    return address, {"to": house.user("Sonia", "assistant").id}


def _answer(house: House) -> Filled:
    """Somebody has written one that has not left yet."""
    person = _talk()(house)[0]["person_id"]
    browser = house.browser("avocat")
    form = {"text": "Bonjour", "csrf_token": token_of(browser, "/")}
    assert browser.post(f"/conversations/{person}/answer", data=form).status_code == 302
    return {"person_id": person, "row_id": models.Outgoing.get().id}, {}


def _silent(house: House) -> Filled:
    """They wrote, and more than a day has passed."""
    address, form = _talk()(house)
    house.clock.pass_(2 * timedelta(days=1))
    return address, form


def _enclosed(house: House) -> Filled:
    """A document of his was chosen, and shown."""
    address, _ = _talk()(house)
    theirs = models.Dossier.get(models.Dossier.client == karim()).id
    row_id = house.document("mandat.pdf", dossier=theirs, client=karim(), safety=Safety.OK)
    seal = seal_of(models.Document.get_by_id(row_id), f"+{cast.GHARBI}")
    return address, {"document": row_id, "seal": seal}


def _handed(house: House) -> Filled:
    return {}, {"dossier": house.dossier.id, "lawyer": house.user("Salma", "avocat").id}


def _doubted(house: House) -> Filled:
    return {"document_id": house.document("a.docm", safety=Safety.TO_CHECK)}, {}


def _closed(house: House) -> Filled:
    house.desk.keeping.terms.close(house.dossier.id, "x")
    return {"dossier_id": house.dossier.id}, {}


def _held(house: House) -> Filled:
    house.desk.keeping.holds.begin(house.dossier.id, "litige", "x")
    return {"dossier_id": house.dossier.id}, {}


def _deadline(**form: object) -> Ready:
    def ready(house: House) -> Filled:
        draft = DeadlineDraft(house.clock.now().date() + timedelta(days=30), "Appel")
        assert house.desk.deadlines.deadlines.note(house.dossier.id, draft, "x")
        return {"deadline_id": models.Deadline.get().id}, form

    return ready


def _deadline_done(house: House) -> Filled:
    address, _ = _deadline()(house)
    assert house.desk.deadlines.deadlines.end(models.Deadline.get().id, "x")
    return address, {}


def _over(house: House) -> Filled:
    """Its years have passed."""
    house.desk.keeping.terms.close(house.dossier.id, "x")
    house.clock.pass_(40 * YEAR)
    return {"dossier_id": house.dossier.id}, {"reason": "échu"}


def _proposed(house: House) -> Filled:
    _over(house)
    assert house.desk.keeping.decisions.propose(house.dossier.id, "échu", "x") == "done"
    house.clock.pass_(YEAR)
    return {"dossier_id": house.dossier.id, "number": models.Destruction.get().id}, {}


def confirmed(house: House) -> Filled:
    address, _ = _proposed(house)
    assert house.desk.keeping.decisions.confirm(models.Destruction.get().id, "y") == "done"
    return address, {}


def _job(act: str) -> Ready:
    def ready(house: House) -> Filled:
        row_id = house.message(status=MessageStatus.ERROR, error="x")
        address = {"job_name": "message", "row_id": row_id, "act": act}
        return address, {"sure": "1", "why": "en double"}

    return ready


def _all_that_failed(house: House) -> Filled:
    for _ in range(2):
        house.message(status=MessageStatus.ERROR, error="x")
    return {"act": "retry"}, {"state": "dead", "lane": "message", "sure": "1"}


def _paused(house: House) -> Filled:
    house.desk.queues.ask.pause("message", "x")
    return {"lane": "message"}, {}


def _listed(house: House) -> int:
    data = "client;téléphone;dossier\nAli Ben Salah;+21620999888;2026-0900\n".encode()
    return house.desk.registry.imports.preview(data, "l.csv", "avocat", EVERYTHING)


def _brought(house: House) -> Filled:
    import_id = _listed(house)
    house.desk.registry.imports.confirm(import_id, "avocat", EVERYTHING)
    return {"import_id": import_id}, {}


def _broken_glass(house: House) -> Filled:
    house.desk.access.break_glass(house.user("admin", "admin"), "une panne à regarder")
    return {}, {}


ADMIN, AVOCAT, ASSISTANT = Role.ADMIN.value, Role.AVOCAT.value, Role.ASSISTANT.value
CHANGED = {"label": "Bail signé", "keywords": "bail"}
ACTS = {
    "limits.change": Act(ADMIN, "limit changed", _limit),
    "limits.configured": Act(ADMIN, "limit changed", _limit),
    "pages.retry": Act(ADMIN, "message tried again", _failed_message),
    "pages.seen": Act(ADMIN, "account event seen", _news),
    "people.same": Act(AVOCAT, "identity confirmed", _doubt),
    "people.other": Act(AVOCAT, "identity rejected", _doubt),
    "people.add_party": Act(
        AVOCAT, "opposing party added", _plain(dossier=REFERENCE, name="Société du Lac")
    ),
    "answers.save_text": Act(AVOCAT, "automatic message changed", _text(text="Qui êtes-vous ?")),
    "answers.switch": Act(AVOCAT, "automatic message switched off", _text(to="off")),
    "answers.add_question": Act(AVOCAT, "question changed", _plain(**QUESTION)),
    "answers.save_question": Act(AVOCAT, "question changed", _question),
    "answers.delete_question": Act(AVOCAT, "question deleted", _question),
    "keeping.ask_again": Act(AVOCAT, "asked to send again", _lost_file),
    "triage.ask": Act(AVOCAT, "client asked which dossier", _waiting),
    "safety.again": Act(ADMIN, "document looked into again", _unlooked),
    "drive.retry": Act(ADMIN, "copy tried again", _not_on_drive),
    "drive.again": Act(ADMIN, "copy sent again", _copy("renamed")),
    "drive.all_again": Act(ADMIN, "copy sent again", _copy("trashed")),
    "drive.accept": Act(ADMIN, "copy left renamed", _copy("renamed")),
    "papers.add": Act(ASSISTANT, "expected piece added", _dossier(**CHANGED)),
    "papers.change": Act(ASSISTANT, "expected piece changed", _piece(**CHANGED)),
    "papers.remove": Act(ASSISTANT, "expected piece removed", _piece()),
    "papers.tick": Act(ASSISTANT, "expected piece ticked", _piece(document="elsewhere")),
    "papers.undo": Act(ASSISTANT, "expected piece unticked", _tick),
    "papers.copy_list": Act(ASSISTANT, "list of pieces copied", _list),
    "papers.save_list": Act(
        ASSISTANT, "list of pieces changed", _plain(name="Pénal", language="fr", lines="PV : pv")
    ),
    "exhibits.choose": Act(ASSISTANT, "exhibits chosen", _documents),
    "exhibits.change": Act(
        ASSISTANT, "exhibit changed", _exhibit(title="Bail", pages="3", position="2")
    ),
    "exhibits.up": Act(ASSISTANT, "exhibit changed", _exhibit(1)),
    "exhibits.down": Act(ASSISTANT, "exhibit changed", _exhibit(0)),
    "exhibits.drop": Act(ASSISTANT, "exhibit dropped", _exhibit()),
    "exhibits.issue": Act(ASSISTANT, "bordereau 1 issued", chosen),
    "users.add": Act(
        ADMIN, "user added", _plain(name="Sonia", role="assistant", password=PASSWORD)
    ),
    "users.role": Act(ADMIN, "role changed", _user(role="avocat")),
    "users.email": Act(ADMIN, "e-mail changed", _user(email="sonia@cabinet.example")),
    "users.disable": Act(ADMIN, "user disabled", _user()),
    "users.enable": Act(ADMIN, "user enabled", _disabled),
    "users.password": Act(ADMIN, "password changed", _user(password=f"{PASSWORD} 2")),
    "users.invite": Act(ADMIN, "invitation made", _user()),
    "users.lawyers": Act(ADMIN, "assistant's lawyers changed", _lawyer),
    "users.end_sessions": Act(ADMIN, "sessions ended", _in_elsewhere),
    "account.password": Act(
        AVOCAT,
        "own password changed",
        _plain(old=PASSWORD, new=f"{PASSWORD} 2", again=f"{PASSWORD} 2"),
    ),
    "account.end": Act(AVOCAT, "session ended", _other_browser),
    "account.end_all": Act(AVOCAT, "sessions ended", _plain()),
    "pages.logout": Act(AVOCAT, "signed out", _plain()),
    "glass.break_it": Act(ADMIN, "glass broken", _plain(reason="une panne à regarder")),
    "glass.mend": Act(ADMIN, "glass mended", _broken_glass),
    "clients.add": Act(AVOCAT, "client added", _plain(name="Ali Ben Salah")),
    "clients.save": Act(AVOCAT, "client changed", _client(email="karim@exemple.tn")),
    "clients.add_number": Act(AVOCAT, "number added", _client(number="+21620999888")),
    "clients.remove_number": Act(AVOCAT, "number removed", _number),
    "matters.add": Act(
        AVOCAT, "dossier added", _plain(client="Karim Gharbi", reference="2026-0900")
    ),
    "matters.save": Act(AVOCAT, "dossier changed", _dossier(court="Tunis")),
    "matters.add_party": Act(AVOCAT, "party added", _dossier(name="Ali", role="opponent")),
    "matters.remove_party": Act(AVOCAT, "party removed", _opponent),
    "matters.set_access": Act(AVOCAT, "access changed", _dossier(access="walled")),
    "matters.name_person": Act(AVOCAT, "kept out of dossier", _named),
    "deadlines.note": Act(
        AVOCAT, "deadline noted", _plain(dossier=REFERENCE, due_on="31/12/2126", what="Appel")
    ),
    "deadlines.save": Act(
        ASSISTANT, "deadline changed", _deadline(due_on="31/12/2126", what="Appel")
    ),
    "deadlines.done": Act(ASSISTANT, "deadline done", _deadline()),
    "deadlines.reopen": Act(ASSISTANT, "deadline open again", _deadline_done),
    "deadlines.remove": Act(ASSISTANT, "deadline removed", _deadline()),
    "conversations.note": Act(AVOCAT, "note written", _talk(note="À rappeler")),
    "conversations.done": Act(AVOCAT, "conversation done", _talk(count="1")),
    "conversations.reopen": Act(AVOCAT, "conversation reopened", _talk()),
    "conversations.assign": Act(AVOCAT, "conversation assigned", _assigned),
    "conversations.block": Act(ASSISTANT, "number blocked", _stranger(why="publicité")),
    "conversations.unblock": Act(ASSISTANT, "number unblocked", _blocked),
    "people.unblock": Act(ASSISTANT, "number unblocked", _blocked),
    "answering.answer": Act(AVOCAT, "answered", _talk(text="Bonjour")),
    "answering.template": Act(AVOCAT, "template sent", _silent),
    "enclosing.enclose": Act(AVOCAT, "document sent", _enclosed),
    "answering.take_back": Act(AVOCAT, "answer taken back", _answer),
    "board.assign": Act(AVOCAT, "dossier changed", _handed),
    "safety.checked": Act(AVOCAT, "document checked", _doubted),
    "keeping.close": Act(AVOCAT, "dossier closed", _dossier()),
    "keeping.reopen": Act(AVOCAT, "dossier opened again", _closed),
    "keeping.years": Act(AVOCAT, "retention set", _dossier(years="3")),
    "keeping.hold": Act(AVOCAT, "legal hold begun", _dossier(reason="litige")),
    "keeping.release": Act(AVOCAT, "legal hold ended", _held),
    "keeping.propose": Act(AVOCAT, "destruction proposed", _over),
    "keeping.confirm": Act(AVOCAT, "destruction confirmed", _proposed),
    "keeping.go_on": Act(AVOCAT, "destruction taken up again", confirmed),
    "keeping.withdraw": Act(AVOCAT, "destruction withdrawn", _proposed),
    "queues.act_on_one": Act(ADMIN, "job tried again", _job("retry")),
    "queues.act_on_all": Act(ADMIN, "job tried again", _all_that_failed),
    "queues.pause": Act(ADMIN, "work paused", lambda _: ({"lane": "message"}, {})),
    "queues.resume": Act(ADMIN, "work resumed", _paused),
    "imports.confirm": Act(
        AVOCAT, "list brought in", lambda house: ({"import_id": _listed(house)}, {})
    ),
    "imports.undo": Act(AVOCAT, "list taken back", _brought),
}
