"""How much may go out, and when there is room again. Owns rate_limits and what stands beside it.

Two kinds, one interface. A bucket (GCRA) lets a burst of the whole limit through and then one at a
time: it is one row and one statement. Meta's messaging limit is a moving window in which PEOPLE
count, each once: a bucket would admit up to twice as many, so each person is a row.

A decision is taken in the unit of the work that it allows: both are committed, or neither. Whoever
is refused is due again later; nobody waits in a worker.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from appliance.clock import Clock
from appliance.config import Rate
from appliance.store.database import Note, Store, by_nobody
from appliance.store.fields import utc_text

THROUGHPUT = Rate(80, timedelta(seconds=1))  # Meta, throughput: by default; 20 with Coexistence
PEOPLE = frozenset({"whatsapp_send"})  # Meta, messaging-limits: unique users outside the window
KEPT = timedelta(days=90)  # of the use over time
META = "Meta"
NO_LIMIT = 10**9  # people a day, and more: Meta sets no limit any more
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)

_TAKE = """
INSERT INTO rate_limits (name, key, who, at) VALUES (?1, ?2, '', ?3 + ?4)
ON CONFLICT (name, key, who) DO UPDATE SET at = max(at, ?3) + ?4 WHERE at <= ?3 + ?5 - ?4
RETURNING at
"""
# Counted once a decision, and by the index alone: it is what a decision costs.
_WINDOW = """
SELECT count(*), EXISTS (
  SELECT 1 FROM rate_limits WHERE name = ?1 AND key = ?2 AND who = ?4 AND at > ?3
) FROM rate_limits WHERE name = ?1 AND key = ?2 AND at > ?3
"""
_COUNT_IN = """
INSERT INTO rate_limits (name, key, who, at) VALUES (?, ?, ?, ?)
ON CONFLICT (name, key, who) DO UPDATE SET at = max(at, excluded.at)
"""
_NOT_BEYOND = "UPDATE rate_limits SET at = ?3 WHERE name = ?1 AND key = ?2 AND at > ?3"
_AT = "SELECT at FROM rate_limits WHERE name = ? AND key = ? AND who = ''"
_GIVE_BACK = (
    "UPDATE rate_limits SET at = max(at - ?4, ?3) WHERE name = ?1 AND key = ?2 AND who = ''"
)
_LATEST = "SELECT max(at) FROM rate_limits WHERE name = ? AND key = ?"
# With so many too many in the window, the one whose leaving makes room for one more.
_MAKES_ROOM = """
SELECT at FROM rate_limits WHERE name = ? AND key = ? AND at > ? ORDER BY at LIMIT 1 OFFSET ?
"""
_USED = """
INSERT INTO limit_uses (name, hour_at, allowed, refused) VALUES (?1, ?2, ?3, 1 - ?3)
ON CONFLICT (name, hour_at) DO UPDATE
SET allowed = allowed + excluded.allowed, refused = refused + excluded.refused
"""
_SETTING = "SELECT amount, seconds FROM limit_settings WHERE name = ? ORDER BY id DESC LIMIT 1"
_BY = "SELECT changed_by FROM limit_settings WHERE name = ? ORDER BY id DESC LIMIT 1"
_CHANGE = """
INSERT INTO limit_settings (name, amount, seconds, changed_at, changed_by) VALUES (?, ?, ?, ?, ?)
"""


@dataclass(frozen=True)
class Answer:
    """Whether it may go, and how the limit stands after that.

    `remaining`: how many more may go at once. `retry_after`: how long until one may, if none may
    now. `reset_at`: when all of the limit is free again if nothing goes meanwhile.
    """

    allowed: bool
    limit: int
    remaining: int
    retry_after: timedelta
    reset_at: datetime


class Limits:
    """Every limit by its name; those of persons or hosts with a key each."""

    def __init__(self, store: Store, clock: Clock, rates: Mapping[str, Rate]) -> None:
        self._store = store
        self._clock = clock
        self._rates = {"whatsapp_throughput": THROUGHPUT, **rates}
        self._told: list[Callable[[], object]] = []

    @property
    def names(self) -> list[str]:
        return sorted(self._rates)

    def take(self, name: str, key: str = "", who: str = "") -> Answer:
        """Inside a unit: one more, if there is room. `who`: the person, where people count."""
        rate, now = self.rate(name), self._micros(self._clock.now())
        if name in PEOPLE:
            answer = self._take_place(name, key, who, rate, now)
        else:
            answer = self._take_drop(name, key, rate, now)
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        self._store.execute(_USED, (name, utc_text(hour), int(answer.allowed)))
        return answer

    def give_back(self, name: str, key: str = "") -> None:
        """Inside a unit: what was taken was certainly not used. A counted person stays counted."""
        if name not in PEOPLE:
            now = self._micros(self._clock.now())
            self._store.execute(_GIVE_BACK, (name, key, now, _step(self.rate(name))))

    def look(self, name: str, key: str = "") -> Answer:
        """How the limit stands; nothing is taken."""
        rate, now = self.rate(name), self._micros(self._clock.now())
        if name in PEOPLE:
            window = (name, key, now - rate.per // _MICRO)
            count, _ = self._store.execute(_WINDOW, (*window, "")).fetchone()
            return self._place(window, count, rate, now)
        row = self._store.execute(_AT, (name, key)).fetchone()
        return _drop(rate, now, row[0] if row else now, allowed=None)

    def rate(self, name: str) -> Rate:
        """The limit in force: the last change made while running, else the configuration's."""
        row = self._store.execute(_SETTING, (name,)).fetchone()
        if row is None or row[0] is None:
            return self._rates[name]
        return Rate(row[0], timedelta(seconds=row[1]))

    def change(self, name: str, rate: Rate | None, by: str, note: Note = by_nobody) -> None:
        """From now on this limit; None: the configuration's again. Kept over restarts."""
        amount, seconds = (rate.count, int(rate.per.total_seconds())) if rate else (None, None)
        values = (name, amount, seconds, utc_text(self._clock.now()), by)

        def unit() -> None:
            self._store.execute(_CHANGE, values)
            note()

        self._store.write(unit)
        for call in self._told:
            call()

    def when_changed(self, call: Callable[[], object]) -> None:
        """Call this after each change: whoever waits for a limit may find room now."""
        self._told.append(call)

    def meta_allows(self, people: int | None) -> None:
        """Meta has said how many people the firm may begin to write to in a day.

        Its word counts where it is stricter than the limit in force, or changes an earlier word of
        its own; what somebody of the firm has set lower stays.
        """
        name = "whatsapp_send"
        last = self._store.execute(_BY, (name,)).fetchone()
        is_metas = last is not None and last[0] == META
        if people is not None and people >= NO_LIMIT:
            if is_metas:
                self.change(name, None, META)  # what the firm has set counts again
            return
        in_force = self.rate(name).count
        if people is not None and people != in_force and (is_metas or people < in_force):
            self.change(name, Rate(people, timedelta(days=1)), META)

    def sweep(self) -> None:
        """Forget what no longer limits anybody, and use that is older than 90 days."""
        now, micros = self._clock.now(), self._micros(self._clock.now())
        spans = {name: self.rate(name).per // _MICRO for name in self._rates}

        def unit() -> None:
            for name, span in spans.items():
                free = micros - span if name in PEOPLE else micros
                statement = "DELETE FROM rate_limits WHERE name = ? AND at <= ?"
                self._store.execute(statement, (name, free))
            old = utc_text(now - KEPT)
            self._store.execute("DELETE FROM limit_uses WHERE hour_at < ?", (old,))

        self._store.write(unit)

    def _take_drop(self, name: str, key: str, rate: Rate, now: int) -> Answer:
        step, span = _step(rate), _step(rate) * rate.count
        row = self._store.execute(_TAKE, (name, key, now, step, span)).fetchone()
        if row is not None:
            return _drop(rate, now, row[0], allowed=True)
        # Fuller than full: the clock was set back, or the limit was lowered. Empty, then, from now.
        self._store.execute(_NOT_BEYOND, (name, key, now + span))
        at = self._store.execute(_AT, (name, key)).fetchone()[0]
        return _drop(rate, now, at, allowed=False)

    def _take_place(self, name: str, key: str, who: str, rate: Rate, now: int) -> Answer:
        """A unit is one transaction, so nobody comes between the counting and the row."""
        window = (name, key, now - rate.per // _MICRO)
        count, is_in = self._store.execute(_WINDOW, (*window, who)).fetchone()
        allowed = count - is_in < rate.count
        if allowed:
            self._store.execute(_COUNT_IN, (name, key, who, now))
            count += 1 - is_in
        else:
            self._store.execute(_NOT_BEYOND, (name, key, now))  # the clock was set back
        return replace(self._place(window, count, rate, now), allowed=allowed)

    def _place(self, window: tuple[str, str, int], count: int, rate: Rate, now: int) -> Answer:
        name, key, since = window
        remaining = max(rate.count - count, 0)
        wait = 0
        if not remaining:
            values = (name, key, since, count - rate.count)
            wait = self._store.execute(_MAKES_ROOM, values).fetchone()[0] - since
        latest = self._store.execute(_LATEST, (name, key)).fetchone()[0]
        return Answer(
            allowed=bool(remaining),
            limit=rate.count,
            remaining=remaining,
            retry_after=wait * _MICRO,
            reset_at=_EPOCH + (max(latest or since, since) - since + now) * _MICRO,
        )

    def _micros(self, instant: datetime) -> int:
        return (instant - _EPOCH) // _MICRO


def _step(rate: Rate) -> int:
    """Microseconds that one costs, rounded so that never more go than the limit says."""
    return -(-(rate.per // _MICRO) // rate.count)


def _drop(rate: Rate, now: int, at: int, allowed: bool | None) -> Answer:
    step = _step(rate)
    left = now + step * rate.count - max(at, now)
    remaining = max(left // step, 0)
    return Answer(
        allowed=bool(remaining) if allowed is None else allowed,
        limit=rate.count,
        remaining=remaining,
        retry_after=max(step - left, 0) * _MICRO,
        reset_at=_EPOCH + max(at, now) * _MICRO,
    )
