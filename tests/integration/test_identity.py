"""What is not certain to be a client's own is filed by nobody but a person."""

from datetime import timedelta

import pytest

from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.firm.access import AccessBook
from appliance.firm.csv_import import parse
from appliance.firm.people import People
from appliance.firm.register import Register
from appliance.firm.scope import Scope
from appliance.firm.users import Users
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from tests.integration.conftest import Office

BAIL = cast.pdf("CONTRAT DE BAIL")
NEW = "21655444333"
NEW_ID = "TN.777000777"


def opposes(office: Office, opponent: str) -> None:
    """Somebody's opponent in the dossier of Mme Mansour."""
    line = f"client;dossier;adversaire\nLeïla Mansour;2026-0055;{opponent}\n"
    Register(office.store, SystemClock()).import_file(parse(line.encode(), "TN"))


def rests(office: Office, meta: Meta) -> None:
    meta.settle()
    office.rests()


def last() -> models.Document:
    found: models.Document = models.Document.select().order_by(models.Document.id.desc()).get()
    return found


def kinds() -> set[str]:
    return {row.kind for row in models.Outgoing.select()}


@pytest.mark.parametrize("opponent", [f"Société Z +{cast.BEN_YOUSSEF}", "YOUSSEF Amel ben"])
def test_what_an_opponent_sends_waits_though_the_number_is_a_clients(
    office: Office, meta: Meta, opponent: str
) -> None:
    opposes(office, opponent)

    meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef").sends(BAIL, filename="bail.pdf")
    rests(office, meta)

    assert (last().status, last().reason) == ("pending", "opposing_party")
    assert (last().client_id, last().dossier_id) == (None, None)
    assert kinds() == {"confirmation_unknown", "unknown_number"}


def changes_number(office: Office, meta: Meta) -> None:
    """Mme Ben Youssef, who has sent a document, has another number from now on."""
    old = meta.phone(cast.BEN_YOUSSEF, "Amel")
    old.sends(cast.pdf("PIECE 1"), filename="piece.pdf")
    rests(office, meta)
    assert last().status == "filed"
    system = {
        "type": "user_changed_number",
        "body": f"User Amel changed from {cast.BEN_YOUSSEF} to {NEW}",
        "wa_id": NEW,
        "user_id": NEW_ID,
        "previous_user_id": old.person.user_id,
    }
    old.posts({"type": "system", "system": system})
    rests(office, meta)


def test_after_a_change_of_number_nothing_is_filed_until_a_person_has_confirmed_it(
    office: Office, meta: Meta
) -> None:
    changes_number(office, meta)
    phone = meta.phone(NEW, "Amel", NEW_ID)
    phone.sends(BAIL, filename="bail.pdf")
    rests(office, meta)
    assert (last().status, last().reason) == ("pending", "identity_changed")

    people = People(office.store, SystemClock())
    (event,) = people.open_events()
    people.confirm(event.id, "Nour")
    phone.sends(cast.pdf("PIECE 2"), filename="piece 2.pdf")
    rests(office, meta)

    assert (last().status, last().reason) == ("filed", "only_active_dossier")


def test_the_new_owner_of_a_clients_number_is_a_stranger(office: Office, meta: Meta) -> None:
    changes_number(office, meta)
    stranger = meta.phone(cast.BEN_YOUSSEF, "Amel")
    stranger.person = type(stranger.person)(cast.BEN_YOUSSEF, "Sonia", "TN.900900")

    stranger.sends(BAIL, filename="bail.pdf")
    rests(office, meta)

    assert (last().status, last().reason) == ("pending", "unknown_number")


def test_a_client_without_a_number_is_known_once_they_share_their_own(
    office: Office, meta: Meta
) -> None:
    phone = meta.phone(cast.MANSOUR, "Leïla", cast.MANSOUR_ID)
    phone.hides_number()
    card = {"phones": [{"phone": f"+{cast.MANSOUR}", "wa_id": cast.MANSOUR}]}
    phone.posts({"type": "contacts", "contacts": [{"origin": "other", **card}]})
    phone.sends(BAIL, filename="bail.pdf")
    rests(office, meta)
    assert (last().status, last().reason) == ("pending", "unknown_number")

    phone.posts({"type": "contacts", "contacts": [{"origin": "contact_request", **card}]})
    rests(office, meta)
    phone.sends(cast.pdf("PIECE 2"), filename="piece 2.pdf")
    rests(office, meta)

    assert (last().status, last().reason) == ("filed", "only_active_dossier")


def test_an_edit_and_a_revoke_mark_the_message_and_leave_its_document(
    office: Office, meta: Meta
) -> None:
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    wamid = phone.sends(BAIL, filename="bail.pdf")
    rests(office, meta)
    inner = {"type": "document", "document": {"id": "1", "caption": "Le bail signé"}}
    phone.posts({"type": "edit", "edit": {"original_message_id": wamid, "message": inner}})
    phone.posts({"type": "revoke", "revoke": {"original_message_id": wamid}})
    rests(office, meta)

    target = models.Message.get(models.Message.wamid == wamid)
    assert target.edited_at is not None
    assert target.revoked_at - target.sent_at < timedelta(minutes=5)
    assert last().status == "filed"
    assert len(office.files) == 1


# What waits of somebody behind a wall.


def walled_off(office: Office) -> tuple[Scope, Scope]:
    """Mme Ben Youssef's dossier: what its lawyer sees, and what another one sees."""
    users = Users(office.store, SystemClock(), 12)
    for name in (cast.LAWYER, "Autre"):
        users.add(name, "avocat", None, "un mot de passe long")
    wall = models.Dossier.update(access="walled", lawyer=cast.LAWYER)
    office.store.write(wall.where(models.Dossier.reference == "2026-0042").execute)
    book = AccessBook(office.store, SystemClock(), users.audit)
    hers, other = (
        book.scope_of(models.User.get(models.User.name == name)) for name in (cast.LAWYER, "Autre")
    )
    return hers, other


def is_seen(scope: Scope) -> bool:
    """By itself and in a list: one truth."""
    document = last()
    message = models.Message.get(models.Message.document == document)
    found = models.Document.select().where(models.Document.id == document.id, scope.documents())
    words = models.Message.select().where(models.Message.id == message.id, scope.messages())
    answers = {found.exists(), scope.sees_document(document.id), words.exists()}
    assert len(answers) == 1
    return answers.pop()


@pytest.mark.parametrize("opponent", [f"Société Z +{cast.BEN_YOUSSEF}", "YOUSSEF Amel ben"])
def test_nobody_draws_what_a_walled_client_sends_to_themselves_by_calling_them_an_opponent(
    office: Office, meta: Meta, opponent: str
) -> None:
    opposes(office, opponent)
    meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef").sends(BAIL, filename="bail.pdf")
    rests(office, meta)
    hers, other = walled_off(office)
    assert last().reason == "opposing_party"
    assert is_seen(hers)
    assert not is_seen(other)


def test_what_a_walled_client_sends_from_a_new_number_waits_behind_the_wall(
    office: Office, meta: Meta
) -> None:
    changes_number(office, meta)
    meta.phone(NEW, "Amel", user_id=NEW_ID).sends(BAIL, filename="bail.pdf")
    rests(office, meta)
    hers, other = walled_off(office)
    assert last().reason == "identity_changed"
    assert is_seen(hers)
    assert not is_seen(other)


def test_what_a_stranger_sends_waits_for_everybody(office: Office, meta: Meta) -> None:
    meta.phone(cast.STRANGER, "Inconnu").sends(BAIL, filename="bail.pdf")
    rests(office, meta)
    assert all(map(is_seen, walled_off(office)))
