"""What the commands do that needs more than one call. They print through a `say`."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from appliance import instance, names
from appliance.clock import SystemClock
from appliance.config import Config
from appliance.disk import make_private_folder, translated
from appliance.drive import fitting as drive_fitting
from appliance.drive import places
from appliance.errors import PermanentError
from appliance.filing.aside import freed
from appliance.firm.blocking import Blocking
from appliance.firm.csv_import import ImportFile, parse
from appliance.firm.imports import Imports
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.safety import fitting as safety
from appliance.search.indexing import Indexer
from appliance.store import copies, restoring
from appliance.store.database import Store
from appliance.traffic import Traffic
from appliance.vault import Vault, open_vault

Say = Callable[[str], object]
WOULD = {"created": "would be created", "changed": "would be changed"}
NOTHING_KEPT = " (nothing was kept)"


@contextmanager
def users(config: Config) -> Iterator[Users]:
    """The people who may sign in, for one command; also while the appliance runs."""
    with closing(_store(config)) as store:
        yield Users(store, SystemClock(), config.dashboard.session_hours)


def _store(config: Config) -> Store:
    make_private_folder(config.firm.data)
    return Store.open(config.firm.data, SystemClock())


def import_clients(config: Config, file: Path, say: Say, *, dry_run: bool) -> int:
    """Import what can be believed, report every line; exit code 1 if a line was refused."""
    data, clock = file.read_bytes(), SystemClock()
    read = parse(data, config.firm.country)
    with closing(_store(config)) as store:
        people, register = Users(store, clock, 1), Register(store, clock)
        blocking = Blocking(store, clock, people.audit, freed)
        imports = Imports(store, clock, register, people, blocking, config.firm.country)
        changes = imports.take(data, file.name, "greffier", dry_run=dry_run)
        strangers = _unknown_lawyers(read, people)
    for fault in read.faults:
        say(f"{fault.where}: refused: {fault.what}")
    for change in changes:
        verdict = WOULD.get(change.verdict, change.verdict) if dry_run else change.verdict
        say(f"line {change.line}: {verdict}: {change.what}")
    for warning in strangers:
        say(warning)
    refused = {fault.where for fault in read.faults}
    refused |= {f"line {change.line}" for change in changes if change.verdict == "refused"}
    done = sum(change.verdict in {"created", "changed"} for change in changes)
    brings = "would bring" if dry_run else "brought"
    say(f"{_lines(done)} {brings} something new, {len(refused)} refused" + dry_run * NOTHING_KEPT)
    return 1 if refused else 0


def rebuild_search(config: Config, say: Say) -> None:
    """Begin anew with everything that is searched; the running Greffier, or the next one, does it.

    Nothing else is touched: until it is done, search finds what has come back already.
    """
    with closing(_store(config)) as store:
        indexer = Indexer(store, SystemClock(), Traffic())
        indexer.rebuild()
        waiting = indexer.waiting()
    say(
        f"search begins anew: {waiting} things come back with the running Greffier, or at its start"
    )


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count or 'no'} lines"


def _unknown_lawyers(read: ImportFile, people: Users) -> list[str]:
    """A warning for each lawyer who is no user: a typo sends their letters to everybody."""
    first = {names.key(row.lawyer): row for row in reversed(read.rows) if row.lawyer}
    return [
        f"line {row.line}: warning: no user is called “{row.lawyer}”: the letters about their "
        f"dossiers go to all lawyers; correct the name, or run `greffier user add`"
        for row in sorted(first.values(), key=lambda row: row.line)
        if not people.is_known(row.lawyer)
    ]


def secrets_of(config: Config) -> Vault:
    """The vault of this data folder."""
    make_private_folder(config.firm.data)
    return open_vault(config.firm.data)


def verify_drive(config: Config, say: Say, *, repair: bool) -> int:
    """Each document beside its copy on Drive; exit code 1 if something is left that differs."""
    if not config.drive.enabled:
        raise PermanentError("there is no copy on Google Drive: set [drive] enabled = yes")
    clock, may_leave = SystemClock(), safety.may_leave(config)
    with closing(_store(config)) as store:
        vault = open_vault(config.firm.data)
        verification = drive_fitting.verification(config, vault, store, clock, may_leave)
        found = verification.compare(places.root(config.drive.root_folder), may_leave)
        posted = verification.repair(found) if repair else []
    for each in found.differences:
        say(str(each.told))
    count = len(found.differences)
    left = f", {found.accepted} left as somebody changed them" if found.accepted else ""
    differences = "1 difference" if count == 1 else f"{count} differences"
    say(f"{differences}, {found.documents} documents{left}")
    by_hand = sum(each.repair is None for each in found.differences)
    if repair and posted:
        say(f"{count - by_hand} are being mended: by the running Greffier, or at its next start")
    elif count > by_hand:
        say("to mend them: `greffier drive verify --repair`")
    return 1 if by_hand or (count and not repair) else 0


def back_up(config: Config, target: Path | None, now: datetime) -> Path:
    """Copy the store, whole and checked; return where.

    Raises PermanentError when there is none or it is damaged, TemporaryError when the disk is full.
    """
    source = config.firm.data / "greffier.db"
    if not source.exists():
        raise PermanentError(f"there is no database in {config.firm.data}: nothing to copy yet")
    target = target or copies.name_for(config.firm.data, now, "manual")
    if target.is_dir() or not target.parent.is_dir():
        raise PermanentError(f"{target} is not a file name in an existing folder")
    try:
        with translated(target.parent):
            copies.copy(source, target)
    except sqlite3.Error as error:
        what = f"{source} cannot be copied to {target} ({error})"
        raise PermanentError(f"{what}: `greffier check` says what to mend") from error
    return target


def put_back(config: Config, copy: Path, now: datetime) -> Path | None:
    """Restore a copy; return where the replaced store was kept. Refuses while running."""
    make_private_folder(config.firm.data)
    with instance.alone(config.firm.data):
        return restoring.restore(copy, config.firm.data, now)
