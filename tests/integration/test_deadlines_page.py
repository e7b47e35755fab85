"""The days on which dossiers need somebody: noted, watched, done, within what each one sees."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from appliance.dashboard.deadlines_board import NEAREST, PAGE
from appliance.firm.deadlines import DeadlineDraft, Deadlines
from appliance.firm.importing import What
from appliance.firm.undoing import Left, take_back
from appliance.store import models
from appliance.store.database import Store
from tests.integration.reading import plain_words, press, send
from tests.integration.test_today_page import Office, lines
from tests.support import Hands

TODAY = date(2026, 11, 23)  # where the clock of the tests stands
DAY = timedelta(days=1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        yield Office(store, clock)


@pytest.fixture
def salma(office: Office) -> FlaskClient:
    return office.enter("Salma")


def noted(office: Office, due_on: date, what: str = "Appel", dossier: int | None = None) -> int:
    deadlines = Deadlines(office.store, office.clock, office.users.audit)
    assert deadlines.note(dossier or office.bail, DeadlineDraft(due_on, what), "Salma")
    return int(models.Deadline.select().order_by(models.Deadline.id.desc()).get().id)


def shown(browser: FlaskClient, path: str) -> str:
    return plain_words(browser.get(f"{path}{'&' if '?' in path else '?'}lang=en").text)


def test_a_lawyer_notes_a_deadline_from_the_line_of_what_came(
    office: Office, salma: FlaskClient
) -> None:
    judgment = office.filed(name="jugement.pdf")
    office.sent("Maître, voici le jugement", document=judgment)
    [line] = lines(salma.get("/?lang=en").text)
    assert f'href="/deadlines/new?dossier={office.bail}" data-row-key="d"' in line

    form = salma.get(f"/deadlines/new?dossier={office.bail}").text
    assert 'name="dossier" type="text" value="2026-0042' in form
    answer = send(
        salma, "/deadlines/new", dossier="2026-0042", due_on="2026-12-03", what="Appel du jugement"
    )

    assert answer.location == f"/dossiers/{office.bail}"
    today = shown(salma, "/")
    assert "Deadlines to watch" in today
    assert "Appel du jugement 2026-0042" in today
    assert "in 10 days" in today
    assert "Appel du jugement" in shown(salma, f"/dossiers/{office.bail}")
    assert "Deadline noted (03/12/2026 · Appel du jugement)" in shown(
        salma, f"/dossiers/{office.bail}/history"
    )


def test_a_client_with_one_open_dossier_needs_no_choice_and_one_with_two_does(
    office: Office, salma: FlaskClient
) -> None:
    page = salma.get(f"/deadlines/new?client={office.amel}").text
    assert 'id="f-dossier" name="dossier" type="text" value=""' in page
    for reference in ("2026-0042", "2026-0051"):
        assert f'<option value="{reference}' in page

    closed = models.Dossier.update(status="closed").where(models.Dossier.id == office.divorce)
    office.store.write(closed.execute)
    page = salma.get(f"/deadlines/new?client={office.amel}").text
    assert 'name="dossier" type="text" value="2026-0042' in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, ("answers to", "Write the last day", "Write what must be done")),
        ({"dossier": "2026-0042", "due_on": "22/11/2026", "what": "x"}, ("This day is past",)),
        ({"dossier": "2026-0042", "due_on": "31/02/2027", "what": "x"}, ("Write the last day",)),
        ({"dossier": "2026-0042", "due_on": "1/12/2026", "what": "x" * 201}, ("too long",)),
        ({"dossier": "2026-9999", "due_on": "1/12/2026", "what": "x"}, ("2026-9999",)),
    ],
)
def test_all_that_is_wrong_is_said_at_once_and_nothing_is_noted(
    salma: FlaskClient, form: dict[str, str], said: tuple[str, ...]
) -> None:
    salma.get("/?lang=en")
    answer = send(salma, "/deadlines/new", **form)

    assert answer.status_code == 422
    told = plain_words(answer.text)
    assert all(each in told for each in said), told
    assert models.Deadline.select().count() == 0


def test_the_form_sent_twice_notes_it_once(office: Office, salma: FlaskClient) -> None:
    form = {"dossier": "2026-0042", "due_on": "2026-12-03", "what": "Appel"}
    for _ in range(2):
        assert send(salma, "/deadlines/new", **form).status_code == 302

    assert models.Deadline.select().count() == 1
    noted_once = models.AuditEntry.select().where(models.AuditEntry.action == "deadline noted")
    assert noted_once.count() == 1


def test_what_is_done_leaves_today_and_can_be_opened_again(
    office: Office, salma: FlaskClient
) -> None:
    row_id = noted(office, TODAY, "Audience")
    salma.get("/?lang=en")
    assert "Audience" in shown(salma, "/")

    said = press(salma, f"/deadlines/{row_id}/done", **{"from": "today"})

    assert "Done: “Audience”" in said
    assert "Audience 2026-0042" not in shown(salma, "/")
    found = models.Deadline.get()
    assert (found.done_by, found.done_at) == ("Salma", office.clock.now())
    assert "no longer there" in press(salma, f"/deadlines/{row_id}/done"), "not twice"
    assert "Done lately Audience" in shown(salma, "/deadlines")
    press(salma, f"/deadlines/{row_id}/reopen")
    assert "Audience 2026-0042" in shown(salma, "/")
    assert "no longer there" in press(salma, f"/deadlines/{row_id}/reopen")


def test_a_day_is_changed_and_one_noted_by_mistake_is_removed(
    office: Office, salma: FlaskClient
) -> None:
    row_id = noted(office, TODAY - 3 * DAY, "Appel")
    salma.get("/?lang=en")
    form = salma.get(f"/deadlines/{row_id}/edit").text
    assert 'value="2026-11-20"' in form

    late = send(salma, f"/deadlines/{row_id}/edit", due_on="2026-11-20", what="Appel civil")
    assert late.status_code == 302, "a day that is past stays as it was"
    past = send(salma, f"/deadlines/{row_id}/edit", due_on="2026-11-21", what="Appel civil")
    assert past.status_code == 422
    assert "Saved" in press(
        salma, f"/deadlines/{row_id}/edit", due_on="2026-12-21", what="Appel civil"
    )
    found = models.Deadline.get()
    assert (found.due_on, found.what) == (date(2026, 12, 21), "Appel civil")
    assert "Removed: “Appel civil”" in press(salma, f"/deadlines/{row_id}/remove")
    assert models.Deadline.select().count() == 0
    told = [each.detail for each in models.AuditEntry.select() if "deadline" in each.action]
    assert told[-1] == "21/12/2026 · Appel civil", "what was removed stays in the log"
    assert told[-2] == "20/11/2026 · Appel civil -> 21/12/2026 · Appel civil", "as it was, too"


def test_today_shows_what_is_late_or_near_the_first_due_first(
    office: Office, salma: FlaskClient
) -> None:
    for days, what in ((15, "Loin"), (14, "Bientôt"), (0, "Ce jour"), (-2, "En retard")):
        noted(office, TODAY + days * DAY, what)

    page = shown(salma, "/")

    assert "Loin" not in page
    assert page.index("En retard") < page.index("Ce jour") < page.index("Bientôt")
    assert "2 days late" in page
    every = shown(salma, "/deadlines")
    assert every.index("Bientôt") < every.index("Loin")


def test_many_are_counted_and_come_in_pages(office: Office, salma: FlaskClient) -> None:
    for number in range(PAGE + 1):
        noted(office, TODAY + DAY, f"Délai {number:03}")

    today = shown(salma, "/")
    assert f"{NEAREST} of {PAGE + 1} are shown" in today
    first, second = shown(salma, "/deadlines"), shown(salma, "/deadlines?page=2")
    assert f"{PAGE + 1} deadlines" in first
    assert "Délai 050" not in first
    assert "Due later" in first
    assert "Délai 050" in second
    assert "Due sooner" in second


def test_nobody_learns_of_the_deadlines_of_a_dossier_that_they_do_not_see(
    office: Office, salma: FlaskClient
) -> None:
    row_id = noted(office, TODAY, "Secret de Salma")
    slim = office.enter("Slim")

    for path in ("/", "/deadlines", f"/deadlines/{row_id}/edit"):
        assert "Secret de Salma" not in shown(slim, path)
    assert slim.get(f"/deadlines/{row_id}/edit").status_code == 404
    for act in ("done", "reopen", "remove", "edit"):
        assert send(slim, f"/deadlines/{row_id}/{act}").status_code == 404
    refused = send(slim, "/deadlines/new", dossier="2026-0042", due_on="2026-12-03", what="x")
    assert refused.status_code == 422
    about = slim.get(f"/deadlines/new?dossier={office.bail}").text
    assert "2026-0042" not in about
    assert "2026-0042" not in slim.get(f"/deadlines/new?client={office.amel}").text
    assert models.Deadline.get().done_at is None
    assert "Secret de Salma" in shown(salma, "/")


def test_one_sees_only_the_deadlines_of_ones_own_dossiers_if_one_wants(
    office: Office, salma: FlaskClient
) -> None:
    shared = office.dossier("2026-0099", lawyer="Slim")
    office.store.write(
        models.Dossier.update(access="shared").where(models.Dossier.id == shared).execute
    )
    noted(office, TODAY, "De Slim", shared)
    noted(office, TODAY, "De Salma")

    assert "De Slim" in shown(salma, "/deadlines")
    mine = shown(salma, "/deadlines?which=mine")
    assert "De Salma" in mine
    assert "De Slim" not in mine


def test_a_list_taken_back_leaves_a_dossier_whose_deadline_somebody_noted(office: Office) -> None:
    noted(office, TODAY)
    values = {"kind": What.DOSSIER.value, "subject_id": office.bail, "field": None}
    step = models.ImportStep(id=1, **values)

    assert office.store.write(lambda: take_back([step])) == {1: Left.CHANGED}
    assert models.Dossier.get_or_none(id=office.bail) is not None
