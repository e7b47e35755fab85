"""The letter of the morning: what lawyers are told of deadlines, and that nobody is named in it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from appliance.firm.deadlines import DeadlineDraft, Deadlines
from appliance.firm.recipients import recipients
from appliance.outbox.letters import Letters
from appliance.outbox.reminding import Reminders
from appliance.store import models
from appliance.store.database import Store
from appliance.store.models.access import Access
from appliance.wording import Wording
from tests.integration.conftest import idle_jobs
from tests.integration.test_today_page import Office
from tests.support import Hands

TODAY = date(2026, 11, 23)  # where the clock of the tests stands
DAY = timedelta(days=1)
SALMA, SLIM = "salma@cabinet.example", "slim@cabinet.example"


class Morning(Office):
    """Two lawyers who have addresses, and their deadlines."""

    def __init__(self, store: Store, clock: Hands) -> None:
        super().__init__(store, clock)
        for name, address in (("Salma", SALMA), ("Slim", SLIM)):
            self.users.set_email(name, address, "x")
        zone, whom = ZoneInfo("Africa/Tunis"), recipients(self.users)
        self.reminders = Reminders(store, idle_jobs(store.path.parent), clock, zone, whom)

    def noted(self, days: int, dossier: int | None = None) -> int:
        deadlines = Deadlines(self.store, self.clock, self.users.audit)
        draft = DeadlineDraft(TODAY + days * DAY, f"Secret {days}")
        assert deadlines.note(dossier or self.bail, draft, "Salma")
        return int(models.Deadline.select().order_by(models.Deadline.id.desc()).get().id)

    def comes(self) -> list[models.Outgoing]:
        """What is to be sent, once the morning has come."""
        self.reminders.post(lambda: False)
        return list(models.Outgoing.select().order_by(models.Outgoing.id))


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Morning]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        yield Morning(store, clock)


def test_a_lawyer_is_told_how_many_are_late_or_near_and_of_nobody(morning: Morning) -> None:
    for days in (-2, -1, 0, 1, 7, 8):
        morning.noted(days)
    morning.noted(3, morning.dossier("2026-0099", lawyer="Slim"))

    rows = morning.comes()

    assert [row.recipient for row in rows] == [SALMA, SLIM]
    letter = Letters(Wording("en", "Africa/Tunis"), "Cabinet", "http://127.0.0.1:1").parcel(rows[0])
    assert letter.subject == "[Greffier] Deadlines to watch"
    assert "2 late, 1 due today, 2 due within seven days" in letter.text
    for said in (letter.subject, letter.text, letter.html or ""):
        assert not any(each in said for each in ("Secret", "Amel", "2026-0042", "Bail"))
    french = Letters(Wording("fr", "Africa/Tunis"), "Cabinet", "http://127.0.0.1:1")
    assert "2 en retard" in french.parcel(rows[0]).text


def test_it_comes_once_a_day_and_again_the_next(morning: Morning) -> None:
    morning.noted(2)
    assert len(morning.comes()) == 1
    assert len(morning.comes()) == 1, "asked for again the same day"
    sent = models.Outgoing.update(status="sent", due_at=None)
    morning.store.write(sent.execute)
    morning.clock.pass_(DAY)
    assert len(morning.comes()) == 2


def test_what_could_not_be_sent_gives_way_to_the_next_mornings(morning: Morning) -> None:
    morning.noted(2)
    [first] = morning.comes()
    morning.clock.pass_(DAY)

    [second] = morning.comes()

    assert second.dedupe_key != first.dedupe_key


def test_on_a_day_on_which_nothing_is_near_nobody_is_written_to(morning: Morning) -> None:
    done = morning.noted(1)
    Deadlines(morning.store, morning.clock, morning.users.audit).end(done, "Salma")
    morning.noted(8)

    assert morning.comes() == []


def test_of_a_walled_dossier_nobody_hears_in_its_lawyers_place(morning: Morning) -> None:
    walled = morning.dossier("2026-0099", lawyer="Somebody who left")
    set_ = models.Dossier.update(access=Access.WALLED).where(models.Dossier.id == walled)
    morning.store.write(set_.execute)
    morning.noted(1, walled)

    assert morning.comes() == []


def test_of_a_dossier_of_nobody_every_lawyer_hears(morning: Morning) -> None:
    of_nobody = models.Dossier.update(lawyer=None).where(models.Dossier.id == morning.bail)
    morning.store.write(of_nobody.execute)
    morning.noted(1)

    assert {row.recipient for row in morning.comes()} == {SALMA, SLIM}
