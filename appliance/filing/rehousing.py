"""A client or a dossier gets another name or place: its folder on disk moves as one, rows follow.

What is wanted is written down first; then the folder is renamed, which is one step of the disk's;
then, in one commit, the register and every document's row say so. Where something is in the way
(a folder of that name, a path too long for Windows) each document goes by itself, and what else
lies in the folder after them. Cut anywhere, the next start goes on. Owns folder_moves.

A reference is never changed: the firm's list finds a dossier by it. A list that brings another
title changes the title only; the folder follows when a person asks for it here.
"""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import structlog
from peewee import Value, fn

from appliance import chores, names
from appliance.clock import Clock
from appliance.errors import GreffierError, PermanentError, mark
from appliance.filing import uprooting
from appliance.filing.acts import Done, Kind, Told
from appliance.filing.carrying import Carrier
from appliance.filing.folders import TO_FILE
from appliance.filing.placing import PATH_UNITS
from appliance.filing.premises import Premises
from appliance.firm.register import Register
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Act, Client, Document, Dossier, FolderMove

log = structlog.get_logger()

NAME_TAKEN = mark(
    "Another client is called %(name)s: choose a name that tells them apart, or move the dossiers "
    "to that client."
)


class What(StrEnum):
    """Whose folder it is."""

    CLIENT = "client"
    DOSSIER = "dossier"


class Rehousing:
    """Renames clients and dossiers, and gives dossiers to other clients, on disk and in the rows.

    Its methods may raise TemporaryError when the disk is full or cannot be written: what was begun
    is ended at the next start; and PermanentError when a person must do something first: then
    nothing has been done.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        premises: Premises,
        carrier: Carrier,
        register: Register,
        told: Told,
    ) -> None:
        self._store = store
        self._clock = clock
        self._premises = premises
        self._carrier = carrier
        self._register = register
        self._told = told

    def rename_client(self, client_id: int, name: str, by: str) -> Done:
        """Call a client so everywhere; their folder too."""
        with self._premises.turn:
            self._end_open()
            client, name = rows.find(Client, id=client_id), " ".join(name.split())
            if client is None:
                return Done.GONE
            if not name:
                return Done.SAME
            namesake = rows.find(Client, name_key=names.key(name))
            if namesake is not None and namesake.id != client_id:
                raise PermanentError(NAME_TAKEN, name=name)
            others = Client.select(Client.folder).where(Client.id != client_id)
            taken = {names.key(other.folder) for other in others} | {names.key(TO_FILE)}
            folder = self._free(
                client.folder, "", lambda units: names.folder_name(name, "Client", units), taken
            )
            if (name, folder) == (client.name, client.folder):
                return Done.SAME
            wanted = {"name": name, "folder": folder}
            move = self._begin(What.CLIENT, client_id, (client.folder, folder), wanted, by)
            return self._carry_out(move)

    def retitle(self, dossier_id: int, title: str, by: str) -> Done:
        """Give a dossier another title; its folder bears it too."""
        return self._rehouse(dossier_id, None, " ".join(title.split()), by)

    def hand_over(self, dossier_id: int, client_id: int, by: str) -> Done:
        """Give a dossier, with all its documents, to another client."""
        return self._rehouse(dossier_id, client_id, None, by)

    def _rehouse(self, dossier_id: int, client_id: int | None, title: str | None, by: str) -> Done:
        with self._premises.turn:
            self._end_open()
            dossier = rows.find(Dossier, id=dossier_id)
            client = rows.find(Client, id=client_id or (dossier.client_id if dossier else 0))
            if dossier is None or client is None:
                return Done.GONE
            title = title or dossier.title
            of_client = Dossier.client == client.id
            others = Dossier.select(Dossier.folder).where(of_client, Dossier.id != dossier_id)
            taken = {names.key(other.folder) for other in others}
            before = f"{dossier.client.folder}/{dossier.folder}"
            folder = self._free(before, client.folder, _called(dossier.reference, title), taken)
            after = f"{client.folder}/{folder}"
            if (title, after) == (dossier.title, before):
                return Done.SAME
            wanted = {"client": client.id, "title": title, "folder": folder}
            move = self._begin(What.DOSSIER, dossier_id, (before, after), wanted, by)
            return self._carry_out(move)

    def sweep(self) -> int:
        """At start, and at night: end what was interrupted; how many folders there were."""
        with self._premises.turn:
            count = 0
            for move in _open():
                try:
                    self._carry_out(move)
                    count += 1
                except GreffierError as error:
                    log.warning("folder still to be moved", id=move.id, why=type(error).__name__)
            for move in FolderMove.select().where(FolderMove.done_at.is_null(False)):
                self._fetch_stragglers(move)
            return count

    def _end_open(self) -> None:
        """What was interrupted comes first: its places are said by the names of then."""
        for move in _open():
            self._carry_out(move)

    def _free(self, before: str, parent: str, called: Callable[[int], str], taken: set[str]) -> str:
        """A folder name that no other of ours has, short enough for what lies in the folder."""
        own = before.rpartition("/")[2]
        head = names.length(str(self._premises.root.joinpath(parent))) + 2
        room = PATH_UNITS - head - _longest(before)
        units = min(names.FOLDER_UNITS, max(room, names.length(own)))
        number, wanted = 1, called(units)
        while names.key(names.numbered_folder(wanted, number, units)) in taken:
            number += 1
        return names.numbered_folder(wanted, number, units)

    def _begin(
        self, kind: What, subject_id: int, way: tuple[str, str], wanted: Mapping[str, Any], by: str
    ) -> FolderMove:
        now = self._clock.now()
        return self._store.write(
            lambda: rows.insert(
                FolderMove,
                kind=kind.value,
                subject_id=subject_id,
                from_path=way[0],
                to_path=way[1],
                wanted=json.dumps(dict(wanted), ensure_ascii=False),
                by=by,
                begun_at=now,
            )
        )

    def _carry_out(self, move: FolderMove) -> Done:
        old, new = (self._premises.path(path) for path in (move.from_path, move.to_path))
        try:
            self._move_on_disk(move)
        except PermanentError:
            if not new.exists() or old == new:  # nothing has been done
                self._store.insist(FolderMove.delete().where(FolderMove.id == move.id).execute)
            raise
        self._premises.cabinet.forget()
        self._told.wake(self._store.write(lambda: self._end(move)))
        log.info("folder moved", kind=move.kind, id=move.subject_id)
        self._fetch_stragglers(move)
        return Done.DONE

    def _move_on_disk(self, move: FolderMove) -> None:
        root = self._premises.root
        old, new = root.joinpath(move.from_path), root.joinpath(move.to_path)
        if move.from_path == move.to_path or not old.is_dir():
            return
        head = names.length(str(new)) + 1
        if head + _longest(move.from_path) <= PATH_UNITS and uprooting.renamed(old, new):
            return
        for document_id, local_path in _below(move.from_path):
            inner = local_path[len(move.from_path) + 1 :].rpartition("/")[0]
            try:
                self._carrier.bring(document_id, new / inner)
            except PermanentError:  # its bytes are gone: whatever lies there goes with the rest
                log.exception("document not moved with its folder", id=document_id)
        self._carrier.clear()  # else what was moved before a cut would be taken for a person's file
        uprooting.pour(old, new)

    def _end(self, move: FolderMove) -> list[chores.Posted]:
        """Inside a unit: register and rows say what the disk shows already."""
        seen = rows.find(FolderMove, id=move.id)
        if seen is None or seen.done_at is not None:
            return []
        wanted = json.loads(move.wanted)
        if move.kind == What.CLIENT:
            self._register.rename_client(move.subject_id, wanted["name"], wanted["folder"])
            kind = chores.Kind.MIRROR_CLIENT
        else:
            client_id, title = wanted["client"], wanted["title"]
            self._register.rehouse(move.subject_id, client_id, title, wanted["folder"])
            is_in = Document.dossier == move.subject_id
            Document.update(client=client_id).where(is_in).execute()
            kind = chores.Kind.MIRROR_DOSSIER
        if move.from_path != move.to_path:
            _follow(move.from_path, move.to_path)
        rows.update(FolderMove, move.id, done_at=self._clock.now())
        subject = f"{move.kind}:{move.subject_id}"
        detail = f"{move.from_path} -> {move.to_path}"
        self._told.audit(move.by, f"{move.kind} folder moved", subject, detail)
        return self._told.mirror_folder(kind, move.subject_id)

    def _fetch_stragglers(self, move: FolderMove) -> None:
        """What was just being filed when the folder moved may have gone to the old place."""
        if move.from_path == move.to_path or _is_in_use(move.from_path):
            return
        for document_id, _ in _below(move.from_path):
            placed = (Act.document == document_id, Act.kind == Kind.FOLLOWED)
            if Act.select().where(*placed).exists():
                continue  # a person's own choice stays
            try:
                self._carrier.bring(document_id)
            except GreffierError as error:  # its row is true meanwhile; tonight again
                log.warning("straggler not fetched", id=document_id, why=type(error).__name__)


def _called(reference: str, title: str) -> Callable[[int], str]:
    return lambda units: names.dossier_folder_name(
        reference, "" if title == reference else title, units
    )


def _open() -> list[FolderMove]:
    query = FolderMove.select().where(FolderMove.done_at.is_null())
    return list(query.order_by(FolderMove.id))


def _within(column: Any, folder: str) -> Any:
    """Whether a path lies below the folder: by the order of texts, which an index knows."""
    return (column >= f"{folder}/") & (column < f"{folder}0")  # "0" comes right after "/"


def _below(folder: str) -> list[tuple[int, str]]:
    query = Document.select(Document.id, Document.local_path)
    return list(query.where(_within(Document.local_path, folder)).order_by(Document.id).tuples())


def _longest(folder: str) -> int:
    """How long the longest path is from this folder on."""
    return max((names.length(path[len(folder) + 1 :]) for _, path in _below(folder)), default=0)


def _follow(before: str, after: str) -> None:
    """Inside a unit: every row that names the folder names the new one."""
    for column in (Document.local_path, Document.old_path):
        moved = fn.SUBSTR(column, len(before) + 1)
        changed = Document.update({column: Value(after).concat(moved)})
        changed.where(_within(column, before)).execute()


def _is_in_use(folder: str) -> bool:
    """Whether some client or dossier of today has this folder."""
    client, _, dossier = folder.partition("/")
    if not dossier:
        return rows.find(Client, folder_key=names.key(client)) is not None
    query = Dossier.select(Dossier.id).join(Client)
    return bool(query.where(Client.folder == client, Dossier.folder == dossier).exists())
