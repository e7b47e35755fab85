"""Every act of the dashboard and its line of the audit log are one commit: both, or neither.

The office is the whole one, as it is built, with its doors shut and nobody at work. A trigger that
refuses the line is the fault: it is SQLite's own, in the middle of the act's commit.
"""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from appliance import dashboard as dashboard_package
from appliance.config import Dashboard
from appliance.dashboard.cabinet_board import CabinetBoard
from appliance.dashboard.door import dashboard_door
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.store.models import AuditEntry
from tests.integration.reading import token_of
from tests.integration.recorded_acts import ACTS, ADMIN, AVOCAT
from tests.integration.recorded_entrance import ENTRANCE
from tests.integration.recorded_house import House, a_house
from tests.integration.recorded_moves import MOVES
from tests.integration.refusing import no_line, refused


@pytest.fixture
def house(meta: Meta, mailbox: Mailbox, tmp_path: Path) -> Iterator[House]:
    with a_house(meta, mailbox, tmp_path) as built:
        yield built


ONE_COMMIT = ACTS | ENTRANCE


@pytest.mark.parametrize("endpoint", ONE_COMMIT)
def test_an_act_and_its_line_of_the_log_are_one_commit(house: House, endpoint: str) -> None:
    act = ONE_COMMIT[endpoint]
    arguments, given = act.ready(house)
    browser = act.comes(house, act.role)
    form = {**given, "csrf_token": token_of(browser, "/login")}
    address, before = house.address(endpoint, **arguments), house.kept()

    with no_line(house.store):
        assert browser.post(address, data=form).status_code == 500
    assert house.kept() == before, "without its line nothing is done"

    assert browser.post(address, data=form).status_code in (200, 302)
    changed = {table for table, rows in house.kept().items() if rows != before[table]}
    assert changed - {"audit_log"}, "this is no act: the form asks for nothing"
    lines = list(AuditEntry.select().order_by(AuditEntry.id.desc()))
    assert (lines[0].actor, lines[0].action) == (act.role, act.action)
    assert len(lines) == len(before["audit_log"]) + 1


@pytest.mark.parametrize("endpoint", MOVES)
def test_an_act_on_the_disk_ends_in_one_commit_with_its_line(house: House, endpoint: str) -> None:
    act = MOVES[endpoint]
    arguments, given = act.ready(house)
    browser = house.browser(act.role)
    form = {**given, "csrf_token": token_of(browser, "/")}
    address, before = house.address(endpoint, **arguments), house.kept()

    with no_line(house.store):
        assert browser.post(address, data=form).status_code == 500
    after = house.kept()
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert changed == act.wish, "without its line nothing is done: it is wished, and no more"
    with refused(house.store, act.end):
        assert browser.post(address, data=form).status_code == 500
    assert house.kept()["audit_log"] == before["audit_log"], "no line of what was not done"

    assert browser.post(address, data=form).status_code in (200, 302)
    told = list(AuditEntry.select().order_by(AuditEntry.id))[len(before["audit_log"]) :]
    assert [(each.actor, each.action) for each in told] == [(act.role, one) for one in act.told]
    assert _open_wishes() == 0
    assert house.kept() != after


@pytest.mark.parametrize("endpoint", [name for name, act in MOVES.items() if act.wish])
def test_a_wish_whose_line_was_refused_is_ended_by_the_next_start_with_its_line(
    house: House, endpoint: str
) -> None:
    act = MOVES[endpoint]
    arguments, given = act.ready(house)
    browser = house.browser(act.role)
    form = {**given, "csrf_token": token_of(browser, "/")}
    with no_line(house.store):
        assert browser.post(house.address(endpoint, **arguments), data=form).status_code == 500
    before = AuditEntry.select().count()

    for tidy in house.office.tidying:
        tidy()

    lines = list(AuditEntry.select().order_by(AuditEntry.id))[before:]
    assert [(each.actor, each.action) for each in lines] == [(act.role, one) for one in act.told]
    assert _open_wishes() == 0


def _open_wishes() -> int:
    acts = models.Act.select().where(models.Act.done_at.is_null()).count()
    moves = models.FolderMove.select().where(models.FolderMove.done_at.is_null()).count()
    bound = models.Document.select().where(models.Document.stored_at.is_null()).count()
    return int(acts + moves + bound)


@pytest.mark.parametrize(
    ("endpoint", "action"),
    [
        ("triage.new", "document filed"),
        ("triage.whose", "documents recognised"),
        ("triage.block", "document set aside"),
    ],
)
def test_what_comes_second_in_one_gesture_has_its_own_commit_with_its_own_line(
    house: House, endpoint: str, action: str
) -> None:
    act = MOVES[endpoint]
    _, given = act.ready(house)
    browser = house.browser(act.role)
    form = {**given, "csrf_token": token_of(browser, "/")}
    documents = house.kept()["documents"]

    with no_line(house.store, action):
        assert browser.post(house.address(endpoint), data=form).status_code == 500

    last = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert last.action == act.told[0], "the first is done, and stands"
    assert house.kept()["documents"] == documents, "the second is not"


@pytest.mark.parametrize(
    ("path", "wrong", "action"),
    [("/login", "password", "sign-in refused"), ("/login/code", "code", "code refused")],
)
def test_a_wrong_password_or_code_counts_in_one_commit_with_its_line(
    house: House, path: str, wrong: str, action: str
) -> None:
    act = ENTRANCE["pages.sign_in" if wrong == "password" else "entrance.enter"]
    _, given = act.ready(house)
    browser = act.comes(house, act.role)
    form = {**given, wrong: "faux", "csrf_token": token_of(browser, "/login")}
    before = house.kept()

    with no_line(house.store):
        assert browser.post(path, data=form).status_code == 500
    assert house.kept() == before

    assert browser.post(path, data=form).status_code == 403
    assert models.User.get(models.User.name == act.role).failures == 1
    last = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (last.actor, last.action) == (act.role, action)


# What has no commit of its own is on record before it is done; files: see test_files_on_record.


def test_what_is_asked_of_greffier_is_on_record_before_it_is_begun(house: House) -> None:
    admin, looks = house.browser(ADMIN), list[str]()
    cabinet = CabinetBoard(house.desk.cabinet.filing, looks.append)
    house.app = dashboard_door(replace(house.desk, cabinet=cabinet), Dashboard(), b"k" * 32)
    lawyer = house.browser(AVOCAT)

    def ask(browser: FlaskClient, address: str, **form: str) -> int:
        return browser.post(address, data=form | {"csrf_token": token_of(browser, "/")}).status_code

    def begun() -> list[str]:
        return [one.name for one in house.desk.health_board.tasks() if one.is_asked] + looks

    for number, (browser, address, subject) in enumerate(
        (
            (admin, "/admin/health/check", "all"),
            (admin, "/admin/tasks/clean-up/run", "clean-up"),
            (lawyer, "/settings/disk/look", "disk"),
        )
    ):
        with no_line(house.store):
            assert ask(browser, address) == 500
        assert len(begun()) == number, address
        assert ask(browser, address) == 302
        assert len(begun()) == number + 1, address
        assert AuditEntry.select().order_by(AuditEntry.id.desc()).get().subject == subject


# Nothing is forgotten.

BEFORE = "It has no commit of its own: see above, test_settings_page and test_drive_page."
BEGUN = "A sealed secret that opens nothing until it is confirmed, which is driven above."
OWN_MARK = "A mark of one's own, which changes nothing for others."
LOOKED_AT = "Changes nothing: a look, a preview, a check."
ELSEWHERE = {
    "drive.connect": BEFORE,
    "drive.disconnect": BEFORE,
    "health.check": BEFORE,
    "health.run_task": BEFORE,
    "health.bundle": BEFORE,
    "disk.look": BEFORE,
    "settings.save": BEFORE,
    "settings.try_out": BEFORE,
    "settings.restart": BEFORE,
    "account.begin": BEGUN,
    "arrivals.seen": OWN_MARK,
    "arrivals.unseen": OWN_MARK,
    "arrivals.all_seen": OWN_MARK,
    "conversations.unread": OWN_MARK,
    "answering.claim": OWN_MARK,
    "answers.try_out": LOOKED_AT,
    "audit.check": LOOKED_AT,
    "exhibits.preview": LOOKED_AT,
    "imports.preview": LOOKED_AT,
}


def test_every_form_is_an_act_of_which_we_know_where_it_is_written_down(house: House) -> None:
    forms = {rule.endpoint for rule in house.app.url_map.iter_rules() if "POST" in rule.methods}
    driven = [*ONE_COMMIT, *MOVES]
    assert sorted(forms) == sorted([*driven, *ELSEWHERE])


NOTED = {  # what is sent, tried, asked or begun, and changes no row
    "audit_page": ["export"],
    "disk_page": ["look"],
    "files_page": ["original"],
    "health_page": ["check", "run_task", "bundle"],
    "keeping_page": ["report"],
    "papers_page": ["pdf"],
    "settings_page": ["try_out", "restart"],
}


def test_no_page_writes_a_line_apart_from_its_act() -> None:
    """`Users.note` is a commit of its own: only what has none may use it."""
    found: dict[str, list[str]] = {}
    for path in Path(dashboard_package.__path__[0]).glob("*.py"):
        for view in ast.walk(ast.parse(path.read_text())):
            if isinstance(view, ast.FunctionDef) and "users.note(" in ast.unparse(view):
                found.setdefault(path.stem, []).append(view.name)
    assert found == NOTED
