"""How the running appliance is, at a glance and without asking anybody outside."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from appliance.chores import LOW, Kind
from appliance.clock import Clock
from appliance.errors import TemporaryError
from appliance.jobs import Jobs
from appliance.keeping import countdown
from appliance.outbox.holds import open_holds
from appliance.store import models
from appliance.store.database import Store
from appliance.store.models import ChoreStatus, DocumentStatus, MessageStatus, OutgoingStatus
from appliance.upkeep.inventory import latest
from appliance.upkeep.worktables import WORK

LOW_DISK = 1_000_000_000  # bytes
TRIAL = "PRAGMA user_version = 1"  # writes a page, whatever it was; nobody reads it
LATE = timedelta(minutes=2)
META_KEEPS = timedelta(days=7)  # [retention] media_days


class Health:
    """Component by component: ok, degraded or down, with a sentence."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        clock: Clock,
        data: Path,
        refusal: Callable[[], str | None],
        kept_at_meta: timedelta = META_KEEPS,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._clock = clock
        self._data = data
        self._kept_at_meta = kept_at_meta
        self._refusal = refusal  # why Meta last refused our token
        self._more: dict[str, Callable[[], dict[str, str]]] = {}

    def watch(self, name: str, state: Callable[[], dict[str, str]]) -> None:
        """One component more, that is there because the settings want it."""
        self._more[name] = state

    def report(self) -> dict[str, Any]:
        """`status` is the worst of the components'; `counts` is what they were judged on."""
        counts = self._counts()
        components = {
            "store": self._store_state(),
            "workers": self._workers(),
            "disk": self._disk(),
            "queue": self._queue(),
            "whatsapp": self._whatsapp(),
            "messages": _if_any(counts["errors"], "messages in error: see the dashboard"),
            "outbox": _if_any(
                counts["unknown"] + counts["failed"],
                "sends failed or uncertain: see the dashboard",
            ),
            "inventory": _inventory(),
            "documents": _if_any(counts["unlooked"], "documents could not be examined: see Safety"),
            **{name: state() for name, state in self._more.items()},
            "files at Meta": self._at_meta(),
        }
        states = {component["status"] for component in components.values()}
        worst = next((s for s in ("down", "degraded") if s in states), "ok")
        return {"status": worst, "components": components, "counts": counts}

    def _store_state(self) -> dict[str, str]:
        """Asked by a real write: a store that only reads is no store."""
        try:
            self._store.write(lambda: self._store.execute(TRIAL))
        except TemporaryError as error:
            return _is("down", error.reason)
        return _is("ok", "the store takes writes")

    def _workers(self) -> dict[str, str]:
        alive, wanted = self._jobs.workers()
        if alive == wanted:
            return _is("ok", f"{alive} workers")
        return _is("degraded" if alive else "down", f"{alive} of {wanted} workers")

    def _disk(self) -> dict[str, str]:
        free = shutil.disk_usage(self._data).free
        state = "ok" if free > LOW_DISK else "degraded"
        return _is(state, f"{free / 1e9:.1f} GB free")

    def _queue(self) -> dict[str, str]:
        now = self._clock.now()
        late = sum(
            table.select()
            .where(table.due_at <= now - LATE, table.leased_until.is_null(), table.priority > LOW)
            .count()
            for table in WORK.values()
        )
        return _if_any(late, "rows wait for more than two minutes")

    def _whatsapp(self) -> dict[str, str]:
        """By Meta's last answers: nobody is asked now."""
        held = next((hold.error for hold in open_holds() if hold.until_at is None), None)
        reason = self._refusal() or held
        return _is("degraded", reason) if reason else _is("ok", "Meta has not refused our token")

    def _at_meta(self) -> dict[str, str]:
        """Files that clients sent and that are not here: soon they are lost."""
        files = countdown.missing(self._clock.now(), self._kept_at_meta)
        soon = sum(one.is_soon for one in files)
        state = "degraded" if soon else "ok"
        return _is(state, countdown.sentence(files))

    def _counts(self) -> dict[str, int]:
        message, outgoing = models.Message, models.Outgoing
        return {
            "errors": _count(message, MessageStatus.ERROR),
            "waiting": message.select().where(message.due_at.is_null(False)).count(),
            "pending": models.Document.select().where(models.Document.waits()).count(),
            "filed": _filed(),
            "unread_bodies": models.WebhookBody.select()
            .where(models.WebhookBody.error.is_null(False))
            .count(),
            "unknown": _count(outgoing, OutgoingStatus.UNKNOWN),
            "failed": _count(outgoing, OutgoingStatus.FAILED),
            "unlooked": _unlooked(),
        }


def _inventory() -> dict[str, str]:
    """What the last night found."""
    last = latest()
    if last is None:
        return _is("ok", "the first inventory is taken tonight")
    missing = json.loads(last.missing)
    if missing:
        return _is("degraded", f"{len(missing)} missing, first {missing[0]}: run `greffier check`")
    return _is("ok", f"nothing was lost: {last.received} messages, each accounted for")


def _unlooked() -> int:
    """Documents that could not be looked into or scanned, and wait for a person to say so again."""
    table = models.Chore
    failed = (table.error.is_null(False), table.status == ChoreStatus.FAILED)
    found: int = table.select().where(table.kind.in_((Kind.EXAMINE, Kind.SCAN)), *failed).count()
    return found


def _filed() -> int:
    table = models.Document
    is_filed = (table.status == DocumentStatus.FILED, table.destroyed_at.is_null())
    found: int = table.select().where(*is_filed).count()
    return found


def _count(table: Any, status: str) -> int:
    """Rows in that state of trouble. Each has a reason: asking for it too uses the small index."""
    found: int = table.select().where(table.error.is_null(False), table.status == status).count()
    return found


def _is(status: str, sentence: str) -> dict[str, str]:
    return {"status": status, "sentence": sentence}


def _if_any(count: int, what: str) -> dict[str, str]:
    return _is("degraded", f"{count} {what}") if count else _is("ok", "nothing waits for a person")
