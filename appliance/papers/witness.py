"""Once a day all receipts are checked, and the last one is written down outside the database.

Without that, the last entries of the chain could be cut off, or all of it made anew by somebody who
has the key, and nothing would show. Each receipt that the firm hands out is a witness, too.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from appliance import chores
from appliance.chain import Breach, Checked, Finding, Head, check
from appliance.chores import Chores, Kind
from appliance.clock import Clock
from appliance.disk import make_private_folder, translated, write_private
from appliance.errors import GreffierError, PermanentError
from appliance.papers import proofs
from appliance.papers.facts import stamp
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Chore
from appliance.wording import mark

log = structlog.get_logger()

FILE = "receipts-heads.jsonl"  # in <data>/backups
KEY = "receipts.key"  # in <data>
DAY = timedelta(days=1)
_SUBJECT = 0  # there is one chain
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


class Witness:
    """Looks at the chain from outside."""

    def __init__(self, store: Store, work: Chores, clock: Clock, data: Path, key: bytes) -> None:
        self._store = store
        self._chores = work
        self._clock = clock
        self._path = data / "backups" / FILE
        self._key = key

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
        checked = check(proofs.entries(), [self._key], heads(self._path))
        now = self._clock.now()
        if checked.finding is not None:
            log.error("receipts: the chain is broken", **_said(checked.finding))
        note = _note(checked, now)
        if note is not None:
            self._write_down(note)

        def unit() -> list[chores.Posted]:
            if checked.finding is not None:
                finding = checked.finding
                tell(f"receipts:{finding.breach}:{finding.number}", sentence(finding))
            return [self._post(DAY)]

        return unit

    def _write_down(self, note: dict[str, Any]) -> None:
        """One more line, whole and durable or not at all; nothing new, no line."""
        with translated(self._path.parent):
            make_private_folder(self._path.parent)
            before = self._path.read_bytes() if self._path.exists() else b""
            if _is_said(before, note):
                return
            end = b"" if not before or before.endswith(b"\n") else b"\n"
            write_private(self._path, before + end + json.dumps(note).encode() + b"\n")

    def last_note(self) -> dict[str, Any] | None:
        """What was written down last."""
        found = None
        for note in _notes(self._path):
            found = note
        return found


def sentence(finding: Finding) -> PermanentError:
    """What was found, for people."""
    return PermanentError(BREACHES[finding.breach], number=finding.number)


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
