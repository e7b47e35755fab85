"""The queue's page: what waits, runs and failed; what an administrator asks of it and sees."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.chores import Chores, Kind
from appliance.config import Dashboard
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.overview import overview
from appliance.dashboard.queues_board import SHOWN, QueuesBoard
from appliance.errors import PermanentError, TemporaryError
from appliance.firm.users import Users
from appliance.gateways.alerts import NOT_TAKEN
from appliance.jobs import Job, Jobs
from appliance.queues import open_queue
from appliance.store import attempts, models, work
from appliance.store.attempts import Outcome
from appliance.store.database import Store
from appliance.store.models import ChoreStatus, MessageStatus, OutgoingStatus
from appliance.telling import columns
from appliance.traffic import Traffic
from appliance.upkeep.health import Health
from appliance.wording import LANGUAGES
from appliance.workload import acts, measures, states
from appliance.workload.acts import Workload
from appliance.workload.pauses import LANES
from appliance.workload.states import State
from tests.integration.conftest import a_desk
from tests.integration.reading import token_of, words
from tests.support import Hands

PASSWORD = "un mot de passe long"
NUMBER = "+21620111222"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s{{7*7}}"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BROKE = PermanentError(
    "the file “%(name)s” of %(sender)s is broken (%(answer)s)",
    name="secret.pdf",
    sender=NUMBER,
    answer="code 131052: not 21620111222",
)


@dataclass
class House:
    """The dashboard over a real store with rows that are work. Nobody works on them."""

    store: Store
    clock: Hands
    users: Users
    jobs: Jobs
    chores: Chores
    workload: Workload
    made: int = field(default=0)

    def browser(self, role: str | None = "admin") -> FlaskClient:
        browser = self._door().test_client()
        if role:
            self.users.add(role, role, None, PASSWORD)
            form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
            assert browser.post("/login", data=form).status_code == 302
        return browser

    def _door(self) -> Any:
        board = QueuesBoard(self.workload, self.clock, "TN")
        desk = a_desk(self.store, self.clock, users=self.users, queues=board, language="en")
        return dashboard_door(desk, Dashboard(), b"k" * 32)

    def _keep(self, table: type[models.Row], **values: Any) -> Any:
        self.made += 1
        return self.store.write(lambda: table.create(**values))

    def message(self, **values: Any) -> models.Message:
        given = {"wamid": f"wamid.{self.made}", "sender": NUMBER, "type": "document", "raw": "{}"}
        given |= {"body": "le mot secret", "profile_name": "Amel Ben Youssef"}
        given |= {"received_at": self.now, "due_at": self.now}
        row: models.Message = self._keep(models.Message, **(given | values))
        return row

    def dead_message(self, **values: Any) -> models.Message:
        told = columns(BROKE)
        return self.message(status=MessageStatus.ERROR, due_at=None, **(told | values))

    def outgoing(self, **values: Any) -> models.Outgoing:
        given = {"channel": "whatsapp", "kind": "confirmation", "recipient": NUMBER}
        given |= {"dedupe_key": str(self.made), "callback": str(self.made), "body": "le mot secret"}
        given |= {"created_at": self.now, "due_at": self.now}
        row: models.Outgoing = self._keep(models.Outgoing, **(given | values))
        return row

    def chore(self, **values: Any) -> models.Chore:
        given = {"kind": Kind.READ.value, "subject_id": self.made, "created_at": self.now}
        row: models.Chore = self._keep(models.Chore, **({"due_at": self.now} | given | values))
        return row

    def receipt(self, **values: Any) -> models.Receipt:
        given = {"wamid": f"wamid.out{self.made}", "status": "read", "raw": "{}"}
        given |= {"received_at": self.now, "due_at": self.now}
        row: models.Receipt = self._keep(models.Receipt, **(given | values))
        return row

    def document(self, name: str) -> models.Document:
        """A file of the sample client, in their dossier 2026-0042."""
        folder = {"folder": "Amel", "folder_key": "amel", "created_at": self.now}
        client = self._keep(models.Client, name="Amel", name_key="amel", **folder)
        matter = {"reference": "2026-0042", "reference_key": "2026-0042", "title": "Divorce"}
        place = {"folder": "2026-0042", "opened_at": self.now}
        dossier = self._keep(models.Dossier, client=client, **matter, **place)
        about = {"owner_key": "client:1", "sha256": "a", "sender": NUMBER, "size": 1}
        about |= {"mime_type": "application/pdf", "reason": "only_dossier"}
        made: models.Document = self._keep(
            models.Document, name=name, received_at=self.now, dossier=dossier, **about
        )
        return made

    def attempt(self, row: models.WorkRow, outcome: Outcome, took: timedelta) -> None:
        """This row is taken, and the attempt ends so."""
        taken = self.store.write(lambda: work.claim(type(row), row.id, self.now))
        assert taken is not None
        self.clock.pass_(took)
        told = columns(BROKE) if outcome != Outcome.DONE else {}
        self.store.write(lambda: attempts.note(taken, outcome, self.now, told))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def counts(self, job: Job) -> dict[str, int]:
        found = states.counts(job, self.now)
        return {state.value: count for state, count in found.items() if count}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        jobs = Jobs(open_queue("sqlite:", tmp_path), 1, Traffic())
        chores, users = Chores(store, jobs, clock), Users(store, clock, 12)
        yield House(store, clock, users, jobs, chores, Workload(store, jobs, clock, chores, users))
        jobs.drain()


@pytest.fixture
def admin(house: House) -> FlaskClient:
    return house.browser("admin")


def press(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(browser, "/"), **form})


class _Alive(HTMLParser):
    """The tags of a page that could do something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_inline = any(name.startswith("on") or name == "style" for name in given)
        if is_inline or tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(tag)


def alive(page: str) -> list[str]:
    reader = _Alive()
    reader.feed(page)
    return reader.found


def listed(browser: FlaskClient, address: str) -> list[str]:
    """The jobs that a page names, in their order."""
    return re.findall(r'href="/admin/queues/(\w+/\d+)"', browser.get(address).text)


def audited() -> list[tuple[str, str, str, str | None]]:
    rows = models.AuditEntry.select().order_by(models.AuditEntry.id)
    kept = [(row.actor, row.action, row.subject, row.detail) for row in rows]
    return [each for each in kept if each[1] not in {"user added", "signed in"}]


def again(row: models.Row) -> Any:
    return type(row).get_by_id(row.id)


# In which state a row is.


def test_every_row_is_in_one_state(house: House) -> None:
    later, told = house.now + MINUTE, columns(BROKE)
    house.message()
    house.message(leased_until=later)
    house.message(leased_until=house.now - MINUTE)  # its worker died: it waits
    house.message(due_at=later)
    house.message(due_at=later, **told)
    house.message(**told)
    house.dead_message()
    house.message(status=MessageStatus.PROCESSED, due_at=None)
    assert house.counts(Job.MESSAGE) == {
        "waiting": 2,
        "running": 1,
        "scheduled": 1,
        "failed": 2,
        "dead": 1,
    }
    house.outgoing()
    house.outgoing(status=OutgoingStatus.SENDING, due_at=None, leased_until=later)
    house.outgoing(due_at=None, held="all", **told)
    house.outgoing(status=OutgoingStatus.FAILED, due_at=None, **told)
    house.outgoing(status=OutgoingStatus.UNKNOWN, due_at=None, **told)
    house.outgoing(status=OutgoingStatus.READ, due_at=None)
    assert house.counts(Job.OUTGOING) == {"waiting": 1, "running": 1, "failed": 1, "dead": 2}
    house.chore()
    house.chore(status=ChoreStatus.FAILED, due_at=None, done_at=house.now, **told)
    house.chore(status=ChoreStatus.DONE, due_at=None, done_at=house.now)
    assert house.counts(Job.CHORE) == {"waiting": 1, "dead": 1}
    house.receipt()
    house.receipt(due_at=None, error="could not be applied")
    house.receipt(due_at=None)
    assert house.counts(Job.RECEIPT) == {"waiting": 1, "dead": 1}


def test_what_is_counted_is_what_is_listed_and_what_a_job_says_of_itself(house: House) -> None:
    later, told = house.now + MINUTE, columns(BROKE)
    for values in ({}, {"leased_until": later}, {"due_at": later}, {"due_at": later, **told}):
        house.message(**values)
        house.chore(**values)
    house.dead_message()
    for job in (Job.MESSAGE, Job.CHORE):
        for state, count in states.counts(job, house.now).items():
            rows = states.listed(job, state, house.now, [], 100)
            assert len(rows) == count, (job, state)
            assert all(states.state_of(job, row, house.now) == state for row in rows)


@pytest.mark.parametrize("job", list(Job))
@pytest.mark.parametrize("state", [state for state in State if state != State.DONE])
def test_no_list_reads_a_whole_table(house: House, job: Job, state: State) -> None:
    """The plan of each list uses an index; a plan that scans grows with all that was ever done."""
    table = states.WORK[job]
    query = table.select().where(states.condition(job, state, house.now)).limit(50)
    sql, parameters = query.sql()
    plan = house.store.execute(f"EXPLAIN QUERY PLAN {sql}", tuple(parameters)).fetchall()
    steps = [step[3] for step in plan]
    assert all("INDEX" in step for step in steps if step.startswith(("SCAN", "SEARCH"))), steps


# What the page shows.


def test_an_empty_queue_says_that_nothing_waits(admin: FlaskClient) -> None:
    page = words(admin.get("/admin/queues").text)
    assert "Nothing waits: all that is due has been done." in page
    assert "No worker is alive" in page  # in this test nobody works


@pytest.mark.parametrize("state", list(State))
def test_each_empty_tab_says_what_it_would_show(admin: FlaskClient, state: State) -> None:
    page = admin.get(f"/admin/queues?state={state}").text
    assert '<p class="note">' in page


def test_the_oldest_stands_first_with_how_long_it_waits(house: House, admin: FlaskClient) -> None:
    first = house.message()
    house.clock.pass_(3 * MINUTE)
    second = house.chore()
    assert listed(admin, "/admin/queues") == [f"message/{first.id}", f"chore/{second.id}"]
    assert re.search(r"oldest waiting, since</dt><dd>3 min", admin.get("/admin/queues").text)


def test_nobodys_name_number_or_words_are_shown(house: House, admin: FlaskClient) -> None:
    told = columns(BROKE)
    rows = [house.dead_message(), house.outgoing(**told), house.chore(**told)]
    house.attempt(rows[1], Outcome.FAILED, MINUTE)
    pages = [admin.get(f"/admin/queues?state={state}").text for state in State]
    pages += [admin.get(f"/admin/queues/{job}/1").text for job in ("message", "outgoing", "chore")]
    pages += [admin.get(f"/api/admin/queues?state={state}").text for state in State]
    for page in pages:
        for secret in (NUMBER, "21620111222", "20111222", "Amel", "secret", "le mot"):
            assert secret not in page
    assert "+…22" in pages[4]
    assert "the file “…” of … is broken (code 131052: not …22)" in words(pages[4])


def test_hostile_words_are_only_words(house: House, admin: FlaskClient) -> None:
    told = {"error": HOSTILE, "reason": json.dumps({"text": HOSTILE, "values": {}})}
    house.dead_message(sender=HOSTILE, type=HOSTILE, profile_name=HOSTILE, **told)
    house.workload.drop([acts.Ref(Job.CHORE, house.chore().id)], HOSTILE, HOSTILE)
    house.workload.pause("read", HOSTILE)
    for address in ("?state=dead", "?state=dropped", f"?q={HOSTILE}", "/message/1", "/chore/1"):
        page = admin.get(f"/admin/queues{address}").text
        assert not alive(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lane_state_and_act_has_a_name(
    house: House, admin: FlaskClient, language: str
) -> None:
    for lane in LANES:
        house.chore(kind=lane)
    house.workload.pause("all", "Nour")
    for state in State:
        page = admin.get(f"/admin/queues?state={state}&lang={language}")
        assert page.status_code == 200
        assert "mirror_" not in words(page.text)


@pytest.mark.parametrize(
    ("language", "lane"),
    [("fr", "Envoi d’alertes"), ("en", "Sending alerts"), ("ar", "إرسال التنبيهات")],
)
def test_an_alert_that_waits_is_shown_with_the_setting_it_goes_to(
    house: House, admin: FlaskClient, language: str, lane: str
) -> None:
    """Its name is whole for an administrator, who mends it; it is nobody's number."""
    told = columns(TemporaryError(NOT_TAKEN, counts=False, address="alerts.critical 1"))
    alert = {"channel": "alert", "kind": "alert", "recipient": "alerts.critical 1"}
    house.outgoing(due_at=house.now + MINUTE, **alert, **told)
    page = unescape(admin.get(f"/admin/queues?state=failed&lane=alert&lang={language}").text)
    assert lane in page
    assert page.count("alerts.critical 1") >= 2, "where it goes, and why it waits"


def test_the_live_part_is_not_sent_again_while_nothing_changes(
    house: House, admin: FlaskClient
) -> None:
    house.message(due_at=house.now + MINUTE)
    first = admin.get("/admin/queues?state=scheduled&part=1")
    headers = {"If-None-Match": first.headers["ETag"]}
    assert "<html" not in first.text
    assert "csrf_token" not in first.text
    assert admin.get("/admin/queues?state=scheduled&part=1", headers=headers).status_code == 304
    house.message(due_at=house.now + MINUTE)
    assert admin.get("/admin/queues?state=scheduled&part=1", headers=headers).status_code == 200


def test_a_long_list_is_cut_and_says_so(house: House, admin: FlaskClient) -> None:
    for _ in range(SHOWN + 1):
        house.message()
    page = admin.get("/admin/queues").text
    assert page.count("/admin/queues/message/") == 2 * SHOWN  # each with its button
    assert f"The first {SHOWN} are shown" in page


def test_an_attempt_stands_on_its_jobs_page_with_its_durations(
    house: House, admin: FlaskClient
) -> None:
    row = house.message()
    house.clock.pass_(5 * MINUTE)
    house.attempt(row, Outcome.AGAIN, timedelta(seconds=4))
    page = words(admin.get(f"/admin/queues/message/{row.id}").text)
    said = "No. 1 23/11/2026, 10:05 Had waited 5 mins Took 4 secs failed, tried again later"
    assert said in page
    assert admin.get("/admin/queues/message/999").status_code == 404
    assert admin.get("/admin/queues/nothing/1").status_code == 404


def test_a_row_with_the_number_of_an_older_one_has_not_its_history(
    house: House, admin: FlaskClient
) -> None:
    old = house.outgoing()
    house.attempt(old, Outcome.FAILED, MINUTE)
    house.store.write(lambda: old.delete_instance() and None)
    house.clock.pass_(MINUTE)
    new = house.outgoing()
    assert new.id == old.id
    assert "No attempt of it is known" in admin.get(f"/admin/queues/outgoing/{new.id}").text


def test_interruptions_are_said(house: House, admin: FlaskClient) -> None:
    row = house.message(interruptions=2)
    assert "interrupted 2 times" in words(admin.get("/admin/queues").text)
    assert "Greffier stopped in the middle" in admin.get(f"/admin/queues/message/{row.id}").text


def test_what_was_sent_and_refused_afterwards_is_a_figure_of_its_own(house: House) -> None:
    for status in (OutgoingStatus.DELIVERED, OutgoingStatus.FAILED, OutgoingStatus.FAILED):
        row = house.outgoing()
        house.attempt(row, Outcome.DONE, timedelta(seconds=1))
        told = columns(BROKE) if status == OutgoingStatus.FAILED else {}
        ended = {"status": status, "sent_at": house.now, "due_at": None, **told}
        house.store.write(lambda row=row, ended=ended: work.update(row, **ended))  # type: ignore[misc]
        house.clock.pass_(timedelta(hours=20))
    house.outgoing(status=OutgoingStatus.FAILED, due_at=None, **columns(BROKE))  # never went

    admin = house.browser("admin")
    told = admin.get("/api/admin/queues").json
    assert sum(span["done"] for span in told["throughput"]["7d"]) == 3, "the past stays"
    assert told["refused_afterwards"] == {"24h": 1, "7d": 2}
    page = words(admin.get("/admin/queues").text)
    assert page.count("of what is done, 1 message was refused by WhatsApp afterwards") == 1
    assert page.count("of what is done, 2 messages were refused by WhatsApp afterwards") == 1
    later = house.now + timedelta(days=7)
    assert measures.refused_afterwards(later, timedelta(days=7)) == 0


def test_the_figures_are_told_to_programs_in_the_promised_shape(
    house: House, admin: FlaskClient
) -> None:
    for _ in range(20):
        row = house.message()
        house.clock.pass_(timedelta(seconds=2))
        house.attempt(row, Outcome.DONE, timedelta(seconds=1))
        house.store.write(lambda row=row: work.end(row))  # type: ignore[misc]
    house.dead_message()
    house.workload.pause("read", "Nour")
    told = admin.get("/api/admin/queues?state=dead").json
    assert told["counts"] == {
        "waiting": 0, "running": 0, "scheduled": 0, "failed": 0, "dead": 1, "dropped": 0, "done": 20
    }  # fmt: skip
    assert told["jobs"]["message"]["dead"] == 1
    assert told["last_24_hours"] == {
        "wait_p95_seconds": 2.0, "run_p95_seconds": 1.0, "measured": 20
    }  # fmt: skip
    assert told["paused"][0]["lane"] == "read"
    assert (len(told["throughput"]["24h"]), len(told["throughput"]["7d"])) == (24, 28)
    assert sum(hour["done"] for hour in told["throughput"]["24h"]) == 20
    assert told["workers"] == {"alive": 0, "wanted": 7}
    assert told["oldest_waiting_seconds"] is None
    row = {key: told["rows"][0][key] for key in ("job", "lane", "kind", "who", "attempts")}
    assert row == {
        "job": "message", "lane": "message", "kind": "document", "who": "+…22", "attempts": 0
    }  # fmt: skip


# Searching.


def test_work_is_found_by_number_wamid_dossier_and_file(house: House, admin: FlaskClient) -> None:
    document = house.document("Contrat de bail.pdf")
    filed = house.dead_message(document=document, wamid="wamid.HBg=")
    read = house.chore(subject_id=document.id)
    told = house.outgoing(dossier=document.dossier, remote_id="wamid.OUT=")
    house.dead_message(sender="+21698000111")
    for sought in (NUMBER, "20 111 222", "wamid.HBg=", "2026-0042", "contrat de bail"):
        assert f"message/{filed.id}" in listed(admin, f"/admin/queues?q={sought}&state=dead")
        assert len(listed(admin, f"/admin/queues?q={sought}&state=dead")) == 1
    for sought in ("2026-0042", "contrat de bail", NUMBER):
        assert f"chore/{read.id}" in listed(admin, f"/admin/queues?q={sought}&state=waiting")
    for guess in ("contrat", "contrat de", "bail", "Contrat de bai", "bail.pdf", "Contrat%25"):
        page = admin.get(f"/admin/queues?q={guess}").text
        assert "Nothing in this state is found" in page, "names are not read letter by letter"
    assert f"outgoing/{told.id}" in listed(admin, "/admin/queues?q=wamid.OUT=")
    assert "Nothing in this state is found" in admin.get("/admin/queues?q=%25%25%25").text


def test_a_search_begins_where_something_is_found(house: House, admin: FlaskClient) -> None:
    row = house.dead_message(wamid="wamid.X")
    assert f"message/{row.id}" in listed(admin, "/admin/queues?q=wamid.X")


def test_one_kind_of_work_is_shown_alone(house: House, admin: FlaskClient) -> None:
    house.message()
    mail, _ = house.outgoing(channel="email", recipient="a@b.example"), house.outgoing()
    read, _ = house.chore(), house.chore(kind="scan")
    assert set(listed(admin, "/admin/queues?lane=email")) == {f"outgoing/{mail.id}"}
    assert set(listed(admin, "/admin/queues?lane=read")) == {f"chore/{read.id}"}


# What is asked of it.


def test_a_failed_job_begins_anew(house: House, admin: FlaskClient) -> None:
    row = house.dead_message(attempts=4, interruptions=1)
    assert press(admin, f"/admin/queues/message/{row.id}/retry").status_code == 302
    now = again(row)
    assert (now.status, now.due_at, now.attempts, now.interruptions, now.error) == (
        "received", house.now, 0, 0, None
    )  # fmt: skip
    assert audited() == [("admin", "job tried again", f"message {row.id}", None)]
    assert house.counts(Job.MESSAGE) == {"waiting": 1}


def test_what_was_perhaps_sent_is_sent_again_only_by_somebody_who_was_told(
    house: House, admin: FlaskClient
) -> None:
    told = columns(BROKE)
    row = house.outgoing(status=OutgoingStatus.UNKNOWN, due_at=None, callback="old", **told)
    asked = press(admin, f"/admin/queues/outgoing/{row.id}/retry")
    assert "may reach the client twice" in asked.text
    assert again(row).status == "unknown"
    press(admin, f"/admin/queues/outgoing/{row.id}/retry", sure="1")
    now = again(row)
    assert (now.status, now.due_at, now.error) == ("queued", house.now, None)
    assert now.callback != "old"  # what Meta still says of the old one concerns nobody


def test_a_shelved_receipt_and_a_failed_chore_begin_anew(house: House, admin: FlaskClient) -> None:
    receipt = house.receipt(due_at=None, error="could not be applied")
    chore = house.chore(status="failed", due_at=None, done_at=house.now, **columns(BROKE))
    press(admin, f"/admin/queues/receipt/{receipt.id}/retry")
    press(admin, f"/admin/queues/chore/{chore.id}/retry")
    assert (again(receipt).due_at, again(receipt).error) == (house.now, None)
    assert (again(chore).status, again(chore).due_at) == ("open", house.now)


def test_a_letter_for_nobody_cannot_be_sent_again(house: House, admin: FlaskClient) -> None:
    row = house.outgoing(recipient="", channel="email", status="failed", due_at=None, error="x")
    press(admin, f"/admin/queues/outgoing/{row.id}/retry")
    assert again(row).status == "failed"
    assert "Nothing was done" in admin.get("/admin/queues").text


def test_a_back_off_is_cleared(house: House, admin: FlaskClient) -> None:
    row = house.message(due_at=house.now + 10 * MINUTE, attempts=2, **columns(BROKE))
    held = house.outgoing(due_at=None, held="all", **columns(BROKE))
    press(admin, f"/admin/queues/message/{row.id}/hasten")
    press(admin, f"/admin/queues/outgoing/{held.id}/hasten")
    assert (again(row).due_at, again(row).attempts) == (house.now, 2)
    assert (again(held).due_at, again(held).held) == (house.now, None)


def test_what_somebody_has_is_neither_hastened_nor_dropped(
    house: House, admin: FlaskClient
) -> None:
    later = house.now + MINUTE
    row = house.message(leased_until=later)
    sending = house.outgoing(status="sending", due_at=None, leased_until=later)
    for address in (f"message/{row.id}", f"outgoing/{sending.id}"):
        press(admin, f"/admin/queues/{address}/drop", sure="1", why="trop tard")
        press(admin, f"/admin/queues/{address}/hasten")
    assert (again(row).status, again(sending).status) == ("received", "sending")
    assert audited() == []


def test_a_drop_wants_a_reason_and_stays_visible(house: House, admin: FlaskClient) -> None:
    row = house.chore(due_at=house.now + MINUTE, **columns(BROKE))
    address = f"/admin/queues/chore/{row.id}/drop"
    assert "Nobody works on it any more" in press(admin, address).text
    refused = press(admin, address, sure="1", why="  ")
    assert (refused.status_code, "Write why" in refused.text) == (422, True)
    assert again(row).status == "open"
    press(admin, address, sure="1", why="Le client a envoyé  un meilleur scan")
    now = again(row)
    assert (now.status, now.due_at) == ("failed", None)
    assert now.error == "dropped by admin: Le client a envoyé un meilleur scan"
    assert house.counts(Job.CHORE) == {"dropped": 1}
    assert f"chore/{row.id}" in listed(admin, "/admin/queues?state=dropped")
    assert audited() == [
        ("admin", "job dropped", f"chore {row.id}", "Le client a envoyé un meilleur scan")
    ]
    press(admin, f"/admin/queues/chore/{row.id}/retry")
    assert house.counts(Job.CHORE) == {"waiting": 1}


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ({"type": "document", "document": {"id": "1", "mime_type": "application/pdf"}}, "error"),
        ({"type": "text", "text": {"body": "Bonjour"}}, "processed"),
    ],
)
def test_a_message_whose_file_is_not_filed_stays_among_the_errors(
    house: House, admin: FlaskClient, raw: dict[str, Any], status: str
) -> None:
    row = house.dead_message(raw=json.dumps(raw), type=raw["type"])
    press(admin, f"/admin/queues/message/{row.id}/drop", sure="1", why="inutile")
    assert again(row).status == status
    assert house.counts(Job.MESSAGE) == {"dropped": 1}
    press(admin, f"/admin/queues/message/{row.id}/retry")
    assert house.counts(Job.MESSAGE) == {"waiting": 1}


def test_all_that_is_filtered_is_asked_first_and_then_done(
    house: House, admin: FlaskClient
) -> None:
    dead = [house.dead_message() for _ in range(acts.UNIT + 1)]
    other = house.chore(status="failed", due_at=None, done_at=house.now, **columns(BROKE))
    form = {"state": "dead", "lane": "message", "q": ""}
    asked = press(admin, "/admin/queues/all/retry", **form)
    assert f"{len(dead)} jobs are meant." in words(asked.text)
    assert house.counts(Job.MESSAGE) == {"dead": len(dead)}
    press(admin, "/admin/queues/all/retry", sure="1", **form)
    assert house.counts(Job.MESSAGE) == {"waiting": len(dead)}
    assert again(other).status == "failed"
    assert [entry[1] for entry in audited()] == ["job tried again"] * 2  # one a commit


def test_no_more_than_so_many_are_taken_at_once(house: House) -> None:
    refs = [acts.Ref(Job.MESSAGE, house.dead_message().id)] * (acts.MOST + 1)
    assert house.workload.retry(refs, "Nour") == 1
    assert house.counts(Job.MESSAGE) == {"waiting": 1}


def test_all_of_what_makes_no_sense_in_a_state_is_refused(house: House, admin: FlaskClient) -> None:
    house.message()
    assert press(admin, "/admin/queues/all/retry", state="waiting").status_code == 404
    assert press(admin, "/admin/queues/all/burn", state="waiting").status_code == 404
    assert press(admin, "/admin/queues/all/drop", state="done").status_code == 404


# Pausing.


def test_a_paused_lane_is_begun_by_nobody_until_it_is_resumed(
    house: House, admin: FlaskClient
) -> None:
    row, other = house.chore(), house.message()
    press(admin, "/admin/queues/pauses/read")
    take = lambda one: house.store.write(lambda: work.claim(type(one), one.id, house.now))  # noqa: E731
    assert take(row) is None
    assert work.due(models.Chore, house.now, MINUTE, 10) == []
    assert take(other) is not None
    assert again(row).attempts == 0
    for page in ("/admin/queues", "/", "/limits"):
        assert "Paused, and waiting" in admin.get(page).text
    press(admin, "/admin/queues/pauses/read/resume")
    assert take(row) is not None
    assert "Paused, and waiting" not in admin.get("/").text
    assert [entry[1:3] for entry in audited()] == [
        ("work paused", "read"),
        ("work resumed", "read"),
    ]


def test_pausing_all_pauses_every_lane_and_lasts_over_a_restart(
    house: House, tmp_path: Path
) -> None:
    rows = [house.message(), house.receipt(), house.outgoing(), house.chore()]
    house.workload.pause("all", "Nour")
    house.store.close()
    with closing(Store.open(tmp_path, house.clock)) as store:
        for row in rows:
            assert store.write(lambda row=row: work.claim(type(row), row.id, house.now)) is None  # type: ignore[misc]
            assert work.due(type(row), house.now, MINUTE, 10) == []


def test_one_channel_is_paused_and_the_other_goes_on(house: House) -> None:
    whatsapp, mail = house.outgoing(), house.outgoing(channel="email")
    house.workload.pause("whatsapp", "Nour")
    take = lambda row: house.store.write(lambda: work.claim(type(row), row.id, house.now))  # noqa: E731
    assert (take(whatsapp), take(mail).id) == (None, mail.id)


def test_pausing_twice_and_resuming_what_goes_on_do_nothing(
    house: House, admin: FlaskClient
) -> None:
    for _ in range(2):
        press(admin, "/admin/queues/pauses/scan")
    assert "It was paused already." in admin.get("/admin/queues").text
    for _ in range(2):
        press(admin, "/admin/queues/pauses/scan/resume")
    assert "It was not paused." in admin.get("/admin/queues").text
    assert len(audited()) == 2
    assert press(admin, "/admin/queues/pauses/receiving").status_code == 404


# Who may.


@pytest.mark.parametrize("role", ["avocat", "assistant"])
def test_only_an_administrator_sees_the_queue(house: House, role: str) -> None:
    row = house.dead_message()
    browser = house.browser(role)
    for address in ("/admin/queues", "/api/admin/queues", f"/admin/queues/message/{row.id}"):
        assert browser.get(address).status_code == 403
    for address in (f"message/{row.id}/retry", "all/retry", "pauses/read", "pauses/read/resume"):
        assert press(browser, f"/admin/queues/{address}", state="dead").status_code == 403
    assert again(row).status == "error"


def test_who_is_not_signed_in_sees_nothing(house: House) -> None:
    stranger = house.browser(None)
    assert stranger.get("/admin/queues").location == "/login"
    assert stranger.get("/api/admin/queues").status_code == 401


def test_a_form_without_its_token_does_nothing(house: House, admin: FlaskClient) -> None:
    row = house.dead_message()
    assert admin.post(f"/admin/queues/message/{row.id}/retry").status_code == 400
    assert admin.post("/admin/queues/pauses/read").status_code == 400
    assert again(row).status == "error"


def test_what_is_given_back_by_an_outage_is_noted_once(house: House) -> None:
    row = house.message()
    for _ in range(3):
        taken = house.store.write(lambda: work.claim(models.Message, row.id, house.now))
        assert taken is not None
        error = TemporaryError("no network", counts=False)
        give = lambda t=taken, e=error: work.give_back(t, e, house.now, MINUTE)  # type: ignore[misc] # noqa: E731
        house.store.write(give)
        house.clock.pass_(2 * MINUTE)
    noted = attempts.of_row(row, row.received_at)
    assert [(one.outcome, one.error, one.number) for one in noted] == [("again", "no network", 1)]


# What everybody hears of it.


def test_a_pause_is_no_delay_but_is_said_as_what_it_is(house: House, tmp_path: Path) -> None:
    house.chore(kind="examine", due_at=house.now - HOUR)
    house.workload.pause("examine", "Nour")
    report = Health(house.store, house.jobs, house.clock, tmp_path, lambda: None).report()
    assert report["components"]["queue"]["status"] == "ok"
    assert report["components"]["pauses"] == {"status": "degraded", "sentence": "paused: examine"}
    house.workload.resume("examine", "Nour")
    report = Health(house.store, house.jobs, house.clock, tmp_path, lambda: None).report()
    assert report["components"]["queue"]["status"] == "degraded"
    assert report["components"]["pauses"]["status"] == "ok"


def test_what_was_dropped_troubles_nobody_any_more(house: House, tmp_path: Path) -> None:
    row = house.outgoing(status="failed", due_at=None, **columns(BROKE))
    health = Health(house.store, house.jobs, house.clock, tmp_path, lambda: None)
    assert health.report()["components"]["outbox"]["status"] == "degraded"
    house.workload.drop([acts.Ref(Job.OUTGOING, row.id)], "déjà dit au téléphone", "Nour")
    assert health.report()["components"]["outbox"]["status"] == "ok"
    assert overview(house.now, ZoneInfo("Africa/Tunis")).counts.unsure == 0
