"""The firm lets a client be asked which dossier it is for; what they touch is filed by itself."""

import pytest

from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.outbox.asking import Asked, Asking
from appliance.simulator.phone import Phone
from appliance.simulator.receipts import Sent
from appliance.simulator.whatsapp import Meta
from appliance.store.models import Document, Dossier, Outgoing
from appliance.wording import LANGUAGES, Wording
from tests.integration.conftest import Office
from tests.support import until

DAY = 24 * 3600.0


@pytest.fixture
def settings() -> dict[str, str]:
    return {"GREFFIER_REPLIES_ASK_DOSSIER": "no"}


@pytest.fixture
def asking(office: Office) -> Asking:
    wordings = {each: Wording(each, "Africa/Tunis") for each in LANGUAGES}
    posting = office.outbox.posting
    return Asking(office.store, office.jobs, SystemClock(), posting, wordings, "fr")


def sent(office: Office, meta: Meta, phone: Phone, name: str, ago: float = 0.0) -> int:
    """Something arrives and is kept; the document's id."""
    phone.sends(cast.pdf(name), filename=name, ago=ago)
    meta.settle()
    office.rests()
    document: Document = Document.get(Document.original_name == name)
    return int(document.id)


def lists(phone: Phone) -> list[Sent]:
    return [each for each in phone.received if each.body["type"] == "interactive"]


def asked_by_list(office: Office, phone: Phone) -> Sent:
    until(lambda: lists(phone), 10, "no list arrived")
    office.rests()
    return lists(phone)[-1]


def rows_of(asked: Sent) -> list[dict[str, str]]:
    found: list[dict[str, str]] = asked.body["interactive"]["action"]["sections"][0]["rows"]
    return found


def test_what_the_client_touches_is_filed_by_itself(
    office: Office, meta: Meta, asking: Asking
) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    ids = [sent(office, meta, karim, name) for name in ("a.pdf", "b.pdf")]

    assert asking.ask(ids) is Asked.DONE

    asked = asked_by_list(office, karim)
    assert "2 documents" in asked.body["interactive"]["body"]["text"]
    shown = [row["title"] for row in rows_of(asked)]
    assert shown == ["2026-0031", "2026-0017", "Je ne sais pas"]  # titles name opponents: no title
    karim.taps(asked, rows_of(asked)[0]["id"])
    meta.settle()
    office.rests()
    reference = Dossier.get(Dossier.reference == "2026-0031").id
    rows = list(Document.select().order_by(Document.id))
    assert [(row.dossier_id, row.filed_by) for row in rows] == [(reference, "client")] * 2


def test_each_document_is_asked_for_once(office: Office, meta: Meta, asking: Asking) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    row_id = sent(office, meta, karim, "a.pdf")
    assert asking.ask([row_id]) is Asked.DONE
    office.rests()
    assert asking.ask([row_id]) is Asked.BEFORE
    assert len(lists(karim)) == 1


def test_who_cannot_choose_is_not_asked(office: Office, meta: Meta, asking: Asking) -> None:
    stranger = sent(office, meta, meta.phone(cast.STRANGER, "X"), "x.pdf")
    known = sent(office, meta, meta.phone(cast.BEN_YOUSSEF, "Amel"), "amel.pdf")
    office.cabinets.mover.send_back(known, "Nour")
    karim = sent(office, meta, meta.phone(cast.GHARBI, "Karim"), "karim.pdf")

    assert asking.ask([stranger]) is Asked.NOBODY
    assert asking.ask([known]) is Asked.ONE_DOSSIER
    assert asking.ask([known, karim]) is Asked.NOBODY
    assert asking.ask([]) is Asked.GONE
    assert asking.ask([10**9]) is Asked.GONE
    assert not Outgoing.select().where(Outgoing.kind == "ask_again").exists()


def test_outside_24_hours_nothing_is_posted(office: Office, meta: Meta, asking: Asking) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    row_id = sent(office, meta, karim, "a.pdf", ago=DAY)
    assert asking.ask([row_id]) is Asked.CLOSED
    karim.writes("Bonjour")  # which opens the window again
    meta.settle()
    office.rests()
    assert asking.ask([row_id]) is Asked.DONE


def test_who_wants_silence_is_not_asked(office: Office, meta: Meta, asking: Asking) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    row_id = sent(office, meta, karim, "a.pdf")
    karim.writes("STOP")
    meta.settle()
    office.rests()
    assert asking.ask([row_id]) is Asked.SILENT


def test_what_is_filed_or_set_aside_is_not_asked_for(
    office: Office, meta: Meta, asking: Asking
) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    filed, aside = (sent(office, meta, karim, name) for name in ("a.pdf", "b.pdf"))
    dossier = Dossier.get(Dossier.reference == "2026-0017")
    office.cabinets.mover.move(filed, dossier.id, "Nour")
    office.cabinets.mover.reject(aside, "Nour", "illegible")
    assert asking.ask([filed, aside]) is Asked.GONE


def test_what_was_set_aside_waits_again_when_it_is_sent_again(office: Office, meta: Meta) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    row_id = sent(office, meta, karim, "a.pdf")
    office.cabinets.mover.reject(row_id, "Nour", "illegible")
    assert sent(office, meta, karim, "a.pdf") == row_id
    row = Document.get_by_id(row_id)
    assert (row.status, row.rejected_at, row.rejected_reason) == ("pending", None, None)
