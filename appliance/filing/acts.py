"""The history of documents: each version of a row, who made it, and what may still be undone.

Owns acts. All of it belongs inside a unit, but for what only reads.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from appliance import chores
from appliance.store import rows
from appliance.store.models import Act, Document

VERSION = (
    "client",
    "dossier",
    "status",
    "reason",
    "name",
    "local_path",
    "filed_by",
    "filed_at",
    "rejected_at",
    "rejected_by",
    "rejected_reason",
)

BLOCKED = "blocked_number"  # `rejected_reason`: its sender is blocked

NOT_REJECTED: Mapping[str, object] = {
    "rejected_at": None,
    "rejected_by": None,
    "rejected_reason": None,
}


class Done(StrEnum):
    """What became of what somebody asked for."""

    DONE = "done"
    SAME = "same"  # it was so already: nothing was done
    GONE = "gone"  # the document, the dossier or the act is no more
    OVERTAKEN = "overtaken"  # somebody did something since: nothing was done
    HELD = "held"  # nothing leaves a dossier under legal hold


class Kind(StrEnum):
    """What was done to a document."""

    FILED = "filed"  # under a dossier, from those that waited
    MOVED = "moved"  # to another dossier
    SENT_BACK = "sent_back"  # to those that wait
    REJECTED = "rejected"  # set aside: it waits no more, and its bytes are kept
    BROUGHT_BACK = "brought_back"  # to those that wait, after it was set aside
    RENAMED = "renamed"
    FOLLOWED = "followed"  # it was moved or renamed on disk, and a person said: so be it
    REPLACED = "replaced"  # our copy was put back
    UNDONE = "undone"


UNDOABLE = (
    Kind.FILED,
    Kind.MOVED,
    Kind.SENT_BACK,
    Kind.REJECTED,
    Kind.BROUGHT_BACK,
    Kind.RENAMED,
    Kind.FOLLOWED,
)


class Told(NamedTuple):
    """Who hears of it: `audit`, `mirror` and `mirror_folder` inside the unit, `wake` after it."""

    audit: Callable[[str, str, str | None, str | None], None]
    mirror: Callable[[int], list[chores.Posted]]
    mirror_folder: Callable[[chores.Kind, int], list[chores.Posted]]
    wake: Callable[[Iterable[chores.Posted]], None]


class Version(NamedTuple):
    """What is to be of a document: values of its row by name."""

    values: Mapping[str, object]

    @classmethod
    def of(cls, document: Document) -> "Version":
        """As it is now."""
        return cls({name: document.__data__[name] for name in VERSION})

    @classmethod
    def read(cls, text: str) -> "Version":
        said = json.loads(text)
        return cls({name: _field(name).python_value(value) for name, value in said.items()})

    def written(self) -> str:
        stored = {name: _field(name).db_value(value) for name, value in self.values.items()}
        return json.dumps(stored, ensure_ascii=False)

    def with_(self, **values: object) -> "Version":
        return Version({**self.values, **values})


def _field(name: str) -> Any:
    return getattr(Document, name)


class Intent(NamedTuple):
    """Something that somebody wants done to a document; `after` has a name, and no place yet.

    `gesture`: what else they want done with it, as one (see filing.gestures).
    """

    document: Document
    kind: Kind
    by: str
    after: Version
    undoes: int | None = None
    gesture: str | None = None


def begin(intents: Sequence[Intent], now: datetime) -> list[Act]:
    """The acts of one batch, written before the disk is touched."""
    begun: list[Act] = []
    for intent in intents:
        before = Version.of(intent.document)
        act = rows.insert(
            Act,
            document=intent.document.id,
            batch=begun[0].id if begun else None,
            kind=intent.kind.value,
            by=intent.by,
            begun_at=now,
            from_dossier=before.values["dossier"],
            to_dossier=intent.after.values["dossier"],
            before=before.written(),
            after=intent.after.written(),
            undoes=intent.undoes,
            gesture=intent.gesture,
        )
        if not begun:
            act.batch = act.id
            rows.update(Act, act.id, batch=act.id)
        begun.append(act)
    return begun


def finish(act: Act, after: Version, now: datetime) -> None:
    """The row is as it says; what it undoes is undone."""
    rows.update(Act, act.id, after=after.written(), done_at=now)
    if act.undoes is None:
        return
    is_undone = (Act.batch == act.undoes, Act.document == act.document_id)
    Act.update(undone_at=now, undone_by=act.by).where(*is_undone).execute()


def cancel(batch: int) -> None:
    """It could not be done, and nothing was."""
    Act.delete().where(Act.batch == batch, Act.done_at.is_null()).execute()


def forget(document_id: int) -> None:
    """Inside a unit: the document is destroyed, and so is what was done with it, names and all."""
    Act.delete().where(Act.document == document_id).execute()


def open_batches(document_id: int | None = None) -> list[list[Act]]:
    """What was begun and is not at its end, oldest first; of one document, or of all."""
    query = Act.select().where(Act.done_at.is_null())
    if document_id is not None:
        query = query.where(Act.document == document_id)
    batches = sorted({act.batch or act.id for act in query})
    found = [list(Act.select().where(Act.batch == batch).order_by(Act.id)) for batch in batches]
    return [batch for batch in found if batch]


def of_batch(batch: int) -> list[Act]:
    return list(Act.select().where(Act.batch == batch).order_by(Act.id))


def is_last(act: Act) -> bool:
    """Whether it may be undone: nothing that stands was done to its document since."""
    counts = Act.kind.not_in((Kind.UNDONE, Kind.REPLACED))
    since = (Act.document == act.document_id, Act.id > act.id, counts)
    return not Act.select().where(*since, Act.undone_at.is_null()).exists()


def may_be_undone(batch: Sequence[Act]) -> bool:
    return bool(batch) and all(
        act.kind in UNDOABLE and act.done_at and act.undone_at is None and is_last(act)
        for act in batch
    )
