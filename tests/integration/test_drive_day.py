"""A day on which everything goes wrong that may: in the end each document is on Drive, once.

`GREFFIER_TEST_DRIVE_DOCUMENTS=500` for the long form.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest

from appliance.simulator.google_drive import Drive
from appliance.store import rows
from appliance.store.models import Document, Dossier, DriveAct
from tests.drive_rig import REFERENCES, Rig, on_drive, open_rig
from tests.support import Hands

DOCUMENTS = int(os.environ.get("GREFFIER_TEST_DRIVE_DOCUMENTS", "60"))
SHIFTS = 6  # the appliance is stopped in the middle and started again between them
SEED = 20261125
STEP = timedelta(minutes=7)
PATIENCE = 60.0 + DOCUMENTS


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        yield played


class Day:
    """What happens to whom is decided by the seed."""

    def __init__(self, drive: Drive) -> None:
        self.dice = random.Random(SEED)
        self.drive = drive
        self.happened: Counter[str] = Counter()

    def files(self, rig: Rig, number: int) -> None:
        """A document comes; one in twelve is large."""
        size = self.dice.randrange(6, 9) * 10**6 if number % 12 == 5 else self.dice.randrange(9000)
        data = self.dice.randbytes(size)
        name = f"{number:04} pièce {self.dice.choice(['عقد', 'bail', 'photo'])}.pdf"
        if self.dice.random() < 0.15:
            rig.pend(name, data)
        else:
            rig.file(name, data, self.dice.choice(REFERENCES))

    def trouble(self, rig: Rig) -> None:
        """One thing more than the faults that any request may meet."""
        troubles: list[Callable[[Rig], None]] = [
            self.full,
            self.sign_in_taken_back,
            self.tokens_expire,
            self.sessions_die,
            self.google_is_away,
            self.changes_forgotten,
            self.moved_here,
        ]
        trouble = self.dice.choice(troubles)
        trouble(rig)
        self.happened[trouble.__name__] += 1

    def full(self, rig: Rig) -> None:
        limit, self.drive.quota_limit = self.drive.quota_limit, 1
        rig.settle(PATIENCE)
        self.drive.quota_limit = limit

    def sign_in_taken_back(self, rig: Rig) -> None:
        self.drive.revoke()
        rig.settle(PATIENCE)
        token = self.drive.signed_in()["refresh_token"]
        rig.joining._wallet.keep(token)  # somebody connects again
        rig.watch.look()

    def tokens_expire(self, rig: Rig) -> None:
        self.drive.expire_tokens()

    def sessions_die(self, rig: Rig) -> None:
        self.drive.kill_sessions()

    def google_is_away(self, rig: Rig) -> None:
        self.drive.stop()
        rig.settle(PATIENCE)
        self.drive.start()

    def changes_forgotten(self, rig: Rig) -> None:
        self.drive.forget_changes()

    def moved_here(self, rig: Rig) -> None:
        """A person of the firm files a document elsewhere."""
        document = self.dice.choice(list(Document.select()))
        dossier = rows.find(Dossier, reference_key=self.dice.choice(REFERENCES))
        assert dossier is not None
        values = {"dossier": dossier.id, "client": dossier.client_id}
        rig.store.write(lambda: rows.update(Document, document.id, **values))
        rig.again(document)


def lives(rig: Rig) -> None:
    """Some minutes pass: what is due is done, and Drive is looked at."""
    rig.clock.pass_(STEP)
    rig.watch.look()
    rig.wake_due()
    rig.settle(PATIENCE)


def test_after_a_day_of_faults_nothing_differs_and_nothing_is_twice(
    drive: Drive, tmp_path: Path
) -> None:
    day, clock, begun = Day(drive), Hands(), monotonic()
    drive.faults.day(SEED, rate=0.2)
    number = 0
    for shift in range(SHIFTS):
        with open_rig(drive, tmp_path, clock, looks=False) as rig:
            while number < (shift + 1) * DOCUMENTS // SHIFTS:
                day.files(rig, number)
                number += 1
                if number % 7 == 0:
                    day.trouble(rig)
                if number % 5 == 0:
                    lives(rig)
        day.happened["stopped in the middle"] += shift < SHIFTS - 1

    met = Counter(operation for operation, _ in drive.faults.met)
    drive.faults.clear()
    with open_rig(drive, tmp_path, clock, looks=False) as rig:
        end = monotonic() + PATIENCE
        while not rig.is_idle():
            assert monotonic() < end, rig.report()
            lives(rig)
        found = rig.verify()
        assert [each.told.reason for each in found.differences] == []
        assert found.documents == number
        wanted = {rig.path_of(each): each.sha256 for each in Document.select()}
        assert Counter(kept.path for kept in on_drive(drive)) == Counter(list(wanted))
        assert {kept.path: kept.sha256 for kept in on_drive(drive)} == wanted
        assert {each.drive_status for each in Document.select()} == {"mirrored"}
        acts = [(a.item.key, a.kind, a.detail, a.verdict) for a in DriveAct.select()]
        assert acts == []  # nobody but we did anything there
    assert sum(met.values()) > DOCUMENTS / 4
    seconds = monotonic() - begun
    print(f"\n{number} documents, {len(drive.requests)} requests, {sum(met.values())} faults met")
    print(f"{dict(met)}; {dict(day.happened)}; {seconds:.0f} s")
