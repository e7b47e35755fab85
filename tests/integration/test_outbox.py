"""What goes out: each once, and the truth about what became of it."""

import json
from datetime import timedelta

import pytest

from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.gateways.refusals import OURS
from appliance.simulator.faults import Cut, Refuse
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from tests.integration.conftest import LAWYER, Office
from tests.support import until

BAIL = cast.pdf("CONTRAT DE BAIL")


def confirmation() -> models.Outgoing:
    row: models.Outgoing = models.Outgoing.get(models.Outgoing.channel == "whatsapp")
    return row


def send_a_document(office: Office, meta: Meta) -> None:
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    until(lambda: models.Outgoing.select().where(models.Outgoing.channel == "whatsapp").exists())


def becomes(status: str, within: float = 20.0) -> None:
    until(lambda: confirmation().status == status, within, f"it is {confirmation().status}")


def test_a_confirmation_is_followed_to_the_clients_eyes(office: Office, meta: Meta) -> None:
    send_a_document(office, meta)
    becomes("delivered")

    meta.phone(cast.BEN_YOUSSEF, "Amel").reads()

    becomes("read")
    assert confirmation().remote_id == meta.accepted[0].wamid


def test_receipts_out_of_order_never_take_back_what_was_said(office: Office, meta: Meta) -> None:
    meta.receipts.shuffled = True
    meta.receipts.twice = True
    send_a_document(office, meta)
    becomes("delivered")
    meta.settle()
    office.rests()

    assert confirmation().status == "delivered"


def test_a_receipt_before_the_answer_is_not_overwritten_by_it(office: Office, meta: Meta) -> None:
    meta.receipts.early = True
    send_a_document(office, meta)
    becomes("delivered")
    office.rests()

    assert confirmation().status == "delivered"


def test_an_answer_lost_after_acceptance_is_settled_by_the_receipt(
    office: Office, meta: Meta
) -> None:
    meta.faults.on("send", Cut(after_accept=True))
    send_a_document(office, meta)

    becomes("delivered")
    office.rests()
    assert len(meta.accepted) == 1


def test_a_cut_that_nobody_can_interpret_stays_unknown_and_is_not_repeated(
    office: Office, meta: Meta
) -> None:
    meta.faults.on("send", Cut(after_accept=False))
    send_a_document(office, meta)

    becomes("unknown")
    office.rests()
    assert meta.accepted == []
    assert "connection broke" in confirmation().error


def test_a_server_fault_without_a_code_is_not_repeated(office: Office, meta: Meta) -> None:
    meta.faults.on("send", Refuse(500, 1))
    send_a_document(office, meta)

    becomes("unknown")


def test_a_refusal_that_sent_nothing_is_tried_again(office: Office, meta: Meta) -> None:
    meta.faults.on("send", 429, Refuse(503, 131016))
    send_a_document(office, meta)

    becomes("delivered")
    assert confirmation().attempts == 3
    assert len(meta.accepted) == 1


def test_a_refusal_for_good_is_failed_with_metas_words(office: Office, meta: Meta) -> None:
    meta.faults.on("send", Refuse(400, 131008))
    send_a_document(office, meta)

    becomes("failed")
    assert "131008" in confirmation().error
    assert json.loads(confirmation().reason)["text"] == OURS


def test_a_failure_reported_later_is_shown(office: Office, meta: Meta) -> None:
    """Accepted with 200, failed by a status: this person cannot be reached on WhatsApp."""
    meta.fail_sends(131026)
    send_a_document(office, meta)

    becomes("failed")
    assert "131026" in confirmation().error


def test_a_row_found_in_sending_is_unknown_until_a_receipt_tells(
    office: Office, meta: Meta
) -> None:
    now = SystemClock().now()

    def unit() -> models.Outgoing:
        made: models.Outgoing = models.Outgoing.create(
            channel="whatsapp",
            kind="confirmation",
            recipient=f"+{cast.BEN_YOUSSEF}",
            status="sending",
            dedupe_key="k",
            callback="our-callback",
            created_at=now,
            leased_until=now + timedelta(minutes=10),
        )
        return made

    office.store.write(unit)

    assert office.outbox.recover(at_start=False) == 0
    assert office.outbox.recover(at_start=True) == 1
    assert confirmation().status == "unknown"


def test_the_lawyer_hears_of_a_filed_document_without_a_name_in_the_subject(
    office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    send_a_document(office, meta)

    (letter,) = mailbox.wait_for(1)
    assert letter.recipients == (LAWYER,)
    assert "Document" in letter.subject
    for secret in ("Amel", "Youssef", "2026-0042", "bail"):
        assert secret not in letter.subject
    for fact in ("Amel Ben Youssef", "2026-0042 Bail rue de Marseille", "bail.pdf"):
        assert fact in letter.text
        assert fact in letter.html


def test_a_name_that_is_markup_is_only_text_in_a_letter(
    office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="<img src=x onerror=alert(1)>.pdf")
    meta.settle()

    (letter,) = mailbox.wait_for(1)
    assert "<img" not in letter.html


def test_a_mail_server_that_refuses_for_a_moment_gets_it_again(
    office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    mailbox.faults.on("recipient", 451)
    send_a_document(office, meta)

    mailbox.wait_for(1, 20)
    office.rests()
    assert len(mailbox.received) == 1


def test_a_mail_server_cut_after_the_letter_gets_the_same_letter_again(
    office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    mailbox.faults.on("data", Cut(after_accept=True))
    send_a_document(office, meta)
    office.rests(40)

    assert len({letter.message_id for letter in mailbox.received}) == 1


def test_a_letter_is_not_handed_over_for_ever(office: Office, meta: Meta, mailbox: Mailbox) -> None:
    mailbox.faults.on("data", *[Cut(after_accept=True)] * 10)
    send_a_document(office, meta)
    office.rests(60)

    letter = models.Outgoing.get(models.Outgoing.channel == "email")
    assert (letter.status, len(mailbox.received)) == ("failed", 4)
    assert "broke off" in letter.error


def test_a_letter_that_may_have_arrived_takes_nothing_more_in(
    office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    """A mailbox would take it for a copy of the first, and hide what joined it."""
    mailbox.faults.on("data", Cut(after_accept=True))
    send_a_document(office, meta)
    until(lambda: models.Outgoing.get(models.Outgoing.channel == "email").attempts == 1)
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(cast.pdf("AUTRE"), filename="autre.pdf")
    meta.settle()
    office.rests(40)

    texts = {letter.message_id: set() for letter in mailbox.received}
    for letter in mailbox.received:
        texts[letter.message_id].add("autre.pdf" in letter.text)
    assert sorted(texts.values(), key=str) == [{False}, {True}]


def test_a_letter_of_failure_does_not_leave_when_it_worked_after_all(
    office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    meta.faults.on("media_bytes", *["wrong_bytes"] * 4)
    mailbox.faults.on("sender", 421)
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    until(lambda: models.Outgoing.get_or_none(models.Outgoing.kind == "failed"), 30)
    row = models.Outgoing.get(models.Outgoing.kind == "failed")
    later = SystemClock().now() + timedelta(hours=1)
    office.store.write(
        lambda: (
            models.Outgoing.update(
                status="queued", due_at=later, sending_at=None, leased_until=None
            )
            .where(models.Outgoing.id == row.id)
            .execute()
        )
    )
    assert office.inbox.retry(models.Message.get().id)
    until(lambda: models.Document.get_or_none(models.Document.status == "filed"))

    assert models.Outgoing.get_or_none(models.Outgoing.kind == "failed") is None


def test_a_refused_recipient_is_failed_with_the_servers_words(
    office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    mailbox.faults.on("recipient", 550)
    send_a_document(office, meta)
    office.rests()

    letter = models.Outgoing.get(models.Outgoing.channel == "email")
    assert letter.status == "failed"
    assert "550" in letter.error


@pytest.mark.parametrize(
    ("number", "truth"),
    [
        (cast.BEN_YOUSSEF, "Rien à faire de votre part."),
        (cast.GHARBI, "Le fichier vous attend dans le dossier «\xa0_A rattacher\xa0»."),
        (cast.STRANGER, "Le fichier vous attend dans le dossier «\xa0_A rattacher\xa0»."),
    ],
    ids=["filed", "to choose", "unknown"],
)
def test_a_letter_promises_only_what_the_page_can_do(
    office: Office, meta: Meta, mailbox: Mailbox, number: str, truth: str
) -> None:
    meta.phone(number, "Karim").sends(BAIL, filename="acte.pdf")
    meta.settle()

    (letter,) = mailbox.wait_for(1)
    where = "Pour voir la liste, sur l’ordinateur du cabinet\xa0:"
    for text in (letter.text, letter.html):
        assert truth in text
        assert where in text


@pytest.mark.parametrize("kind", ["action_needed", "unknown_number"])
def test_the_lawyer_is_asked_when_a_choice_is_needed(
    office: Office, meta: Meta, mailbox: Mailbox, kind: str
) -> None:
    number = cast.GHARBI if kind == "action_needed" else cast.STRANGER
    meta.phone(number, "Karim").sends(BAIL, filename="acte.pdf")
    meta.settle()

    mailbox.wait_for(1)
    assert models.Outgoing.get(models.Outgoing.channel == "email").kind == kind


def test_a_window_that_has_closed_is_not_written_into(office: Office, meta: Meta) -> None:
    now = SystemClock().now()

    def unit() -> models.Outgoing:
        made: models.Outgoing = models.Outgoing.create(
            channel="whatsapp",
            kind="confirmation",
            recipient=f"+{cast.BEN_YOUSSEF}",
            dedupe_key="k",
            callback="c",
            created_at=now,
            due_at=now,
            expires_at=now - timedelta(minutes=1),
        )
        return made

    row = office.store.write(unit)
    office.jobs.wake("outgoing", row.id)

    until(lambda: confirmation().held == "window")
    assert "24 hours" in confirmation().error
    assert meta.accepted == []
