"""What may not leave yet waits, with its reason and its time: windows, holds, limits."""

import json
from datetime import timedelta

import pytest

from appliance.config import Rate
from appliance.demo import cast
from appliance.outbox import holds
from appliance.simulator.faults import Refuse
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from tests.integration.conftest import Office
from tests.support import until

BAIL = cast.pdf("CONTRAT DE BAIL")


def note() -> models.Outgoing:
    """What was written to the client last."""
    table = models.Outgoing
    row: models.Outgoing = (
        table.select().where(table.channel == "whatsapp").order_by(table.id.desc()).get()
    )
    return row


def send(meta: Meta, number: str = cast.BEN_YOUSSEF) -> None:
    meta.phone(number, "Amel").sends(BAIL + number.encode(), filename="bail.pdf")
    meta.settle()
    table = models.Outgoing
    until(lambda: table.select().where(table.channel == "whatsapp").exists())


def waits_for(held: str) -> None:
    until(lambda: note().held == held, 20, f"it is {note().status}, held {note().held}")


def is_delivered() -> None:
    until(lambda: note().status in {"delivered", "read"}, 20, f"it is {note().status}")


def test_after_a_day_it_waits_until_the_client_writes_again(office: Office, meta: Meta) -> None:
    """Meta said yes, then that the window is closed: 131047, as it usually comes."""
    send(meta)
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    phone.last_wrote_at = 0.0
    waits_for(holds.WINDOW)
    assert "24 hours" in note().error
    assert note().due_at is None

    phone.writes("Bonjour")
    is_delivered()
    assert len(phone.received) == 1


def test_a_refusal_that_needs_a_person_holds_all_and_is_told_once(
    office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    meta.faults.always("send", Refuse(401, 190))
    send(meta)
    send(meta, cast.CARTHAGE)
    table = models.Outgoing
    until(lambda: table.select().where(table.held == holds.ALL).count() == 2)
    alerts = table.select().where(table.kind == "alert")
    until(lambda: alerts.count() == 1 and alerts.get().status == "sent")
    assert len(holds.open_holds()) == 1
    assert models.Document.select().count() == 2, "what comes in is filed as before"
    assert any("jeton" in letter.text for letter in mailbox.received)

    meta.faults.clear()
    assert office.outbox.resume() == 2
    until(lambda: len(meta.accepted) == 2)
    assert not holds.open_holds()


def test_what_meta_says_too_late_to_be_sent_is_sent_when_the_bill_is_paid(
    office: Office, meta: Meta
) -> None:
    """131042 comes as a failed status: nothing arrived, so it may go again, as a new message."""
    send(meta)
    is_delivered()
    row = note()
    office.store.write(
        lambda: models.Outgoing.update(status="sent").where(models.Outgoing.id == row.id).execute()
    )
    receipt = {
        "id": row.remote_id,
        "status": "failed",
        "timestamp": "1795000000",
        "errors": [{"code": 131042, "title": "Payment"}],
    }
    made = office.store.write(
        lambda: models.Receipt.create(
            wamid=row.remote_id,
            status="failed",
            raw=json.dumps(receipt),
            received_at=row.created_at,
            due_at=row.created_at,
        )
    )
    office.pipeline.settle(made.id)
    again = note()
    assert (again.status, again.held, again.due_at) == ("queued", holds.ALL, None)
    assert again.callback != row.callback, "what Meta still says of the old one concerns nobody"
    assert office.outbox.resume() == 1
    is_delivered()


@pytest.mark.parametrize("code", [131056])
def test_a_pair_that_is_too_quick_holds_that_person_only(
    office: Office, meta: Meta, code: int
) -> None:
    meta.faults.on("send", Refuse(400, code))
    send(meta)
    until(lambda: models.Hold.select().exists())
    hold = models.Hold.get()
    assert (hold.scope, hold.recipient) == ("recipient", f"+{cast.BEN_YOUSSEF}")
    send(meta, cast.CARTHAGE)
    until(lambda: len(meta.accepted) >= 1)
    assert meta.accepted[0].to == f"+{cast.CARTHAGE}"
    is_delivered()


def test_over_the_limit_it_is_due_later_with_its_reason_and_no_attempt_is_counted(
    office: Office, meta: Meta
) -> None:
    office.limits.change("whatsapp_pair", Rate(1, timedelta(seconds=3)), "Nour")
    send(meta)
    is_delivered()
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    phone.sends(b"%PDF-1.4 another", filename="autre.pdf")
    office.limits.change("whatsapp_pair", Rate(1, timedelta(seconds=4)), "Nour")
    meta.settle()
    until(
        lambda: models.Outgoing.select().where(models.Outgoing.channel == "whatsapp").count() == 2
    )
    until(lambda: note().error is not None or note().status == "delivered")
    is_delivered()
    assert note().attempts == 1
    assert len(phone.received) == 2


def test_files_beyond_the_limit_wait_and_all_are_fetched(office: Office, meta: Meta) -> None:
    office.limits.change("whatsapp_download", Rate(2, timedelta(seconds=1)), "Nour")
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    for number in range(6):
        phone.sends(b"%PDF-1.4 piece " + str(number).encode(), filename=f"{number}.pdf")
    meta.settle()
    office.rests(40)
    assert models.Document.select().count() == 6
    assert {m.attempts for m in models.Message.select()} == {1}
    assert models.LimitUse.get(models.LimitUse.name == "whatsapp_download").refused >= 1
