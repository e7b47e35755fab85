"""What is wanted of a document is carried out: its file is never in no place, and ends in one.

The intent is written down first (filing.acts); then comes the new file, then the row, which says
where the old one is, then the old file is removed. Cut anywhere, the next start goes on: the new
file is found to be there, the row finds itself changed, and what a row still says is to be removed
is removed. Owns old_path and, with filing.folders, the place, name and dossier of documents.
"""

from collections.abc import Sequence
from pathlib import Path

import structlog

from appliance import chores, disk, names
from appliance.clock import Clock
from appliance.errors import PermanentError, TemporaryError, mark
from appliance.filing import acts
from appliance.filing.acts import Done, Intent, Kind, Told, Version
from appliance.filing.premises import Premises, is_put_away
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Act, Document, Dossier

log = structlog.get_logger()

IN_USE = mark("another program has it open; close it there, then try again")
AUDITED = {
    Kind.FILED: "document filed",
    Kind.MOVED: "document moved",
    Kind.SENT_BACK: "document sent back",
    Kind.REJECTED: "document set aside",
    Kind.BROUGHT_BACK: "document brought back",
    Kind.RENAMED: "document renamed",
    Kind.FOLLOWED: "document followed",
    Kind.REPLACED: "document put back",
    Kind.UNDONE: "act undone",
}


class Carrier:
    """Carries out what is wanted, one thing at a time: its callers hold the premises' turn."""

    def __init__(self, store: Store, clock: Clock, premises: Premises, told: Told) -> None:
        self._store = store
        self._clock = clock
        self._premises = premises
        self._told = told

    def do(self, intents: Sequence[Intent]) -> Done:
        """Carry it out, to its end or not at all.

        Raises TemporaryError when the disk is full or a folder cannot be written, PermanentError
        when the bytes are gone.
        """
        now = self._clock.now()
        begun = self._store.write(lambda: acts.begin(intents, now))
        try:
            paths = self._put_all(begun)
        except (TemporaryError, PermanentError):
            self._store.insist(lambda: acts.cancel(begun[0].batch))
            raise
        self._end(begun, paths)
        return Done.DONE

    def record(self, intents: Sequence[Intent], path: Path) -> Done:
        """It lies at `path` already, where a person has put it: the rows follow."""
        now = self._clock.now()

        def unit() -> list[chores.Posted]:
            begun = acts.begin(intents, now)
            return self._change_all(begun, [path] * len(begun))

        self._told.wake(self._store.write(unit))
        for intent in intents:
            self._remove_old(intent.document.id)
        return Done.DONE

    def ready(self, document_id: int) -> Document | None:
        """The document as it is once everything older is at its end; None if it is not kept.

        A row remembers one old place only. Raises like `do`.
        """
        document = stored(document_id)
        for each in sharing(document) if document is not None else ():
            self._end_older(each)
        return stored(document_id)

    def _end_older(self, document: Document) -> None:
        for batch in acts.open_batches(document.id):
            self._end(batch, self._put_all(batch))
        self._remove_old(document.id)
        seen = rows.find(Document, id=document.id)
        if seen is not None and seen.old_path is not None:
            old = self._premises.path(seen.old_path)
            raise TemporaryError(disk.UNWRITABLE, folder=str(old), why=IN_USE)

    def _go_on(self, batch: Sequence[Act]) -> None:
        try:
            self._end(batch, self._put_all(batch))
        except TemporaryError as error:
            log.warning("act still open", batch=batch[0].batch, why=type(error).__name__)
        except PermanentError:
            self._store.insist(lambda: acts.cancel(batch[0].batch))
            log.exception("act given up", batch=batch[0].batch)

    def _put_all(self, batch: Sequence[Act]) -> list[Path | None]:
        """The files are where they are wanted; nothing says so yet."""
        documents = [rows.find(Document, id=act.document_id) for act in batch]
        return [
            self._put(document, Version.read(act.after)) if document is not None else None
            for document, act in zip(documents, batch, strict=True)
        ]

    def _put(self, document: Document, after: Version) -> Path | None:
        """None: its file is put away, and stays there."""
        if is_put_away(document):
            return None
        premises = self._premises
        folder = premises.folder_of(after.values["dossier"], document.sender)
        target, old = folder / str(after.values["name"]), premises.path(document.local_path)
        if old.parent == folder and names.same_name(old.name, target.name):
            respelt = _respelt(old, target, document)
            if respelt is not None:
                return respelt
        source = premises.source(document)
        premises.cabinet.forget(folder)  # a name that was free again a moment ago is free
        return premises.cabinet.put(source, folder, target.name, document.sha256)

    def _end(self, batch: Sequence[Act], paths: Sequence[Path | None]) -> None:
        """The rows say where the files are; then the old ones go."""
        self._told.wake(self._store.write(lambda: self._change_all(batch, paths)))
        for act in batch:
            log.info("act done", kind=act.kind, document=act.document_id)
            self._remove_old(act.document_id)

    def _change_all(
        self, batch: Sequence[Act], paths: Sequence[Path | None]
    ) -> list[chores.Posted]:
        """Inside a unit."""
        posted: list[chores.Posted] = []
        for act, path in zip(batch, paths, strict=True):
            seen = rows.find(Document, id=act.document_id, destroyed_at=None)
            if seen is not None:
                posted += self._change(seen, act, path)
        return posted

    def _change(self, seen: Document, act: Act, path: Path | None) -> list[chores.Posted]:
        """Inside a unit: the row says where it is, and where it was."""
        after = Version.read(act.after).with_(local_path=seen.local_path)
        if path is not None:
            after = after.with_(name=path.name, local_path=self._premises.local(path))
        local = after.values["local_path"]
        old = seen.old_path if seen.local_path == local else seen.local_path
        before = sharing(seen)
        rows.update(Document, seen.id, **after.values, old_path=old)
        acts.finish(act, after, self._clock.now())
        detail = f"{_place(Version.of(seen))} -> {_place(after)}"
        if act.kind == Kind.REJECTED:
            detail = f"{_place(after)}: {after.values['rejected_reason']}"
        self._told.audit(act.by, AUDITED[Kind(act.kind)], f"document {seen.id}", detail)
        return self._mirror(seen.id, before)

    def _mirror(self, document_id: int, before: Sequence[Document]) -> list[chores.Posted]:
        """Inside a unit: of documents that are one file, one holds the copy on Drive. Which one it
        is may change for all that were, or are now, one file with this."""
        now = sharing(Document.get_by_id(document_id))
        concerned = {each.id for each in (*before, *now)}
        return [posted for each in sorted(concerned) for posted in self._told.mirror(each)]

    def _remove_old(self, document_id: int) -> None:
        """Only the very bytes that were put there: what a person has changed stays theirs."""
        document = rows.find(Document, id=document_id)
        if document is None or document.old_path is None or _is_awaited(document):
            return
        try:
            is_kept = _is_at(document.old_path, document.sha256)
            if not Document.select().where(*is_kept).exists():
                _remove(self._premises.path(document.old_path), document.sha256)
            self._store.write(lambda: rows.update(Document, document_id, old_path=None))
        except TemporaryError:  # open in a program, or the disk is full: at the next sweep
            log.warning("old file not removed yet", document=document_id)

    def sweep(self) -> int:
        """At start, and at night: end what a crash or a full disk has interrupted; how many."""
        with self._premises.turn:
            batches = acts.open_batches()
            for batch in batches:
                self._go_on(batch)
            return len(batches) + self.clear()

    def clear(self) -> int:
        """Remove the old files that rows still name; how many rows there were."""
        table = Document
        moved = table.select(table.id).where(table.old_path.is_null(False)).tuples()
        left = [row_id for (row_id,) in moved]
        for row_id in left:
            self._remove_old(row_id)
        return len(left)

    def bring(self, document_id: int, folder: Path | None = None) -> None:
        """Have it in that folder, or in its dossier's: no act of anybody's. Repeated, no harm."""
        document = self.ready(document_id)
        if document is None or is_put_away(document):
            return
        premises = self._premises
        folder = folder or premises.folder_of(document.dossier_id, document.sender)
        source, sha256 = premises.source(document), document.sha256
        premises.cabinet.forget(folder)
        path = premises.cabinet.put(source, folder, document.name, sha256)
        local = premises.local(path)

        def unit() -> list[chores.Posted]:
            old = document.local_path if document.local_path != local else None
            before = sharing(document)
            rows.update(Document, document_id, local_path=local, name=path.name, old_path=old)
            return self._mirror(document_id, before)

        self._told.wake(self._store.write(unit))
        self._remove_old(document_id)


def stored(document_id: int) -> Document | None:
    """The document, if it is kept: one on its way to its folder is not moved."""
    document = rows.find(Document, id=document_id)
    return document if document is not None and document.stored_at is not None else None


def sharing(document: Document) -> list[Document]:
    """The documents that share its file: the same bytes in the same folder are one file.

    Not one that only claims the place: its own file was deleted there, and the name given anew.
    """
    if document.local_path is None:
        return [document]
    is_it = _is_at(document.local_path, document.sha256)
    return list(Document.select().where(*is_it).order_by(Document.id))


def _is_at(local_path: str, sha256: str) -> tuple[object, object]:
    return Document.local_path == local_path, Document.sha256 == sha256


def _respelt(old: Path, target: Path, document: Document) -> Path | None:
    """The same name in other capitals: to many disks no other name. None if that is not all."""
    with disk.translated(old.parent):
        if not old.is_file() or disk.sha256_of(old) != document.sha256:
            return None
        if old.name == target.name:
            return old
        if target.exists():
            if not target.samefile(old):
                return None
            old.rename(target)  # one file by two spellings: nothing is in its way
            disk.fsync_folder(old.parent)
            return target
        return target if disk.publish(old, target) else None


def _is_awaited(document: Document) -> bool:
    """Whether the same bytes are just being filed: perhaps by finding this very file."""
    is_coming = (Document.stored_at.is_null(), Document.destroyed_at.is_null())
    twins = Document.select().where(Document.sha256 == document.sha256, *is_coming)
    return bool(twins.exists())


def _is_spelt_so(path: Path) -> bool:
    """Whether the folder has that very name. Many disks would find it by other capitals, too: a
    document that was only respelt would be removed as its own old file."""
    is_there = path.parent.is_dir()
    return is_there and any(each.name == path.name for each in path.parent.iterdir())


def _remove(old: Path, sha256: str) -> None:
    with disk.translated(old.parent):
        if _is_spelt_so(old) and old.is_file() and disk.sha256_of(old) == sha256:
            disk.discard(old)
            disk.fsync_folder(old.parent)
        if old.parent.is_dir() and next(old.parent.iterdir(), None) is None:
            old.parent.rmdir()


def _place(version: Version) -> str:
    """For the audit log: under which reference and name."""
    dossier = (
        rows.find(Dossier, id=version.values["dossier"]) if version.values["dossier"] else None
    )
    return f"{dossier.reference if dossier else 'to be filed'} / {version.values['name']}"
