"""Lists that are brought in from the dashboard: shown first, then done, and taken back if wanted.

Owns imports and import_steps. What was shown is kept as it came (`<data>/imports`, by its hash) for
an hour: only that very file can be confirmed. Cut anywhere, the row says how far it came: what is
still "previewed" has done nothing.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from appliance import disk
from appliance.clock import Clock
from appliance.errors import PermanentError, mark
from appliance.firm import handover
from appliance.firm.blocking import Blocking
from appliance.firm.csv_import import ImportFile, parse
from appliance.firm.importing import Change
from appliance.firm.register import Register
from appliance.firm.scope import EVERYTHING, Scope
from appliance.firm.undoing import take_back
from appliance.firm.users import Users
from appliance.names import in_one_line
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.fields import utc_text
from appliance.store.models import Import, ImportStatus, ImportStep

LARGEST = 5 * 1024 * 1024  # bytes of a list
MOST_LINES = 5_000  # good lines of a list: one commit, during which everything else waits
MOST_BREAKS = 4 * MOST_LINES  # line breaks: of a file that is all faults, each would be told
KEPT = timedelta(hours=1)  # a preview that nobody confirms
LONGEST_NAME = 120  # characters
TOO_LARGE = mark("The file is larger than 5 MB: part it in two, and bring in one after the other.")
TOO_LONG = mark(
    "The list has more than %(most)d lines: part it in two, and bring in one after the other."
)
GONE = mark(
    "What was shown is no longer there: it is kept for an hour. Choose the file again; nothing was "
    "done."
)
DONE_BEFORE = mark("This list was brought in before: nothing was done.")
NOT_DONE = mark("This list is not brought in, or was taken back before: nothing was done.")
REFUSED = "refused"


class Line(NamedTuple):
    """What becomes of a line: its verdict, and sentences as (marked text, values)."""

    number: int
    verdict: str
    said: Sequence[tuple[str, dict[str, Any]]]


class Imports:
    """Every list that was shown or brought in."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        register: Register,
        users: Users,
        blocking: Blocking,
        country: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._register = register
        self._users = users
        self._blocking = blocking
        self._country = country
        self._folder = store.path.parent / "imports"

    def preview(
        self, data: bytes, name: str, by: str, scope: Scope, *, may_assign: bool = True
    ) -> int:
        """Say line by line what this file would do, and keep it for an hour; its id.

        `scope`: what whoever brings it in sees; nothing else is changed or told of. `may_assign`:
        they may change whose a dossier is.

        Raises PermanentError when it is too large or too long, TemporaryError when the disk is
        full.
        """
        self.sweep()
        read = self._read(data)
        limits: dict[str, Any] = {"scope": scope, "may_assign": may_assign, "by": by}
        lines = _lines(read, self._register.import_file(read, dry_run=True, **limits))
        sha256 = hashlib.sha256(data).hexdigest()
        with disk.translated(self._folder):
            disk.make_private_folder(self._folder)
            disk.write_private(self._path(sha256), data)
        values = {"name": _named(name), "sha256": sha256, "by": by, "report": _written(lines)}
        now = self._clock.now()
        made = self._store.write(lambda: rows.insert(Import, **values, previewed_at=now))
        return int(made.id)

    def confirm(self, import_id: int, by: str, scope: Scope, *, may_assign: bool = True) -> None:
        """Do what was shown, in one commit. Raises PermanentError when it is not there any more."""
        self.sweep()
        row = rows.find(Import, id=import_id)
        if row is None or row.status == ImportStatus.FORGOTTEN:
            raise PermanentError(GONE)
        if row.status != ImportStatus.PREVIEWED:
            raise PermanentError(DONE_BEFORE)
        read = self._read(self._kept(row.sha256))
        self._bring_in(read, row, by, scope, may_assign)
        self.sweep()

    def take(self, data: bytes, name: str, by: str, *, dry_run: bool) -> list[Change]:
        """A file that is not shown first, as `greffier import` does it; what each line did."""
        read = parse(data, self._country)
        if dry_run:
            return self._register.import_file(read, dry_run=True)
        sha256 = hashlib.sha256(data).hexdigest()
        row = Import(name=_named(name), sha256=sha256, by=by)
        return self._bring_in(read, row, by, EVERYTHING, may_assign=True)

    def undo(self, import_id: int, by: str) -> int:
        """Take a list back, the last first; how much had to be left as it is (`left` says why).

        What it made goes if nobody has used it since; what it changed gets its old value, unless
        it was changed again. Raises PermanentError when there is nothing to take back.
        """

        def unit() -> int:
            row = rows.find(Import, id=import_id, status=ImportStatus.DONE)
            if row is None:
                raise PermanentError(NOT_DONE)
            steps = ImportStep.select().where(ImportStep.of == import_id)
            backwards = list(steps.order_by(ImportStep.id.desc()))
            left = take_back(backwards)
            for step_id, why in left.items():
                rows.update(ImportStep, step_id, left=why.value)
            done = [step for step in backwards if step.field == "lawyer" and step.id not in left]
            were = [(step.subject_id, step.after and json.loads(step.after)) for step in done]
            self._hand_over(were, by)
            now = self._clock.now()
            status = {"status": ImportStatus.UNDONE, "undone_at": now, "undone_by": by}
            rows.update(Import, import_id, **status)
            detail = f"{steps.count()} steps, {len(left)} left"
            self._users.audit(by, "list taken back", f"import:{import_id}", detail)
            return len(left)

        return self._store.write(unit)

    def find(self, import_id: int) -> Import | None:
        """The list, if it was brought in or can be."""
        found = rows.find(Import, id=import_id)
        return found if found is not None and found.status != ImportStatus.FORGOTTEN else None

    def lines(self, row: Import) -> list[Line]:
        """What it does, or did, line by line."""
        return [Line(*line) for line in json.loads(row.report or "[]")]

    def left(self, import_id: int) -> list[ImportStep]:
        """What an undo could not take back, and why."""
        query = ImportStep.select().where(ImportStep.of == import_id)
        return list(query.where(ImportStep.left.is_null(False)).order_by(ImportStep.line))

    def lately(self, by: Sequence[str], most: int) -> list[Import]:
        """The lists that these people brought in, the last first."""
        query = Import.select().where(Import.done_at.is_null(False), Import.by.in_(list(by)))
        return list(query.order_by(Import.id.desc()).limit(most))

    def sweep(self) -> None:
        """At start, and before each list: previews that nobody confirmed are forgotten."""
        is_old = Import.previewed_at < self._clock.now() - KEPT
        waits = Import.status == ImportStatus.PREVIEWED
        forgotten = Import.update(status=ImportStatus.FORGOTTEN, report=None)
        self._store.write(forgotten.where(waits, is_old).execute)
        kept = {sha256 for (sha256,) in Import.select(Import.sha256).where(waits).tuples()}
        for path in self._folder.glob("*.csv"):
            if path.stem not in kept:
                path.unlink(missing_ok=True)

    def _read(self, data: bytes) -> ImportFile:
        if len(data) > LARGEST:
            raise PermanentError(TOO_LARGE)
        if max(data.count(b"\n"), data.count(b"\r")) > MOST_BREAKS:
            raise PermanentError(TOO_LONG, most=MOST_LINES)
        read = parse(data, self._country)
        if len(read.rows) > MOST_LINES:
            raise PermanentError(TOO_LONG, most=MOST_LINES)
        return read

    def _bring_in(
        self, read: ImportFile, row: Import, by: str, scope: Scope, may_assign: bool
    ) -> list[Change]:
        def note(done: list[Change]) -> None:
            taken = {change.line for change in done if change.verdict != REFUSED}
            for line in read.rows:
                for phone in line.phones if line.line in taken else ():
                    self._blocking.gained(phone, by)
            self._note(read, row, by, done)
            if scope is not EVERYTHING:  # the firm's own list, by a command, is the last word
                steps = (step for change in done for step in change.steps)
                are = (step for step in steps if step.field == "lawyer")
                self._hand_over([(step.row_id, step.before) for step in are], by)

        limits: dict[str, Any] = {"scope": scope, "may_assign": may_assign, "by": by}
        return self._register.import_file(read, **limits, then=note)

    def _note(self, read: ImportFile, row: Import, by: str, changes: list[Change]) -> None:
        """Inside the unit that brings it in: that it was, what each line did, who did it."""
        values = {"status": ImportStatus.DONE, "by": by, "done_at": self._clock.now()}
        values["report"] = _written(_lines(read, changes))
        if row.id is None:
            made = rows.insert(Import, name=row.name, sha256=row.sha256, **values)
            import_id = made.id
        else:
            import_id = row.id
            if rows.find(Import, id=import_id, status=ImportStatus.PREVIEWED) is None:
                raise PermanentError(DONE_BEFORE)
            rows.update(Import, import_id, **values)
        for change in changes:
            for step in change.steps:
                told = {"of": import_id, "line": change.line, "kind": step.what.value}
                before, after = _json(step.before), _json(step.after)
                told |= {"subject_id": step.row_id, "field": step.field}
                rows.insert(ImportStep, **told, before=before, after=after)
        counts = Counter(change.verdict for change in changes)
        detail = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
        self._users.audit(by, "list brought in", f"import:{import_id}", detail)

    def _hand_over(self, whose: Iterable[tuple[int, str | None]], by: str) -> None:
        """Inside the unit: from whom a dossier was taken keeps seeing it.

        `whose`: dossiers and whom they named; the first word on each is what was before.
        """
        now = self._clock.now()
        seen: set[int] = set()
        for dossier_id, before in whose:
            if dossier_id not in seen:
                seen.add(dossier_id)
                handover.passed(dossier_id, before, by, now, self._users.audit)

    def _kept(self, sha256: str) -> bytes:
        """The file that was shown. Raises PermanentError unless it is there, and the same."""
        try:
            data = self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise PermanentError(GONE) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise PermanentError(GONE)
        return data

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.csv"


def _named(name: str) -> str:
    return in_one_line(name)[:LONGEST_NAME] or "CSV"


def _lines(read: ImportFile, changes: Sequence[Change]) -> list[Line]:
    """Those that were refused while reading, and what became of the others, in their order."""
    faults = [
        Line(int(fault.where.removeprefix("line ")), REFUSED, [(said.text, {**said.values})])
        for fault in read.faults
        if (said := fault.said) is not None
    ]
    done = [
        Line(change.line, change.verdict, [(one.text, {**one.values}) for one in change.said])
        for change in changes
    ]
    return sorted(faults + done, key=lambda line: line.number)


def _written(lines: Sequence[Line]) -> str:
    return json.dumps(lines, ensure_ascii=False)


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=utc_text)
