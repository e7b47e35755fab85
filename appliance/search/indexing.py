"""Keeps what is searched in step with what there is. Owns the words, search_todo, search_marks.

What changes is written down by triggers in the commit that changes it; what comes in (messages,
documents) has ids that only grow, so a mark says up to which one it is searchable. Here both are
worked off in small commits, in a thread that gives way to everything else: receiving costs nothing
of it. A batch and its mark are one commit: cut anywhere, the next start goes on where it was, and
nothing is left out. Words that are erased leave in the commit that erases them, by triggers; what
is left of them inside the index is merged away afterwards ("purge").
"""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog

from appliance import seeking
from appliance.clock import Clock
from appliance.search.subjects import WORDS, Kind, of_name, words_of
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Client, Document, Dossier, Message, SearchMark, SearchTodo
from appliance.traffic import Traffic

log = structlog.get_logger()

CHANGED = 40  # subjects of one commit
CAME = 200  # messages or documents of one commit
LOOK_EVERY = timedelta(seconds=2)
PAUSE = timedelta(seconds=0.02)  # between two batches, for whoever waits for the disk
AGAIN = timedelta(seconds=30)  # after a fault
PURGE = "purge"
_MERGED = 100  # index pages of one step
_DELETE = "DELETE FROM {table} WHERE rowid = ?"
_INSERT = "INSERT INTO {table} (rowid, words) VALUES (?, ?)"
# What was erased since it was read stays out.
_STILL = {
    Kind.MESSAGE: "SELECT 1 FROM whatsapp_messages WHERE id = ? AND emptied_at IS NULL",
    Kind.DOCUMENT: "SELECT 1 FROM documents WHERE id = ? AND destroyed_at IS NULL",
}
Words = Sequence[tuple[int, str]]


class Indexer:
    """Makes searchable what is not yet, in a thread of its own."""

    def __init__(self, store: Store, clock: Clock, traffic: Traffic) -> None:
        self._store = store
        self._clock = clock
        self._traffic = traffic
        self._call = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="search", daemon=True)

    def start(self) -> None:
        """Look every two seconds."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is not searchable yet is so after the next start."""
        self._stop.set()
        self._call.set()
        if self._thread.is_alive():
            self._thread.join()

    def call(self) -> None:
        """Somebody changed something and will look for it: now, please. Returns at once."""
        self._call.set()

    def step(self) -> int:
        """One small batch of everything that waits; how much it was. 0: nothing waits."""
        changed = self._store.write(self._changed) if SearchTodo.select().exists() else 0
        return changed + self._came(Kind.MESSAGE) + self._came(Kind.DOCUMENT)

    def catch_up(self) -> int:
        """Everything that waits, now and in this thread; how much it was."""
        count = 0
        while done := self.step():
            count += done
        return count

    def waiting(self) -> int:
        """How much is not searchable yet, as near as ids say."""
        todo: int = SearchTodo.select().where(SearchTodo.kind != PURGE).count()
        return todo + sum(
            max(_last(kind) - _upto(kind), 0) for kind in (Kind.MESSAGE, Kind.DOCUMENT)
        )

    def rebuild(self) -> None:
        """Forget all words and begin anew: they come back step by step, the newest last."""
        self._store.write(self._forget_all)
        self._call.set()
        log.info("search begun anew")

    def _forget_all(self) -> None:
        """Inside a unit."""
        for table in WORDS.values():
            self._store.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        SearchMark.delete().execute()
        SearchTodo.delete().execute()
        for kind, model in ((Kind.CLIENT, Client), (Kind.DOSSIER, Dossier)):
            ids = [(kind.value, row_id) for (row_id,) in model.select(model.id).tuples()]
            for start in range(0, len(ids), 400):
                fields = [SearchTodo.kind, SearchTodo.subject_id]
                SearchTodo.insert_many(ids[start : start + 400], fields).execute()

    def _changed(self) -> int:
        """Inside a unit: what triggers wrote down, read as it is in this very commit."""
        batch = list(SearchTodo.select().order_by(SearchTodo.id).limit(CHANGED))
        for one in batch:
            if one.kind == PURGE:
                self._purge(one)
                continue
            kind = Kind(one.kind)
            self._put(kind, one.subject_id, words_of(kind, one.subject_id))
            SearchTodo.delete().where(SearchTodo.id == one.id).execute()
        return len(batch)

    def _put(self, kind: Kind, row_id: int, words: str | None) -> None:
        self._store.execute(_DELETE.format(table=WORDS[kind]), (row_id,))
        if words:
            self._store.execute(_INSERT.format(table=WORDS[kind]), (row_id, words))

    def _purge(self, todo: SearchTodo) -> None:
        """Inside a unit: a step of what rids the index of words that were taken out.

        The first says that all of it is to be merged (a negative number: FTS5, "merge"), the next
        ones go on until there is nothing to do.
        """
        is_first = todo.subject_id == 0
        pages = -_MERGED if is_first else _MERGED
        changes = [self._merge(table, pages) for table in WORDS.values()]
        if not is_first and max(changes) < 2:  # FTS5: then none of them had anything to do
            SearchTodo.delete().where(SearchTodo.id == todo.id).execute()
        elif is_first:
            SearchTodo.delete().where(SearchTodo.kind == PURGE).execute()
            rows.insert(SearchTodo, kind=PURGE, subject_id=1)

    def _merge(self, table: str, pages: int) -> int:
        before = self._total_changes()
        merge = f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)"  # noqa: S608
        self._store.execute(merge, (pages,))
        return self._total_changes() - before

    def _total_changes(self) -> int:
        return int(self._store.execute("SELECT total_changes()").fetchone()[0])

    def _came(self, kind: Kind) -> int:
        upto = _upto(kind)
        batch = _messages(upto) if kind is Kind.MESSAGE else _documents(upto)
        if not batch:
            return 0
        said = [(row_id, words) for row_id, words in batch if words]
        return self._store.write(lambda: self._keep(kind, upto, batch[-1][0], said))

    def _keep(self, kind: Kind, upto: int, last: int, said: Words) -> int:
        """Inside a unit: these are searchable, up to that id; unless somebody begun anew."""
        mark = rows.find(SearchMark, kind=kind.value)
        if (mark.upto if mark else 0) != upto:
            return 1
        for row_id, words in said:
            if self._store.execute(_STILL[kind], (row_id,)).fetchone():
                self._put(kind, row_id, words)
        if mark is None:
            rows.insert(SearchMark, kind=kind.value, upto=last)
        else:
            rows.update(SearchMark, mark.id, upto=last)
        return len(said) or 1

    def _run(self) -> None:
        while not self._stop.is_set():
            self._clock.wait(self._call, self._work())
            self._call.clear()

    def _work(self) -> timedelta:
        """A batch, if anything waits; how long to wait before the next look."""
        try:
            self._traffic.give_way()
            return PAUSE if self.step() else LOOK_EVERY
        except Exception:
            log.exception("search fell behind")  # top of a thread; the mark stands where it was
            return AGAIN


def _upto(kind: Kind) -> int:
    mark = rows.find(SearchMark, kind=kind.value)
    return int(mark.upto) if mark is not None else 0


def _last(kind: Kind) -> int:
    table: Any = Message if kind is Kind.MESSAGE else Document
    newest = table.select(table.id).order_by(table.id.desc()).first()
    return int(newest.id) if newest is not None else 0


def _messages(upto: int) -> Words:
    query = Message.select(Message.id, Message.body).where(Message.id > upto)
    return _folded(query, lambda row: seeking.indexed(row[1] or ""))


def _documents(upto: int) -> Words:
    query = Document.select(Document.id, Document.name, Document.original_name)
    return _folded(query.where(Document.id > upto), lambda row: of_name(row[1], row[2]))


def _folded(query: Any, words: Callable[[tuple[Any, ...]], str]) -> Words:
    found = query.order_by(query.model.id).limit(CAME).tuples()
    return [(row[0], words(row)) for row in found]
