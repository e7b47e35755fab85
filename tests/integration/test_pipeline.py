"""The life of a message, against the simulated WhatsApp."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.gateways.answers import FILE_GONE
from appliance.inbox.media import EMPTY
from appliance.simulator.faults import Cut, Refuse, Word
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from tests.integration.conftest import Office
from tests.support import until

BAIL = cast.pdf("CONTRAT DE BAIL")


def day() -> str:
    from zoneinfo import ZoneInfo

    return datetime.now(UTC).astimezone(ZoneInfo("Africa/Tunis")).date().isoformat()


def announced(kind: str) -> int:
    return int(models.Outgoing.select().where(models.Outgoing.kind == kind).count())


def know(office: Office, number: str, dossiers: int) -> None:
    """The firm has entered this number since."""
    lines = "".join(f"Sonia Hamdi;+{number};2026-09{n};Bail\n" for n in range(dossiers))
    file = parse(f"client;phone;dossier;title\n{lines}".encode(), "TN")
    Register(office.store, SystemClock()).import_file(file)


def test_what_a_stranger_sent_is_filed_when_sent_again_as_a_client(
    office: Office, meta: Meta
) -> None:
    phone = meta.phone(cast.STRANGER, "Sonia")
    phone.sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()
    know(office, cast.STRANGER, 1)
    phone.sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()

    assert f"Sonia Hamdi/2026-090 - Bail/{day()} bail.pdf" in office.files
    assert [announced(kind) for kind in ("confirmation", "filed")] == [1, 1]


def test_copies_that_come_at_once_are_one_file(office: Office, meta: Meta) -> None:
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    with meta.batch():
        for number in range(8):
            for _ in range(5):
                phone.sends(cast.pdf(f"PIECE {number}"), filename="piece.pdf")
    meta.settle()
    office.rests(60)

    assert models.Document.select().count() == 8
    assert len(office.files) == 8


def test_a_stranger_who_became_a_client_is_answered_as_one(office: Office, meta: Meta) -> None:
    phone = meta.phone(cast.STRANGER, "Sonia")
    phone.sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()
    know(office, cast.STRANGER, 2)
    phone.sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()

    (document,) = models.Document.select()
    assert document.client.name == "Sonia Hamdi"
    assert [announced(kind) for kind in ("ask_dossier", "confirmation_unknown")] == [1, 1]


def the_message() -> models.Message:
    message: models.Message = models.Message.get()
    return message


def test_a_document_reaches_the_clients_only_active_dossier(office: Office, meta: Meta) -> None:
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()

    (file,) = office.files
    assert file == f"Amel Ben Youssef/2026-0042 - Bail rue de Marseille/{day()} bail.pdf"
    assert (office.folder / file).read_bytes() == BAIL
    document = models.Document.get()
    assert (document.status, document.reason) == ("filed", "only_active_dossier")
    assert document.sha256 == hashlib.sha256(BAIL).hexdigest()
    assert the_message().status == "document_created"


def test_a_client_with_two_dossiers_leaves_the_choice_to_a_person(
    office: Office, meta: Meta
) -> None:
    meta.phone(cast.GHARBI, "Karim").sends(BAIL, filename="acte.pdf")
    meta.settle()
    office.rests()

    assert office.files == {f"_A rattacher/+{cast.GHARBI}/{day()} acte.pdf"}
    document = models.Document.get()
    assert (document.status, document.reason) == ("pending", "several_dossiers")
    assert document.client.name == "Karim Gharbi"


def test_a_strangers_bytes_are_kept_as_safely(office: Office, meta: Meta) -> None:
    meta.phone(cast.STRANGER, "Inconnu").sends(BAIL, filename="CIN.pdf")
    meta.settle()
    office.rests()

    assert office.files == {f"_A rattacher/+{cast.STRANGER}/{day()} CIN.pdf"}
    assert models.Document.get().reason == "unknown_number"


def test_the_same_bytes_again_are_one_document_and_both_messages_point_to_it(
    office: Office, meta: Meta
) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    amel.sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()
    amel.sends(BAIL, filename="encore le bail.pdf")
    meta.settle()
    office.rests()

    assert len(office.files) == 1
    document = models.Document.get()
    assert [m.document_id for m in models.Message.select()] == [document.id, document.id]
    assert [m.is_duplicate for m in models.Message.select().order_by(models.Message.id)] == [
        False,
        True,
    ]


def test_the_same_bytes_of_two_clients_are_two_documents(office: Office, meta: Meta) -> None:
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.phone(cast.CARTHAGE, "Carthage").sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()

    assert models.Document.select().count() == 2
    assert len(office.files) == 2


def test_two_documents_of_one_name_stand_side_by_side(office: Office, meta: Meta) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    for number in range(3):
        amel.sends(cast.pdf(f"page {number}"), filename="scan.pdf")
    meta.settle()
    office.rests()

    names = {file.rpartition(" ")[2] if "(" in file else "scan.pdf" for file in office.files}
    assert names == {"scan.pdf", "(2).pdf", "(3).pdf"}


def test_a_hidden_number_is_known_by_the_user_id_learnt_before(office: Office, meta: Meta) -> None:
    leila = meta.phone(cast.MANSOUR, "Leïla", cast.MANSOUR_ID)
    leila.writes("Bonjour")
    meta.settle()
    office.rests()

    leila.hides_number()
    leila.sends(BAIL, filename="lettre.pdf")
    meta.settle()
    office.rests()

    assert models.Document.get().client.name == "Leïla Mansour"
    until(lambda: leila.received)


def test_words_are_kept_and_answered_by_nobody(office: Office, meta: Meta) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    amel.writes("Vos horaires ?")
    meta.settle()
    office.rests()

    assert (the_message().status, the_message().body) == ("processed", "Vos horaires ?")
    assert meta.accepted == []


def test_a_burst_is_confirmed_once(office: Office, meta: Meta) -> None:
    karim = meta.phone(cast.GHARBI, "Karim")
    for page in range(4):
        karim.sends(cast.photo(str(page)), mime_type="image/jpeg")
    meta.settle()
    office.rests()

    until(lambda: karim.received)
    (sent,) = meta.accepted
    assert "4 photos" in sent.text


def test_a_confirmation_says_nothing_confidential(office: Office, meta: Meta) -> None:
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="divorce.pdf", caption="secret")
    meta.settle()
    office.rests()

    (sent,) = meta.accepted
    for word in ("Amel", "Youssef", "2026-0042", "Bail", "divorce", "secret"):
        assert word not in sent.text


def test_meta_failing_for_a_moment_costs_only_time(office: Office, meta: Meta) -> None:
    meta.faults.on("media_info", 500)
    meta.faults.on("media_bytes", 404)
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()

    assert the_message().status == "document_created"
    assert the_message().attempts == 3


def test_after_three_retries_a_failure_is_shown_and_can_be_tried_again(
    office: Office, meta: Meta
) -> None:
    meta.faults.on("media_info", 500, 500, 500, 500)
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests(30)
    message = the_message()
    assert (message.status, message.attempts) == ("error", 4)
    assert "500" in message.error

    assert office.inbox.retry(message.id)
    office.rests()

    assert the_message().status == "document_created"
    assert not office.inbox.retry(message.id)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [("expired", "ask the client to send it again"), ("too large", "too large")],
)
def test_a_file_that_cannot_be_had_is_an_error_with_the_remedy(
    office: Office, meta: Meta, fault: str, sentence: str
) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    if fault == "expired":
        meta.faults.on("media_info", 503)  # so that there is time to let the id expire
        amel.sends(BAIL, filename="bail.pdf")
        until(lambda: models.Media.get_or_none() and models.Media.get().error)
        meta.expire_media(models.Media.get().media_id)
    else:
        amel.sends(b"%PDF-1.4" + bytes(101 * 1024 * 1024), filename="film.pdf")
    meta.settle(30)
    office.rests(30)

    assert the_message().status == "error"
    assert sentence in the_message().error
    assert office.files == set()


@pytest.mark.parametrize("fault", ["wrong_bytes", "truncate", "html"])
def test_bytes_that_are_not_those_announced_are_fetched_again(
    office: Office, meta: Meta, fault: Word
) -> None:
    meta.faults.on("media_bytes", fault)
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()

    (file,) = office.files
    assert (office.folder / file).read_bytes() == BAIL
    assert the_message().attempts == 2


def test_a_dead_token_holds_the_work_without_using_up_its_attempts(
    office: Office, meta: Meta
) -> None:
    meta.account.access_token = "another"
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()

    until(lambda: the_message().error)
    message = the_message()
    assert (message.status, message.attempts) == ("received", 0)
    assert message.client.name == "Amel Ben Youssef"
    assert "greffier secret set whatsapp.access_token" in message.error


def test_an_empty_file_is_an_error_and_its_sender_hears_that_it_could_not_be_read(
    office: Office, meta: Meta
) -> None:
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(b"", filename="bail.pdf")
    meta.settle()
    office.rests()

    assert (the_message().status, the_message().error) == ("error", EMPTY)
    assert office.files == set()
    assert {item.kind for item in models.OutgoingItem.select()} == {"unreadable", "failed"}


@pytest.mark.parametrize("code", [131000, 131052])
def test_a_file_that_meta_cannot_hand_over_is_never_taken_for_words(
    office: Office, meta: Meta, code: int
) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    fault = {"code": code, "title": "Something went wrong"}
    amel.posts({"type": "image", "image": {"mime_type": "image/jpeg"}, "errors": [fault]})
    meta.settle()
    office.rests()

    assert the_message().status == "error"
    assert {item.kind for item in models.OutgoingItem.select()} == {"unreadable", "failed"}


def test_what_could_not_be_read_and_then_was_is_confirmed_once_more(
    office: Office, meta: Meta
) -> None:
    meta.faults.on("media_info", Refuse(400, 100))
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    until(lambda: len(amel.received) == 1, 20)

    assert office.inbox.retry(the_message().id)
    until(lambda: len(amel.received) == 2, 20)

    assert (the_message().status, the_message().document.status) == ("document_created", "filed")


def test_a_failure_keeps_who_sent_what_and_a_reason_for_every_language(
    office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "A.")
    amel.posts({"type": "document", "document": {"id": "1000", "filename": "bail.pdf"}})
    amel.posts({"type": "image", "image": {"id": "1001"}})
    meta.settle()
    office.rests()

    message = the_message()
    assert message.client.name == "Amel Ben Youssef"
    assert json.loads(message.reason)["text"] == FILE_GONE
    assert "ask the client to send it again" in message.error
    letters = "".join(letter.text for letter in mailbox.received)
    for shown in ("Amel Ben Youssef", "bail.pdf", "Photo", "demandez au client de le renvoyer"):
        assert shown in letters, shown


def test_no_temporary_file_is_left(office: Office, meta: Meta) -> None:
    meta.faults.on("media_bytes", Cut())
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()

    assert list(office.config.firm.data.rglob("*.tmp")) == []
    assert the_message().status == "document_created"
