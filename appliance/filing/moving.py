"""A document gets another dossier: its file goes there, and is never in no place. Owns old_path.

The new file first, then the row (which says where the old one is), then the old file. Cut anywhere,
it is done again as a whole: the new file is found to be there, the row finds itself changed, and a
start removes what the row still says is to be removed.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import structlog

from appliance import disk
from appliance.chores import Posted
from appliance.clock import Clock
from appliance.filing.placing import Cabinet
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.store.models import DocumentStatus

log = structlog.get_logger()


class Follow(NamedTuple):
    """What follows a move: `mirror` posts work inside the unit, `wake` wakes it after."""

    mirror: Callable[[int], list[Posted]]
    wake: Callable[[Iterable[Posted]], None]


NOTHING = Follow(lambda _: [], lambda _: None)


class Mover:
    """Files documents that waited, once a person has said under which dossier."""

    def __init__(
        self, store: Store, clock: Clock, root: Path, cabinet: Cabinet, follow: Follow = NOTHING
    ) -> None:
        self._store = store
        self._clock = clock
        self._root = root
        self._cabinet = cabinet
        self._follow = follow

    def file_under(
        self, document: models.Document, dossier: models.Dossier, source: Path, by: str, reason: str
    ) -> bool:
        """Put a pending document into the dossier. `source`: its bytes as they came; `by`: who.

        False if it waits no more: somebody was quicker, and their choice stands. Raises
        TemporaryError when the disk is full or the folder cannot be written.
        """
        if document.status == DocumentStatus.FILED:
            return bool(document.dossier_id == dossier.id)
        folder = self._root.joinpath(dossier.client.folder, dossier.folder)
        path = self._cabinet.put(source, folder, document.name, document.sha256)
        values = {
            "client": dossier.client_id,
            "dossier": dossier.id,
            "reason": reason,
            "filed_by": by,
            "name": path.name,
            "local_path": path.relative_to(self._root).as_posix(),
        }

        def unit() -> list[Posted] | None:
            is_changed = self._change(document.id, values)
            return self._follow.mirror(document.id) if is_changed else None

        posted = self._store.write(unit)
        if posted is None:
            return False
        self._follow.wake(posted)
        self._remove_old(document.id)
        log.info("document filed", id=document.id, dossier=dossier.id)
        return True

    def _change(self, document_id: int, values: dict[str, object]) -> bool:
        """Inside a unit: the row says where it is, and where it was."""
        seen = rows.find(models.Document, id=document_id)
        if seen is None or seen.status == DocumentStatus.FILED:
            return seen is not None and seen.dossier_id == values["dossier"]
        now = self._clock.now()
        is_elsewhere = seen.local_path != values["local_path"]
        rows.update(
            models.Document,
            document_id,
            **values,
            old_path=seen.local_path if is_elsewhere else None,
            status=DocumentStatus.FILED,
            filed_at=now,
            stored_at=seen.stored_at or now,
        )
        return True

    def sweep(self) -> int:
        """At start: remove the files that a crash left in their old places; how many."""
        table = models.Document
        moved = [row_id for (row_id,) in table.select(table.id).where(_IS_MOVED).tuples()]
        for row_id in moved:
            self._remove_old(row_id)
        return len(moved)

    def _remove_old(self, document_id: int) -> None:
        """Only the very bytes that were put there: what a person has changed stays theirs."""
        document = rows.find(models.Document, id=document_id)
        if document is None or document.old_path is None:
            return
        old = self._root.joinpath(document.old_path)
        with disk.translated(old.parent):
            if old.is_file() and disk.sha256_of(old) == document.sha256:
                old.unlink()
                disk.fsync_folder(old.parent)
            if old.parent.is_dir() and next(old.parent.iterdir(), None) is None:
                old.parent.rmdir()
        self._store.write(lambda: rows.update(models.Document, document_id, old_path=None))


_IS_MOVED = models.Document.old_path.is_null(False)
