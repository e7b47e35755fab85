"""Short alerts to telephones: each once, to the right ones, naming nobody, their secrets kept."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.clock import SystemClock
from appliance.config import Urgency
from appliance.demo import cast
from appliance.errors import PermanentError
from appliance.firm.users import Users
from appliance.inbox.account import RESTRICTED, Severity, Told
from appliance.jobs import Job
from appliance.logbook import close_log, open_log
from appliance.outbox import alarms
from appliance.simulator.faults import Refuse
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.upkeep.account import AccountEvents
from appliance.workload.acts import Workload
from tests.integration.conftest import Office
from tests.listener import Listener
from tests.support import until

TOKEN, OTHER, LOW = "Geheim-4711-Alarm", "Zweiter-0815-Alarm", "Warnung-2222-Alarm"
CLOSED = "json://127.0.0.1:9/Niemand-9999-Alarm"
BAIL = cast.pdf("CONTRAT DE BAIL")
TABLE = models.Outgoing


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as heard:
        yield heard


@pytest.fixture
def settings(listener: Listener) -> dict[str, str]:
    """Two for what is urgent, one for warnings, nobody for errors."""
    return {
        "GREFFIER_ALERTS_CRITICAL": f"{listener.address(TOKEN)}, {listener.address(OTHER)}",
        "GREFFIER_ALERTS_WARNING": listener.address(LOW),
    }


def alerts() -> list[models.Outgoing]:
    return list(TABLE.select().where(TABLE.channel == "alert").order_by(TABLE.id))


def tell(office: Office, urgency: Urgency, error: PermanentError | None = None) -> None:
    """Something of this urgency happens, and is told."""
    error = error or PermanentError("the folder is full: make room")
    outbox = office.outbox
    outbox.wake(office.store.write(lambda: outbox.alert(f"test:{urgency}", error, urgency)))


def ends(status: str = "sent") -> None:
    until(
        lambda: {row.status for row in alerts()} == {status}, 20, str([r.error for r in alerts()])
    )


def test_what_stops_all_sending_is_said_at_once_in_a_few_words(
    office: Office, meta: Meta, mailbox: Mailbox, listener: Listener
) -> None:
    meta.faults.always("send", Refuse(401, 190))
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail de Amel.pdf")
    meta.settle()
    until(lambda: len(alerts()) == 2, 20)
    ends()
    (said,) = listener.said(TOKEN)
    assert "il faut agir tout de suite" in said["title"]
    assert "jeton" in said["message"]
    assert "http://localhost:8090/" in said["message"]
    assert "code 190" not in said["message"], "what Meta wrote is for the page"
    assert len(listener.said(OTHER)) == 1
    assert listener.said(LOW) == []
    letters = TABLE.select().where(TABLE.channel == "email", TABLE.kind == "alert")
    until(lambda: letters.count() == 1 and letters.get().status == "sent")
    assert any("jeton" in letter.text for letter in mailbox.received), "letters are as they were"


@pytest.mark.parametrize(
    ("urgency", "hears"), [(Urgency.WARNING, LOW), (Urgency.ERROR, LOW), (Urgency.CRITICAL, TOKEN)]
)
def test_who_hears_depends_on_how_urgent_it_is(
    office: Office, listener: Listener, urgency: Urgency, hears: str
) -> None:
    """Nobody is named for errors: whoever hears warnings hears of them."""
    tell(office, urgency)
    ends()
    others = {TOKEN, LOW} - {hears}
    assert len(listener.said(hears)) == 1
    assert [listener.said(other) for other in others] == [[]]


def test_a_client_is_never_named_to_whoever_holds_the_telephone(
    office: Office, listener: Listener
) -> None:
    named = PermanentError("“%(name)s” of %(number)s is bad", name="Divorce.pdf", number="+2162011")
    tell(office, Urgency.WARNING, named)
    ends()
    (said,) = listener.said(LOW)
    assert said["message"].startswith("il faut que vous voyiez quelque chose")
    assert "Divorce" not in json.dumps(said)
    assert "+216" not in json.dumps(said)
    (row,) = alerts()
    assert "Divorce" not in str(row.__data__), "nor does the row hold it"


def test_one_that_refuses_is_asked_again_and_the_other_hears_it_once(
    office: Office, listener: Listener
) -> None:
    listener.refused.add(f"/{TOKEN}")
    tell(office, Urgency.CRITICAL)
    until(lambda: [row.status for row in alerts()] == ["queued", "sent"] and alerts()[0].error, 20)
    waiting = alerts()[0]
    assert waiting.recipient == "alerts.critical 1"
    assert "alerts.critical 1 was not reached, or refused" in waiting.error
    assert waiting.due_at > SystemClock().now() + timedelta(minutes=1)

    listener.refused.clear()
    hasten(office, waiting)
    ends()
    assert len(listener.said(TOKEN)) == len(listener.said(OTHER)) == 1


def hasten(office: Office, row: models.Outgoing, **changes: object) -> None:
    """It is due now."""
    values = {"due_at": SystemClock().now(), **changes}
    office.store.write(lambda: TABLE.update(**values).where(TABLE.id == row.id).execute())
    office.jobs.wake(Job.OUTGOING, row.id, 0)


@pytest.fixture
def nobody_there(settings: dict[str, str]) -> None:
    settings["GREFFIER_ALERTS_CRITICAL"] = CLOSED


def test_an_alert_that_nobody_took_for_a_day_is_given_up(
    nobody_there: None, office: Office
) -> None:
    tell(office, Urgency.CRITICAL)
    until(lambda: [row.error is not None for row in alerts()] == [True], 20)
    (row,) = alerts()
    assert (row.status, row.attempts) == ("queued", 0), "a network that is down counts against none"
    hasten(office, row, created_at=SystemClock().now() - alarms.LASTS)
    ends("failed")


def test_the_same_trouble_is_told_once(office: Office, listener: Listener) -> None:
    for _ in range(3):
        tell(office, Urgency.CRITICAL)
    ends()
    assert len(listener.said(TOKEN)) == len(listener.said(OTHER)) == 1


def test_a_crash_before_or_while_it_is_sent_loses_no_alert(
    office: Office, listener: Listener
) -> None:
    """Before: the row is there, nobody was called. While: it is `sending`, perhaps sent."""
    error = PermanentError("the folder is full: make room")
    made = office.store.write(lambda: office.outbox.alert("crash", error, Urgency.CRITICAL))
    assert [row.status for row in alerts()] == ["queued", "queued"]
    assert listener.asked == []
    first = alerts()[0]
    left = {"status": "sending", "due_at": None, "leased_until": SystemClock().now(), "attempts": 1}
    office.store.write(lambda: TABLE.update(**left).where(TABLE.id == first.id).execute())

    assert office.outbox.recover(at_start=True) == 1
    assert [row.status for row in alerts()] == ["queued", "queued"]
    office.outbox.wake(made)
    ends()
    assert len(listener.said(TOKEN)) == len(listener.said(OTHER)) == 1


def test_an_address_that_was_taken_out_of_the_settings_is_said(office: Office) -> None:
    error = PermanentError("the folder is full: make room")
    posted = office.store.write(lambda: office.outbox.alert("gone", error, Urgency.WARNING))
    (row,) = alerts()
    gone = {"recipient": "alerts.warning 2"}
    office.store.write(lambda: TABLE.update(**gone).where(TABLE.id == row.id).execute())
    office.outbox.wake(posted)
    ends("failed")
    assert "alerts.warning 2 is no longer in the settings" in alerts()[0].error


@pytest.fixture
def nonsense(settings: dict[str, str]) -> None:
    settings["GREFFIER_ALERTS_WARNING"] = f"nonsense://{TOKEN}"


def test_an_address_that_is_none_fails_with_its_name_and_never_itself(
    nonsense: None, office: Office
) -> None:
    tell(office, Urgency.WARNING)
    ends("failed")
    assert "does not understand the address alerts.warning 1" in alerts()[0].error
    assert TOKEN not in alerts()[0].error


def test_what_meta_does_to_the_account_is_as_urgent_as_meta_says(
    office: Office, listener: Listener
) -> None:
    events = AccountEvents(office.store, SystemClock(), office.inbox, office.outbox, lambda _: None)
    grave = Told("DISABLED", Severity.CRITICAL, RESTRICTED, {"event": "DISABLED, +216 20 111 222"})
    mild = Told("FLAGGED", Severity.WARNING, "the quality: %(event)s", {"event": "FLAGGED"})
    events.compare([grave, mild])
    until(lambda: len(alerts()) == 3, 20)
    ends()
    (urgent,) = listener.said(TOKEN)
    assert "DISABLED" in urgent["message"]
    assert "111" not in urgent["message"]
    assert "FLAGGED" in listener.said(LOW)[0]["message"]


def test_no_secret_reaches_the_database_or_the_log(
    office: Office, listener: Listener, tmp_path: Path
) -> None:
    open_log(tmp_path)
    try:
        listener.refused.add(f"/{TOKEN}")
        tell(office, Urgency.CRITICAL)
        until(lambda: [bool(row.error) for row in alerts()] == [True, False], 20)
        until(lambda: alerts()[1].status == "sent")
        logging.getLogger("appliance").warning("the end")
    finally:
        close_log()
    logged = "".join(file.read_text() for file in (tmp_path / "logs").iterdir())
    assert "the end" in logged
    assert "outgoing postponed" in logged
    kept = everything_kept(office)
    assert "alerts.critical 1" in kept
    for secret in (TOKEN, OTHER, LOW):
        assert secret not in kept
        assert secret not in logged


def everything_kept(office: Office) -> str:
    """Every value of every column of the database."""
    tables = [
        name
        for (name,) in office.store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    rows = [row for table in tables for row in office.store.execute(f'SELECT * FROM "{table}"')]
    return str(rows)


def test_alerts_can_be_paused_and_go_out_afterwards(office: Office, listener: Listener) -> None:
    clock = SystemClock()
    users = Users(office.store, clock, 12)
    workload = Workload(office.store, office.jobs, clock, office.chores, users)
    workload.pause("alert", "Nour")
    tell(office, Urgency.WARNING)
    letters = TABLE.select().where(TABLE.channel == "email")
    until(lambda: letters.count() == 1 and letters.get().status == "sent", 20)
    assert listener.asked == []
    workload.resume("alert", "Nour")
    ends()
    assert len(listener.said(LOW)) == 1
