"""The cabinet as the dashboard sees it: dossiers, their documents, what waits, what was done."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from peewee import fn

from appliance import names
from appliance.filing import acts
from appliance.filing.acts import Version
from appliance.filing.findings import open_findings
from appliance.filing.fitting import Filing
from appliance.filing.settling import dossier_of
from appliance.firm.parties import folded
from appliance.firm.scope import Condition, Scope
from appliance.keeping.legal import open_hold
from appliance.store import rows
from appliance.store.models import (
    Act,
    Client,
    Document,
    Dossier,
    Finding,
    FolderMove,
)
from appliance.upkeep.night import last_run

PAGE = 40  # documents of a page
LATELY = 3  # acts of one's own on the page of today
ACTS = 10  # acts that are shown with their undo
OFFERED = 500  # dossiers that a form proposes: the newest
BETWEEN = " · "  # reference, title and client of a dossier, in the text that a form proposes
TASK = "disk"  # the night's look at the folders


@dataclass(frozen=True)
class ActSeen:
    """Something that was done, to one file, and whether it may still be undone."""

    act: Act
    before: Version
    after: Version
    came_from: Dossier | None
    went_to: Dossier | None
    may_be_undone: bool


@dataclass(frozen=True)
class DossierSeen:
    """A dossier with a page of its documents, newest first."""

    dossier: Dossier
    documents: Sequence[Document]
    count: int
    page: int
    pages: int
    deeds: Sequence[ActSeen]
    has_own_folder: bool  # False: its folder bears another title than it has
    is_held: bool  # nothing leaves it, nothing of it is destroyed


@dataclass(frozen=True)
class Group:
    """Findings of one kind that lie together: a folder that was moved is one, not two hundred."""

    kind: str
    folder: str
    other_folder: str
    findings: Sequence[Finding]
    to_dossier: Dossier | None  # where the documents would be, if it were taken so


@dataclass(frozen=True)
class DiskSeen:
    """What people changed on disk, and what of ours is not at its end there."""

    groups: Sequence[Group]
    count: int
    looked_at: datetime | None
    moves: Sequence[FolderMove]


class CabinetBoard:
    """Reads for the pages of the cabinet; acts through `filing`. `look`: begin a look now."""

    def __init__(self, filing: Filing, look: Callable[[str], None]) -> None:
        self.filing = filing
        self._look = look

    def look(self) -> None:
        """Have the folders looked at now; returns at once."""
        self._look(TASK)

    def dossier(self, dossier_id: int, page: int, scope: Scope) -> DossierSeen | None:
        """None: there is no such dossier. Where its documents came from is told within `scope`."""
        dossier = rows.find(Dossier, id=dossier_id)
        if dossier is None:
            return None
        is_in = Document.stored_at.is_null(False) & (Document.dossier == dossier_id)
        # Documents that share a file are one to whoever looks: the first of them is shown.
        first = (
            Document.select(fn.MIN(Document.id))
            .where(is_in)
            .group_by(fn.COALESCE(Document.local_path, Document.id), Document.sha256)
        )
        query = Document.select().where(Document.id.in_(first))
        count = query.count()
        pages = max(-(-count // PAGE), 1)
        page = min(max(page, 1), pages)
        shown = query.order_by(Document.received_at.desc(), Document.id.desc()).paginate(page, PAGE)
        touches = (Act.from_dossier == dossier_id) | (Act.to_dossier == dossier_id)
        wanted = names.dossier_folder_name(
            dossier.reference, "" if dossier.title == dossier.reference else dossier.title
        )
        has_own = re.fullmatch(re.escape(wanted) + r"( \(\d+\))?", dossier.folder) is not None
        is_held = open_hold(dossier.id) is not None
        deeds = list(_deeds(touches, scope))
        return DossierSeen(dossier, list(shown), count, page, pages, deeds, has_own, is_held)

    def lately(self, by: str, scope: Scope) -> list[ActSeen]:
        """What this person did last and may still undo; newest first."""
        undoable = (deed for deed in _deeds(Act.by == by, scope) if deed.may_be_undone)
        return list(islice(undoable, LATELY))

    def disk(self, scope: Scope) -> DiskSeen:
        """What waits for a choice."""
        found = sorted(self._findings(scope), key=_together)
        groups = [_group(*key, list(some)) for key, some in groupby(found, key=_together)]
        moves = FolderMove.select().where(FolderMove.done_at.is_null())
        return DiskSeen(groups, len(found), last_run(TASK), list(moves))

    def sees_finding(self, finding_id: int, scope: Scope) -> bool:
        """Whether it is of a document or a folder that they see."""
        finding = rows.find(Finding, id=finding_id)
        return finding is not None and _is_seen(finding, scope)

    def changed(self, scope: Scope) -> int:
        """How many changes on the disk wait for a choice."""
        return len(self._findings(scope))

    def _findings(self, scope: Scope) -> list[Finding]:
        return [finding for finding in open_findings() if _is_seen(finding, scope)]

    def document_of(self, batch: int, scope: Scope) -> int | None:
        """The document that this act was done to; the first, if several share its file.

        None: there is none, or it, where it came from or where it went is not for them to see.
        """
        act = rows.find(Act, id=batch)
        if act is None or not scope.sees_document(act.document_id):
            return None
        places = (act.from_dossier, act.to_dossier)
        is_seen = all(scope.sees_dossier(place) for place in places if place is not None)
        return act.document_id if is_seen else None

    def offered(self, scope: Scope) -> list[str]:
        """What a form proposes for a dossier: its reference, its title, its client."""
        query = Dossier.select(Dossier, Client).join(Client).where(scope.dossiers())
        return [called(dossier) for dossier in query.order_by(Dossier.id.desc()).limit(OFFERED)]

    def clients(self, scope: Scope) -> list[str]:
        """Their names, for a form that proposes them."""
        query = Client.select(Client.name).where(scope.clients()).order_by(Client.name_key)
        return [name for (name,) in query.tuples()]

    def dossier_by(self, text: str, scope: Scope) -> Dossier | None:
        """The one that somebody wrote: by what a form proposes, its reference, or certain words."""
        for reference in (text, text.partition(BETWEEN)[0]):
            found = rows.find(Dossier, reference_key=names.key(reference.strip()))
            if found is not None and scope.sees_dossier(found.id):
                return found
        named = _by_words(folded(text).split(), scope)
        return rows.find(Dossier, id=named[0]) if len(named) == 1 else None

    def client_by(self, name: str, scope: Scope) -> Client | None:
        found = rows.find(Client, name_key=names.key(" ".join(name.split())))
        return found if found is not None and scope.sees_client(found.id) else None


def called(dossier: Dossier) -> str:
    """A dossier in one line, to choose it by any of its words."""
    return BETWEEN.join((dossier.reference, dossier.title, dossier.client.name))


def _by_words(words: Sequence[str], scope: Scope) -> list[int]:
    """The dossiers whose reference, title or client has all these words; none for no word."""
    query = Dossier.select(Dossier.id, Dossier.reference, Dossier.title, Client.name).join(Client)
    return [
        row_id
        for row_id, *texts in query.where(scope.dossiers()).tuples()
        if words and all(word in folded(" ".join(texts)) for word in words)
    ]


def _is_seen(finding: Finding, scope: Scope) -> bool:
    """What nobody put into a dossier is everybody's."""
    if finding.document_id is not None:
        return scope.sees_document(finding.document_id)
    dossier = dossier_of((finding.other_path or finding.path).split("/"))
    return scope.sees_dossier(dossier.id) if dossier is not None else not scope.sees_nothing


def _deeds(which: Any, scope: Scope) -> Iterator[ActSeen]:
    """The last acts, one for each file that was moved; newest first.

    Each is looked at until there are enough: to list first what they see would cost more each year.
    """
    firsts = Act.select().where(which, Act.id == Act.batch, Act.done_at.is_null(False))
    seen = firsts.where(_names_only(Act.from_dossier, scope), _names_only(Act.to_dossier, scope))
    document = Document.select(Document.id).where(Document.id == Act.document)
    of_seen = seen.where(fn.EXISTS(document.where(scope.documents())))
    return map(_deed, of_seen.order_by(Act.id.desc()).limit(ACTS))


def _names_only(dossier: Any, scope: Scope) -> Condition:
    """An act is told only if every dossier that it names is theirs to see."""
    seen: Condition = scope.dossiers(dossier)
    return dossier.is_null() | seen


def _deed(act: Act) -> ActSeen:
    came, went = (
        rows.find(Dossier, id=row_id) if row_id is not None else None
        for row_id in (act.from_dossier, act.to_dossier)
    )
    before, after = Version.read(act.before), Version.read(act.after)
    return ActSeen(act, before, after, came, went, acts.may_be_undone(acts.of_batch(act.batch)))


def _together(finding: Finding) -> tuple[str, str, str]:
    other = (finding.other_path or "").rpartition("/")[0]
    return finding.kind, finding.path.rpartition("/")[0], other


def _group(kind: str, folder: str, other: str, findings: Sequence[Finding]) -> Group:
    there = findings[0].other_path or findings[0].path
    return Group(kind, folder, other, findings, dossier_of(there.split("/")))
