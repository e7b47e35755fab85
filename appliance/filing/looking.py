"""Looks what people did in the folders: changed, renamed, moved, deleted, put there. Only looks.

A file is read only when it looks otherwise than when its bytes were last known to be right, so that
a night costs a look at each name; and never more than so many bytes a night. What is known by then
is kept: a look that is stopped, or has read enough, goes on where it was.
"""

import os
import stat
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from appliance import disk, names
from appliance.errors import Stop, StoppedError, TemporaryError, mark
from appliance.filing.findings import FindingKind, Findings, Found, Look
from appliance.filing.folders import TO_FILE
from appliance.filing.premises import Premises, is_put_away
from appliance.store import rows
from appliance.store.models import Client, Document, Dossier

log = structlog.get_logger()

STEP = 200  # documents between two commits, and two looks at the stop sign
BYTES = 2 * 1024**3  # read a night: a minute or two of a slow disk
NAMED = 300  # foreign files that are named: more is an archive of somebody's, not a stray file
SLACK = 2_000_000_000  # nanoseconds: some disks count time in steps of two seconds
NOT_THERE = mark(
    "No document is found in %(folder)s: connect its disk again, or choose the folder in which "
    "your documents are"
)
UNREADABLE = Look(-1, -1)
_NOT_OURS = ("thumbs.db", "desktop.ini")  # what Windows makes by itself


@dataclass
class _Seen:
    """What one look has found so far."""

    ours: dict[str, str] = field(default_factory=dict)  # local paths, by what is the same name
    right: dict[int, Look] = field(default_factory=dict)  # since the last commit
    missing: list[Document] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    known: dict[tuple[str, Look], str] = field(default_factory=dict)
    is_any_there: bool = False
    budget: int = BYTES  # bytes that may still be read
    is_whole: bool = True  # False: some file was not read, because enough was


class Looking:
    """Compares the folders with the rows."""

    def __init__(self, premises: Premises, findings: Findings, budget: int = BYTES) -> None:
        self._premises = premises
        self._findings = findings
        self._budget = budget

    def take(self, stop: Stop) -> int:
        """Look at everything; how many findings are open then. Raises StoppedError.

        TemporaryError when the folder is not there at all: an unplugged disk is no deletion.
        """
        seen = _Seen(budget=self._budget, known=self._findings.known())
        with disk.translated(self._premises.root):
            os.scandir(self._premises.root).close()
        for documents in _in_steps():
            if stop():
                raise StoppedError
            self._compare(documents, seen)
        strangers = list(self._strangers(seen, stop))
        if seen.missing and not seen.is_any_there and not strangers:
            raise TemporaryError(NOT_THERE, counts=False, folder=str(self._premises.root))
        self._trace(seen, strangers, stop)
        return self._note(seen)

    def _compare(self, documents: list[Document], seen: _Seen) -> None:
        documents = [document for document in documents if not is_put_away(document)]
        looks = self._findings.looks([document.id for document in documents])
        for document in documents:
            for path in (document.local_path, document.old_path):
                if path is not None:
                    seen.ours[names.key(path)] = path
            self._compare_one(document, looks.get(document.id), seen)
        self._findings.saw(seen.right)
        seen.right = {}

    def _compare_one(self, document: Document, before: Look | None, seen: _Seen) -> None:
        path = self._premises.path(document.local_path)
        look = _look(path)
        if look is None:
            seen.missing.append(document)
            return
        seen.is_any_there = True
        if look == UNREADABLE:
            seen.is_whole = False
            return
        if look.size == document.size:
            if look == before:
                return
            placed_at = int(document.stored_at.timestamp() * 1_000_000_000)
            if before is None and look.modified <= placed_at + SLACK:
                seen.right[document.id] = look
                return
            sha256 = self._hash(document.local_path, look, seen)
            if sha256 is None:
                return
            if sha256 == document.sha256:
                seen.right[document.id] = look
                return
        else:
            sha256 = None
        found = Found(FindingKind.CHANGED, document.id, document.local_path, None, look, sha256)
        seen.found.append(found)

    def _hash(self, local: str, look: Look, seen: _Seen) -> str | None:
        """None: it was not read now, be it that enough was, be it that somebody has it open."""
        known = seen.known.get((local, look))
        if known is not None:
            return known
        if look.size > seen.budget:
            seen.is_whole = False
            return None
        seen.budget -= look.size
        try:
            return disk.sha256_of(self._premises.path(local))
        except OSError:
            seen.is_whole = False
            return None

    def _strangers(self, seen: _Seen, stop: Stop) -> Iterator[tuple[str, Look]]:
        """Files that are no document's: in dossiers' folders, and of the size of a lost one."""
        sizes = {document.size for document in seen.missing}
        dossiers, named = _folders(), 0
        for folder, _, files in os.walk(self._premises.root):
            if stop():
                raise StoppedError
            local = self._premises.local(Path(folder))
            is_ours = _top(local) in dossiers or local.split("/")[0] == TO_FILE
            for name in sorted(files):
                path = Path(folder, name)
                look = _look(path)
                rel = self._premises.local(path)
                if look in (None, UNREADABLE) or _is_nobodys(name) or not _is_text(rel):
                    continue
                if self._is_ours(rel, path, seen):
                    continue
                if is_ours and named < NAMED:
                    named += 1
                elif look.size not in sizes:
                    continue
                yield rel, look

    def _is_ours(self, rel: str, path: Path, seen: _Seen) -> bool:
        known = seen.ours.get(names.key(rel))
        if known is None or known == rel:
            return known is not None
        try:
            return path.samefile(self._premises.path(known))  # the same, to this disk
        except OSError:
            return False

    def _trace(self, seen: _Seen, strangers: list[tuple[str, Look]], stop: Stop) -> None:
        """Where the missing ones are, by their bytes; what is left over is foreign."""
        by_size: defaultdict[int, list[tuple[str, Look]]] = defaultdict(list)
        for rel, look in strangers:
            by_size[look.size].append((rel, look))
        taken: dict[str, Look] = {}
        for document in seen.missing:
            if stop():
                raise StoppedError
            where = self._where(document, by_size[document.size], seen, taken)
            if where is None:
                seen.found.append(Found(FindingKind.GONE, document.id, document.local_path))
                continue
            rel, look = where
            taken[rel] = look
            found = Found(
                FindingKind.MOVED, document.id, document.local_path, rel, look, document.sha256
            )
            seen.found.append(found)
        dossiers = _folders()
        for rel, look in strangers:
            if rel not in taken and (_top(rel) in dossiers or rel.split("/")[0] == TO_FILE):
                sha256 = seen.known.get((rel, look))
                seen.found.append(Found(FindingKind.FOREIGN, None, rel, None, look, sha256))

    def _where(
        self,
        document: Document,
        strangers: list[tuple[str, Look]],
        seen: _Seen,
        taken: dict[str, Look],
    ) -> tuple[str, Look] | None:
        """Those of its own name first, then those in its own folder."""
        name, folder = document.name, document.local_path.rpartition("/")[0]

        def distance(each: tuple[str, Look]) -> tuple[bool, bool, str]:
            place, _, called = each[0].rpartition("/")
            return called != name, place != folder, each[0]

        for rel, look in sorted(strangers, key=distance):
            if rel in taken and taken[rel] == look and not _is_shared(document, seen, rel):
                continue
            sha256 = self._hash(rel, look, seen)
            if sha256 is not None:
                seen.known[rel, look] = sha256
            if sha256 == document.sha256:
                return rel, look
        return None

    def _note(self, seen: _Seen) -> int:
        """What is still so when nobody moves anything is written down."""
        premises = self._premises
        for start in range(0, len(seen.found), STEP):
            with premises.turn:
                still = [each for each in seen.found[start : start + STEP] if self._is_so(each)]
                self._findings.write(still)
        if seen.is_whole:
            self._findings.settle_others(seen.found)
        log.info("folders looked at", findings=len(seen.found), whole=seen.is_whole)
        return len(seen.found)

    def _is_so(self, found: Found) -> bool:
        premises = self._premises
        if found.document_id is None:
            is_there = _look(premises.path(found.path)) == found.look
            return is_there and not _is_claimed(found)
        document = rows.find(Document, id=found.document_id)
        if document is None or document.local_path != found.path:
            return False
        look = _look(premises.path(found.path))
        return look == found.look if found.kind == FindingKind.CHANGED else look is None


def _in_steps() -> Iterator[list[Document]]:
    last = 0
    kept = (Document.stored_at.is_null(False), Document.local_path.is_null(False))
    while documents := list(
        Document.select().where(Document.id > last, *kept).order_by(Document.id).limit(STEP)
    ):
        yield documents
        last = documents[-1].id


def _look(path: Path) -> Look | None:
    """None: no file is there. UNREADABLE: nobody can tell."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return UNREADABLE
    return Look(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _folders() -> set[str]:
    query = Dossier.select(Dossier.folder, Client.folder).join(Client).tuples()
    return {f"{client}/{dossier}" for dossier, client in query}


def _top(local: str) -> str:
    """The dossier's folder in which this is, if it is in one."""
    return "/".join(local.split("/")[:2])


def _is_nobodys(name: str) -> bool:
    """What programs leave behind, ours among them."""
    return name.startswith((".", "~")) or name.endswith(".tmp") or name.lower() in _NOT_OURS


def _is_text(name: str) -> bool:
    """Whether a row can say it: Linux takes any bytes for a name, and no program can send these."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_shared(document: Document, seen: _Seen, rel: str) -> bool:
    """Whether the document that was found there shares its file with this one."""
    return any(each.other_path == rel and each.path == document.local_path for each in seen.found)


def _is_claimed(found: Found) -> bool:
    """Whether a document was put there meanwhile, or is just being."""
    here = (Document.local_path == found.path) | (Document.old_path == found.path)
    is_coming = Document.stored_at.is_null() & Document.destroyed_at.is_null()
    is_coming &= Document.size == (found.look or Look(0, 0)).size
    return bool(Document.select().where(here | is_coming).exists())
