"""The page of the limits: how they stand, who waits, what it costs, and who may change one."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.assembly import Appliance, build
from appliance.clock import SystemClock
from appliance.config import Config, Dashboard, Rate, read
from appliance.costs import SERVICE, Costs, costs, month_of
from appliance.dashboard.chart import HEIGHT, Hour, chart
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.labels import KINDS
from appliance.dashboard.limits_board import LimitsBoard
from appliance.demo import cast
from appliance.errors import PermanentError
from appliance.firm.users import Users
from appliance.fittings import rates
from appliance.gateways.refusals import NOT_ALLOWED, PAIR
from appliance.inbox import messages
from appliance.inbox.messages import Inbox
from appliance.jobs import Jobs
from appliance.limits import Limits
from appliance.outbox import gate, holds
from appliance.outbox.waiting import WaitingRoom
from appliance.queues import open_queue
from appliance.replies.announcements import Kind
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import attempts, models
from appliance.store.attempts import Outcome
from appliance.store.database import Store, by_nobody
from appliance.telling import columns
from appliance.traffic import Traffic
from appliance.wording import LANGUAGES
from tests.integration.conftest import (
    Office,
    a_desk,
    environment,
)
from tests.integration.reading import token_of
from tests.support import Hands, until

PASSWORD = "un mot de passe long"
TUNIS = ZoneInfo("Africa/Tunis")
HOUR = timedelta(hours=1)
BEN_YOUSSEF = "+21620111222"


@dataclass
class House:
    """The dashboard over a real store, its limits, and the rooms where work waits."""

    store: Store
    clock: Hands
    limits: Limits
    jobs: Jobs
    users: Users
    config: Config

    def browser(self, role: str | None) -> FlaskClient:
        browser = self._door().test_client()
        if role:
            self.users.add(role, role, None, PASSWORD)
            form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
            assert browser.post("/login", data=form).status_code == 302
        return browser

    def _door(self) -> Any:
        self.limits.when_changed(Inbox(self.store, self.jobs, self.clock).call_in)
        self.limits.when_changed(WaitingRoom(self.store, self.jobs, self.clock).call_in)
        desk = a_desk(
            self.store,
            self.clock,
            users=self.users,
            limits=LimitsBoard(self.limits, self.clock, TUNIS),
            language="en",
        )
        return dashboard_door(desk, Dashboard(), b"k" * 32)

    def take(self, name: str, times: int = 1, key: str = "") -> None:
        for number in range(times):
            self.store.write(lambda each=number: self.limits.take(name, key, str(each)) and None)  # type: ignore[misc]

    def keep(self, table: type[models.Row], **values: Any) -> Any:
        return self.store.write(lambda: table.create(**values))

    def outgoing(self, **values: Any) -> Any:
        number = str(models.Outgoing.select().count())
        defaults = {"channel": "whatsapp", "kind": "confirmation", "recipient": BEN_YOUSSEF}
        defaults |= {"dedupe_key": number, "callback": number, "created_at": self.clock.now()}
        return self.keep(models.Outgoing, **(defaults | values))

    def message(self, **values: Any) -> Any:
        defaults = {"wamid": "w", "sender": BEN_YOUSSEF, "type": "document", "raw": "{}"}
        return self.keep(models.Message, **defaults, received_at=self.clock.now(), **values)

    def hold(self, **values: Any) -> Any:
        told = columns(PermanentError(gate.WINDOW_CLOSED))
        return self.keep(models.Hold, since_at=self.clock.now(), **told, **values)

    def costs(self) -> Costs:
        return costs(self.clock.now(), TUNIS)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = Hands()
    config = read(None, {}, tmp_path)
    with closing(Store.open(tmp_path, clock)) as store:
        jobs = Jobs(open_queue("sqlite:", tmp_path), 1, Traffic())
        limits = Limits(store, clock, rates(config.limits))
        yield House(store, clock, limits, jobs, Users(store, clock, 12), config)
        jobs.drain()


@pytest.fixture
def admin(house: House) -> FlaskClient:
    return house.browser("admin")


def press(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    return browser.post(path, data={"csrf_token": token_of(browser, "/"), **form})


def card(page: str, name: str) -> str:
    """What the page says of one limit."""
    found = re.search(rf'<section class="limit[^>]*limit-{name}">.*?</section>', page, re.DOTALL)
    assert found
    return re.sub(r"\s+", " ", found[0])


# For programs.


def test_the_limits_are_told_in_the_shape_that_was_promised(
    house: House, admin: FlaskClient
) -> None:
    house.take("whatsapp_send", 3)
    told = admin.get("/api/rate-limits").json
    assert told is not None
    for name in ("whatsapp_send", "whatsapp_download", "gdrive_upload"):
        assert {"remaining", "limit", "reset_at"} <= set(told[name])
    assert (told["whatsapp_send"]["limit"], told["whatsapp_send"]["remaining"]) == (1000, 997)
    tomorrow = datetime.fromisoformat(told["whatsapp_send"]["reset_at"])
    assert tomorrow == house.clock.now() + timedelta(days=1)


def test_use_is_told_hour_by_hour_and_cost_apart(house: House) -> None:
    house.take("whatsapp_pair", 12, key=BEN_YOUSSEF)
    house.clock.pass_(2 * HOUR)
    house.outgoing(category=SERVICE, status="sent", sent_at=house.clock.now())
    told = house.browser("admin").get("/api/rate-limits").json
    assert told is not None
    use = told["whatsapp_pair"]["use"]
    assert len(use) == 24
    assert use[-3] == {"hour": "2026-11-23T09:00:00+00:00", "allowed": 10, "refused": 2}
    assert use[-1] == {"hour": "2026-11-23T11:00:00+00:00", "allowed": 0, "refused": 0}
    assert told["cost"] == {
        "since": "2026-10-31T23:00:00+00:00",
        "service": {"sent": 1, "free": 1000, "billed": 0},
        "templates": {"sent": 0, "by_category": {}},
    }


def test_of_a_limit_that_each_person_has_the_fullest_is_told(
    house: House, admin: FlaskClient
) -> None:
    house.take("whatsapp_pair", 3, key="+1")
    house.take("whatsapp_pair", 10, key=BEN_YOUSSEF)
    pair = admin.get("/api/rate-limits").json["whatsapp_pair"]  # type: ignore[index]
    assert (pair["remaining"], pair["retry_after"], pair["period"]) == (0, 6, 60)


def test_who_is_not_signed_in_is_told_nothing(house: House) -> None:
    stranger = house.browser(None)
    assert stranger.get("/api/rate-limits").status_code == 401
    assert stranger.get("/limits").location == "/login"


# For people.


def test_an_unused_firm_reads_that_nothing_waits(admin: FlaskClient) -> None:
    page = admin.get("/limits").text
    assert page.count("Not used in the last 24 hours.") == 5
    assert "Nothing waits." in page
    assert "<svg" not in page
    assert 'role="status">' not in page.split('id="live"')[1]


def test_each_limit_shows_what_is_used_what_is_left_and_when_there_is_room(
    house: House, admin: FlaskClient
) -> None:
    house.limits.change("whatsapp_send", Rate(3, 24 * HOUR), "Salma")
    house.take("whatsapp_send", 2)
    assert "There is room now." in card(admin.get("/limits").text, "whatsapp_send")
    house.take("whatsapp_send", 4)
    said = card(admin.get("/limits").text, "whatsapp_send")
    for shown in (
        "3 in 24 hours",
        "<dt>Used</dt><dd>3</dd>",
        "<dt>Remaining</dt><dd>0</dd>",
        "There is room again: 24/11/2026, 10:00",
        "Changed by \u2068Salma\u2069",
        "allowed 5, refused 1",
    ):
        assert shown in said, shown


def test_the_chart_is_drawn_by_the_server_and_read_aloud(house: House, admin: FlaskClient) -> None:
    house.take("whatsapp_pair", 12, key=BEN_YOUSSEF)
    said = card(admin.get("/limits").text, "whatsapp_pair")
    assert 'role="img" aria-label="In the last 24 hours: allowed 10, refused 2"' in said
    assert "<title>10:00 · allowed 10, refused 2</title>" in said
    assert said.count('class="hour"') == 24
    assert "+…22" in said
    assert BEN_YOUSSEF not in said  # it is no content that an administrator needs
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script", said)


def test_who_waits_is_listed_with_reason_and_time(house: House, admin: FlaskClient) -> None:
    soon = house.clock.now() + HOUR
    limit = columns(PermanentError(gate.AT_LIMIT, limit="whatsapp_pair"))
    house.outgoing(due_at=soon, **limit)
    closed = columns(PermanentError(gate.WINDOW_CLOSED))
    house.outgoing(held=holds.WINDOW, recipient="+33612345678", **closed)
    house.message(due_at=soon, **columns(PermanentError(messages.AT_LIMIT)))
    house.outgoing(status="sent", recipient="+999", sent_at=soon)
    page = admin.get("/limits").text
    for shown in (
        "the limit “Messages to one person” is reached",
        "24 hours ago",
        "Waits; nobody knows how long.",
        "as fast as Meta allows",
    ):
        assert shown in page, shown
    assert page.count("23/11/2026, 11:00") == 2
    assert "+999" not in page


def test_every_kind_of_row_that_may_wait_has_a_name_for_people() -> None:
    assert set(KINDS) == set(Kind)


def test_what_waits_for_a_client_to_write_has_no_time_on_today_either(house: House) -> None:
    closed = columns(PermanentError(gate.WINDOW_CLOSED))
    house.outgoing(held=holds.WINDOW, **closed)
    page = house.browser("avocat").get("/").text
    assert "24 hours ago" in page
    assert "tried again by itself" not in page


@pytest.mark.parametrize(
    ("scope", "sentence"),
    [
        (holds.ALL, "All sending on WhatsApp is held."),
        (holds.TEMPLATES, "Template messages are held"),
        (holds.RECIPIENT, "Messages to one person are held"),
    ],
)
def test_what_holds_sending_is_an_alarm_while_it_lasts(
    house: House, admin: FlaskClient, scope: str, sentence: str
) -> None:
    house.hold(scope=scope, until_at=house.clock.now() + HOUR / 2, recipient=BEN_YOUSSEF)
    page = admin.get("/limits").text
    assert sentence in page
    assert "Goes on by itself: 23/11/2026, 10:30" in page
    house.clock.pass_(HOUR / 2)
    assert sentence not in admin.get("/limits").text


def test_a_hold_without_end_says_so(house: House, admin: FlaskClient) -> None:
    house.hold(scope=holds.ALL)
    assert "It lasts until somebody acts." in admin.get("/limits").text


def test_the_part_that_renews_itself_bears_no_form_and_is_sent_when_it_changed(
    house: House, admin: FlaskClient
) -> None:
    first = admin.get("/limits?part=1")
    assert "<form" not in first.text
    assert "<html" not in first.text
    again = {"If-None-Match": first.headers["ETag"]}
    assert admin.get("/limits?part=1", headers=again).status_code == 304
    house.take("whatsapp_send")
    assert admin.get("/limits?part=1", headers=again).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_there_in_every_language(
    house: House, admin: FlaskClient, language: str
) -> None:
    house.take("whatsapp_pair", 12, key=BEN_YOUSSEF)
    page = admin.get(f"/limits?lang={language}").text
    assert f'<html lang="{language}"' in page
    assert "%(" not in page


@pytest.mark.parametrize("role", ["admin", "avocat"])
def test_hostile_names_are_only_text(house: House, role: str) -> None:
    browser, hostile = house.browser(role), "<script>alert(1)</script>"
    house.take("whatsapp_pair", key=hostile)
    house.limits.change("whatsapp_pair", Rate(5, HOUR), hostile)
    house.outgoing(recipient=hostile, error=hostile, kind=hostile, due_at=house.clock.now())
    house.message(profile_name=hostile, error=hostile, due_at=house.clock.now())
    house.hold(scope=holds.RECIPIENT, recipient=hostile)
    page = browser.get("/limits").text
    assert page.count("&lt;script&gt;alert(1)") >= (4 if role == "admin" else 5)
    assert "<script>alert" not in page


def test_an_administrator_reads_how_much_waits_and_not_whose_it_is(
    house: House, admin: FlaskClient
) -> None:
    told = columns(PermanentError(gate.WINDOW_CLOSED))
    house.outgoing(due_at=house.clock.now() + HOUR, **told)
    house.message(profile_name="Amel", due_at=house.clock.now(), **told)
    house.hold(scope=holds.RECIPIENT, recipient=BEN_YOUSSEF)
    page = admin.get("/limits").text
    assert BEN_YOUSSEF not in page
    assert "Amel" not in page
    assert page.count("+…22") == 3
    seen = house.browser("avocat").get("/limits").text
    assert "Amel" in seen
    assert seen.count("+…22") == 2  # whose hold it is; and what goes to nobody that we know


def test_what_meta_refused_last_is_listed_with_its_code_and_no_name(
    house: House, admin: FlaskClient
) -> None:
    assert "Meta has refused nothing lately." in admin.get("/limits").text
    row = house.outgoing(due_at=house.clock.now(), leased_until=house.clock.now() + HOUR)
    pair = PermanentError(PAIR, answer="HTTP 400, code 131056: (Pair rate) to 21620111222")
    ours = PermanentError("no network")
    for error in (pair, ours):
        told = columns(error)
        note = lambda told=told: attempts.note(row, Outcome.AGAIN, house.clock.now(), told)  # type: ignore[misc] # noqa: E731
        house.store.write(note)
    later = columns(PermanentError(NOT_ALLOWED, answer="code 130497: not in this country"))
    house.outgoing(status="failed", sent_at=house.clock.now() + HOUR, **later)
    page = admin.get("/limits").text
    assert page.index("130497") < page.index("131056")
    assert "21620111222" not in page
    assert "no network" not in page


# Who may change one.


def test_an_administrator_changes_a_limit_while_it_runs(house: House, admin: FlaskClient) -> None:
    assert press(admin, "/limits/whatsapp_send", count="2 000").location == "/limits"
    assert house.limits.rate("whatsapp_send") == Rate(2000, 24 * HOUR)
    assert "2000 in 24 hours from now on" in admin.get("/limits").text
    entry = models.AuditEntry.get(models.AuditEntry.action == "limit changed")
    assert (entry.actor, entry.subject) == ("admin", "whatsapp_send: 2000/86400s")


def test_the_configurations_limit_is_taken_again(house: House, admin: FlaskClient) -> None:
    press(admin, "/limits/whatsapp_send", count="5")
    assert "/limits/whatsapp_send/configured" in admin.get("/limits").text
    press(admin, "/limits/whatsapp_send/configured")
    assert house.limits.rate("whatsapp_send").count == 1000
    assert "/limits/whatsapp_send/configured" not in admin.get("/limits").text
    last = models.AuditEntry.select().order_by(models.AuditEntry.id.desc()).get()
    assert last.subject == "whatsapp_send: as configured"


@pytest.mark.parametrize("given", ["0", "-1", "", "many", "1.5", "1000001", "1/24h", "<b>"])
def test_what_is_no_number_changes_nothing_and_is_said_beside_the_field(
    house: House, admin: FlaskClient, given: str
) -> None:
    answer = press(admin, "/limits/whatsapp_pair", count=given)
    assert answer.status_code == 422
    assert 'aria-describedby="per-whatsapp_pair wrong" aria-invalid="true"' in answer.text
    assert answer.text.count('id="wrong"') == 1
    assert "Write a whole number from 1 to" in answer.text
    assert "<b>" not in answer.text
    assert not models.LimitSetting.select().exists()


@pytest.mark.parametrize("role", ["avocat", "assistant"])
def test_nobody_else_may(house: House, role: str) -> None:
    browser = house.browser(role)
    assert 'name="count"' not in browser.get("/limits").text
    assert press(browser, "/limits/whatsapp_send", count="5").status_code == 403
    assert press(browser, "/limits/whatsapp_send/configured").status_code == 403
    assert not models.LimitSetting.select().exists()


def test_a_limit_that_is_not_there_cannot_be_changed(admin: FlaskClient) -> None:
    assert press(admin, "/limits/nothing", count="5").status_code == 404


def test_a_form_without_its_token_changes_nothing(house: House, admin: FlaskClient) -> None:
    assert admin.post("/limits/whatsapp_send", data={"count": "5"}).status_code == 400
    assert not models.LimitSetting.select().exists()


def test_a_change_counts_at_once_for_what_waits_for_a_limit_and_for_nothing_else(
    house: House, admin: FlaskClient
) -> None:
    tomorrow = house.clock.now() + 24 * HOUR
    limit = columns(PermanentError(gate.AT_LIMIT, limit="whatsapp_send"))
    waits = house.outgoing(due_at=tomorrow, **limit)
    other = house.outgoing(due_at=tomorrow, error="the network is away")
    taken = house.outgoing(due_at=tomorrow, leased_until=tomorrow, **limit)
    file = house.message(due_at=tomorrow, **columns(PermanentError(messages.AT_LIMIT)))
    press(admin, "/limits/whatsapp_send", count="5000")

    def due(row: Any) -> datetime:
        found: datetime = type(row).get_by_id(row.id).due_at
        return found

    assert due(waits) == due(file) == house.clock.now()
    assert due(other) == due(taken) == tomorrow


@pytest.fixture
def appliance(meta: Meta, mailbox: Mailbox, tmp_path: Path) -> Iterator[Appliance]:
    """Every part as it is built; only the doors are open."""
    environ = environment(meta, mailbox)
    ports = {"GREFFIER_WEBHOOK_PORT": "0", "GREFFIER_DASHBOARD_PORT": "0"}
    built = build(read(None, environ | ports, tmp_path), Hands())
    for door in (built.public, built.dashboard):
        door.open()
    yield built
    for door in (built.public, built.dashboard):
        door.close()
    built.jobs.drain()
    built.store.close()


def test_a_change_is_heard_by_the_rooms_of_the_appliance_itself(appliance: Appliance) -> None:
    now = appliance.desk.clock.now()
    told = columns(PermanentError(gate.AT_LIMIT, limit="whatsapp_send"))
    values = {"channel": "whatsapp", "kind": "faq", "recipient": BEN_YOUSSEF, "due_at": now + HOUR}
    keys = {"dedupe_key": "a", "callback": "a", "created_at": now}
    appliance.store.write(lambda: models.Outgoing.create(**values, **keys, **told))
    appliance.desk.limits.change("whatsapp_send", Rate(5, 24 * HOUR), "Salma", by_nobody)
    assert models.Outgoing.get().due_at == now


def test_what_limits_nobody_any_more_is_forgotten_once_an_hour(appliance: Appliance) -> None:
    clock, table = appliance.desk.clock, models.LimitUse
    assert isinstance(clock, Hands)

    def is_forgotten() -> bool:
        table.get_or_none() or appliance.store.write(
            lambda: table.create(name="whatsapp_send", hour_at=clock.now() - timedelta(days=91))
        )
        appliance.upkeep.forget()
        return not table.select().exists()

    assert [is_forgotten(), is_forgotten()] == [True, False]
    clock.pass_(HOUR)
    assert is_forgotten()


def test_a_note_that_waited_for_the_limit_leaves_when_it_grows(office: Office, meta: Meta) -> None:
    """Through the whole office: Meta gets it, hours before it was due."""
    office.limits.change("whatsapp_throughput", Rate(1, 24 * HOUR), "Salma")
    for number in (cast.BEN_YOUSSEF, cast.CARTHAGE):
        meta.phone(number, "Amel").sends(cast.pdf(number), filename="bail.pdf")
    meta.settle()
    table = models.Outgoing
    until(lambda: table.get_or_none(table.error.contains("limit")) is not None, 20)
    until(lambda: len(meta.accepted) == 1, 20)
    office.limits.when_changed(WaitingRoom(office.store, office.jobs, SystemClock()).call_in)
    office.limits.change("whatsapp_throughput", Rate(80, timedelta(seconds=1)), "Salma")
    until(lambda: len(meta.accepted) == 2, 20)


# What it costs.


def test_answers_and_templates_of_this_month_are_counted_apart(house: House) -> None:
    now = house.clock.now()
    for status in ("sent", "delivered", "read", "failed", "unknown"):
        house.outgoing(category=SERVICE, status=status, sent_at=now)
    house.outgoing(category="template", status="sent", sent_at=now)
    house.outgoing(category=SERVICE, status="sent", sent_at=now - timedelta(days=30))
    house.outgoing(category=SERVICE, status="queued")
    house.outgoing(category=SERVICE, kind="read", status="sent", sent_at=now)
    house.outgoing(channel="email", status="sent", sent_at=now)
    found = house.costs()
    assert (found.answers, found.billed_answers, found.all_templates) == (3, 0, 1)


def test_the_page_shows_what_is_billed(house: House, admin: FlaskClient) -> None:
    now = house.clock.now()
    house.outgoing(category=SERVICE, status="read", sent_at=now)
    for _ in range(2):
        house.outgoing(category="template", status="sent", sent_at=now)
    page = admin.get("/limits").text
    assert "<dt>Answers this month</dt><dd>1</dd>" in page
    assert "<dt>of which billed</dt><dd>0</dd>" in page
    assert "<dt>Template messages, billed</dt><dd>2</dd>" in page
    assert "Counted since 01/11/2026." in page


def test_answers_beyond_those_that_are_free_are_billed() -> None:
    some = Costs(datetime(2026, 11, 1, tzinfo=UTC), 1017, {"template": 2, "utility": 3})
    assert (some.billed_answers, some.all_templates) == (17, 5)


def test_a_category_is_written_by_the_gate_as_it_is_counted_here() -> None:
    assert gate.SERVICE == SERVICE


@pytest.mark.parametrize(
    ("zone", "instant", "began"),
    [
        ("Africa/Tunis", "2026-10-31T23:00:00+00:00", "2026-10-31T23:00:00+00:00"),
        ("Africa/Tunis", "2026-10-31T22:59:59+00:00", "2026-09-30T23:00:00+00:00"),
        ("Europe/Paris", "2026-11-15T12:00:00+00:00", "2026-10-31T23:00:00+00:00"),
        ("America/New_York", "2026-12-01T04:00:00+00:00", "2026-11-01T04:00:00+00:00"),
        ("UTC", "2027-01-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_a_month_begins_at_midnight_where_the_firm_is(zone: str, instant: str, began: str) -> None:
    found = month_of(datetime.fromisoformat(instant), ZoneInfo(zone))
    assert found == datetime.fromisoformat(began)


# The chart.


def hours(*counts: tuple[int, int]) -> list[Hour]:
    began = datetime(2026, 11, 23, tzinfo=UTC)
    return [Hour(began + HOUR * n, *each) for n, each in enumerate(counts)]


def test_bars_are_as_high_as_their_share_and_stay_in_the_chart() -> None:
    drawn = chart(hours((90, 10), (50, 0), (0, 0), (1, 99), (1, 0)), from_the_right=False)
    heights = [(bar.allowed, bar.refused) for bar in drawn.bars]
    assert heights[2] == (0, 0)
    assert heights[0][0] > heights[1][0] > heights[4][0] > 0
    assert all(allowed + refused <= HEIGHT for allowed, refused in heights)
    assert drawn.most == 100


def test_time_runs_as_the_language_does() -> None:
    some = hours((1, 0), (2, 0), (3, 0))
    left = [bar.x for bar in chart(some, from_the_right=False).bars]
    right = [bar.x for bar in chart(some, from_the_right=True).bars]
    assert left == sorted(left)
    assert right == left[::-1]


def test_an_empty_day_has_no_bars_to_measure() -> None:
    drawn = chart(hours((0, 0), (0, 0)), from_the_right=False)
    assert drawn.most == 0
