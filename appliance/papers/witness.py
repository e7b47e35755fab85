"""Once a day all receipts and the audit log are checked, and the last entry of each is written down
outside the database.

Without that, the last entries of the chain could be cut off, or all of it made anew by somebody who
has the key, and nothing would show. Each receipt that the firm hands out is a witness, too.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from appliance import chores
from appliance.chain import Breach, Checked, Entry, Finding, Head, check
from appliance.chores import Chores, Kind
from appliance.clock import Clock
from appliance.disk import make_private_folder, translated, write_private
from appliance.errors import GreffierError, PermanentError
from appliance.firm import audit
from appliance.papers import proofs
from appliance.papers.facts import stamp
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Chore
from appliance.wording import mark

log = structlog.get_logger()

FILE = "receipts-heads.jsonl"  # in <data>/backups
RECEIPTS, AUDIT = "receipts", "audit"  # the chains
AUDIT_FILE = "audit-heads.jsonl"
KEY = "receipts.key"  # in <data>
DAY = timedelta(days=1)
_SUBJECT = 0  # all chains are looked at together
BREACHES = {
    Breach.ALTERED: mark("Receipt No %(number)s was altered after it was made."),
    Breach.REMOVED: mark("Receipt No %(number)s was removed."),
    Breach.INSERTED: mark("Receipt No %(number)s was not made by Greffier: its seal is wrong."),
    Breach.REORDERED: mark("Receipt No %(number)s stands in the place of another one."),
    Breach.UNKNOWN_KEY: mark(
        "Receipt No %(number)s bears a seal whose key is not on this computer: put the file "
        "receipts.key of the former computer back into the data folder, and check again."
    ),
    Breach.CUT: mark(
        "The receipts from No %(number)s on are gone: the end of the chain was cut off, or an "
        "older copy of the database was put back."
    ),
    Breach.REPLACED: mark(
        "Receipt No %(number)s is not the one that was written down: it was made anew, or an older "
        "copy of the database was put back."
    ),
}

Tell = Callable[[str, GreffierError], object]
"""Inside a unit: have the firm's people told, once for this key."""


class Watched(NamedTuple):
    """A chain. `file`: where in the folder `backups` its last entries are written down."""

    name: str
    file: str
    key: bytes
    entries: Callable[[], Iterator[Entry]]
    breaches: Mapping[Breach, str]

    def check(self, data: Path) -> Checked:
        """Go through all of it."""
        return check(self.entries(), [self.key], heads(data / "backups" / self.file))


def receipts(key: bytes) -> Watched:
    """The chain of the receipts."""
    return Watched(RECEIPTS, FILE, key, proofs.entries, BREACHES)


def audit_log(key: bytes) -> Watched:
    """The chain of the audit log."""
    return Watched(AUDIT, AUDIT_FILE, key, audit.entries, audit.BREACHES)


class Witness:
    """Looks at the chains from outside."""

    def __init__(
        self, store: Store, work: Chores, clock: Clock, data: Path, chains: Sequence[Watched]
    ) -> None:
        self._store = store
        self._chores = work
        self._clock = clock
        self._data = data
        self._chains = {each.name: each for each in chains}
        self._writing = threading.Lock()  # a page may ask while the daily look is at it

    def begin(self) -> None:
        """At start: there is a check to come. Once it is posted it posts itself, a day later; one
        that failed is begun anew."""
        known = rows.find(Chore, kind=Kind.WITNESS.value, subject_id=_SUBJECT)
        if known is None or (known.due_at is None and known.leased_until is None):
            self._store.write(self._post)

    def _post(self, after: timedelta = timedelta()) -> chores.Posted:
        return self._chores.post(Kind.WITNESS, _SUBJECT, priority=chores.LOW, after=after)

    def look(self, tell: Tell, _: int = _SUBJECT) -> chores.Finish:
        """Chore "witness": check all of it; write down its last entry, or what is wrong with it.

        Raises TemporaryError when the disk takes no file.
        """
        found = [(watched, self.check(watched.name)) for watched in self._chains.values()]

        def unit() -> list[chores.Posted]:
            for watched, checked in found:
                if checked.finding is not None:
                    finding = checked.finding
                    key = f"{watched.name}:{finding.breach}:{finding.number}"
                    tell(key, sentence(finding, watched.breaches))
            return [self._post(DAY)]

        return unit

    def check(self, name: str) -> Checked:
        """Go through the chain of this name, and write down what was found.

        Raises TemporaryError when the disk takes no file.
        """
        watched = self._chains[name]
        checked = watched.check(self._data)
        if checked.finding is not None:
            log.error(f"{watched.name}: the chain is broken", **_said(checked.finding))
        note = _note(checked, self._clock.now())
        if note is not None:
            self._write_down(self._data / "backups" / watched.file, note)
        return checked

    def _write_down(self, path: Path, note: dict[str, Any]) -> None:
        """One more line, whole and durable or not at all; nothing new, no line."""
        with self._writing, translated(path.parent):
            make_private_folder(path.parent)
            before = path.read_bytes() if path.exists() else b""
            if _is_said(before, note):
                return
            end = b"" if not before or before.endswith(b"\n") else b"\n"
            write_private(path, before + end + json.dumps(note).encode() + b"\n")

    def last_note(self, file: str = FILE) -> dict[str, Any] | None:
        """What was written down last."""
        found = None
        for note in _notes(self._data / "backups" / file):
            found = note
        return found


def sentence(finding: Finding, breaches: Mapping[Breach, str]) -> PermanentError:
    """What was found, for people."""
    return PermanentError(breaches[finding.breach], number=finding.number)


def heads(path: Path) -> list[Head]:
    """Every last entry that was ever written down there. What is no such line is passed over."""
    return [Head(note["number"], note["hash"]) for note in _notes(path) if "hash" in note]


def _notes(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    for line in path.read_text("utf-8", "replace").splitlines():
        try:
            note = json.loads(line)
        except ValueError:
            continue
        if isinstance(note, dict) and isinstance(note.get("number"), int):
            yield note


def _note(checked: Checked, now: datetime) -> dict[str, Any] | None:
    if checked.finding is not None:
        return {"at": stamp(now), **_said(checked.finding)}
    if checked.last is None:
        return None
    return {"at": stamp(now), "number": checked.last.number, "hash": checked.last.hash}


def _said(finding: Finding) -> dict[str, Any]:
    return {"breach": finding.breach.value, "number": finding.number}


def _is_said(before: bytes, note: dict[str, Any]) -> bool:
    """Whether the last line says the same; only the moment is another."""
    last = before.splitlines()[-1:] if before else []
    try:
        known = json.loads(last[0]) if last else {}
    except ValueError:
        return False
    return isinstance(known, dict) and {**known, "at": note["at"]} == note
