"""The folders of a small firm: documents that came, people who move them, power that fails."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from appliance.chores import Kind, Posted
from appliance.disk import sha256_of
from appliance.filing.acts import Told
from appliance.filing.findings import Choice, open_findings
from appliance.filing.fitting import Filing, filing
from appliance.filing.folders import Arrival, Folders, Place
from appliance.filing.matching import ClientToAsk, Match, OneDossier, Reason, UnknownSender
from appliance.filing.placing import Cabinet
from appliance.filing.premises import Premises
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.wording import Wording
from tests.support import Hands

FIRM = """client;phone;dossier;title
Gharbi;+21620000002;2026-7;Bail
Gharbi;;2026-8;Succession
Ben Youssef;+21620000001;2026-1;Divorce
"""
STRANGER = "+21699999999"
POWER_FAILED = 9
_DISK_EVENTS = frozenset({"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir"})


class Archive:
    """A store and its folders; `opened` again, what a crash has left is ended, as at a start."""

    def __init__(self, data: Path, store: Store, clock: Hands) -> None:
        self.store, self.clock = store, clock
        self.root = data / "Dossiers"
        self.media = data / "media"
        self.root.mkdir(exist_ok=True)
        self.media.mkdir(exist_ok=True)
        self.register = Register(store, clock)
        self.mirrored: list[tuple[str, int]] = []
        cabinet = Cabinet()
        premises = Premises(self.root, cabinet, lambda sha256: self.media / sha256)
        self.filing: Filing = filing(store, clock, premises, self.register, self._told())
        place = Place(self.root, ZoneInfo("Africa/Tunis"))
        self.folders = Folders(store, clock, place, cabinet, Wording("fr", "Africa/Tunis"))

    @classmethod
    @contextmanager
    def opened(cls, data: Path, clock: Hands | None = None) -> Iterator["Archive"]:
        clock = clock or Hands()
        store = Store.open(data, clock)
        try:
            archive = cls(data, store, clock)
            if not models.Client.select().exists():
                archive.register.import_file(parse(FIRM.encode(), "TN"))
            archive.folders.sweep()
            archive.filing.sweep()
            yield archive
        finally:
            store.close()

    def _told(self) -> Told:
        def mirror(kind: Kind, subject_id: int) -> list[Posted]:
            self.mirrored.append((kind.value, subject_id))
            return []

        audit = Users(self.store, self.clock, session_hours=12).audit
        return Told(audit, lambda row_id: mirror(Kind.MIRROR, row_id), mirror, lambda _: None)

    def dossier(self, reference: str) -> models.Dossier:
        found: models.Dossier = models.Dossier.get(models.Dossier.reference == reference)
        return found

    def client(self, name: str) -> models.Client:
        found: models.Client = models.Client.get(models.Client.name == name)
        return found

    def row(self, document_id: int) -> models.Document:
        found: models.Document = models.Document.get_by_id(document_id)
        return found

    def comes(
        self, content: bytes, name: str, dossier: str | None = None, sender: str = STRANGER
    ) -> int:
        """A file arrives, for that dossier or for nobody knows whom; the document's id."""
        unnamed = self.media / "coming"
        unnamed.write_bytes(content)
        sha256 = sha256_of(unnamed)
        source = unnamed.rename(self.media / sha256)
        message = self.store.write(lambda: self._message(sender))
        arrival = Arrival(message, sha256, len(content), "application/pdf", name)
        reserved = self.folders.reserve(arrival, source, self._match(dossier))
        path = self.folders.place(reserved, source)
        self.store.write(lambda: self.folders.placed(reserved.document, path))
        document_id: int = reserved.document.id
        return document_id

    def _message(self, sender: str) -> models.Message:
        now = self.clock.now()
        wamid = f"wamid.{models.Message.select().count()}"
        return rows.insert(
            models.Message, wamid=wamid, sender=sender, type="document", raw="{}", received_at=now
        )

    def _match(self, dossier: str | None) -> Match:
        if dossier is None:
            return UnknownSender(Reason.UNKNOWN_NUMBER)
        if dossier.startswith("?"):
            return ClientToAsk(self.client(dossier[1:]).id, Reason.SEVERAL_DOSSIERS)
        found = self.dossier(dossier)
        return OneDossier(found.client_id, found.id)

    def looks(self) -> list[tuple[str, str, str | None]]:
        """What is found when somebody looks: kind, place, other place."""
        self.filing.looking.take(lambda: False)
        return [(row.kind, row.path, row.other_path) for row in open_findings()]

    def chooses(self, choice: Choice, by: str = "Nour") -> list[str]:
        """The same choice for everything that is found."""
        return [self.filing.choose(row.id, choice, by).value for row in open_findings()]

    @property
    def files(self) -> list[str]:
        """Every file below the root."""
        found = [path for path in self.root.rglob("*") if path.is_file()]
        return sorted(path.relative_to(self.root).as_posix() for path in found)

    @property
    def contents(self) -> Counter[str]:
        """How often each content is on the disk."""
        return Counter(sha256_of(path) for path in self.root.rglob("*") if path.is_file())

    def holds(self, document_id: int) -> bool:
        """Whether the bytes of the document are where its row says."""
        row = self.row(document_id)
        path = self.root / row.local_path
        return path.is_file() and sha256_of(path) == row.sha256

    def audit(self) -> list[str]:
        query = models.AuditEntry.select().order_by(models.AuditEntry.id)
        return [f"{entry.actor}: {entry.action}" for entry in query]


def cut(data: Path, at: int, deed: Callable[[Archive], object]) -> bool:
    """Do it in a process of its own that dies at its `at`-th touch of the folders.

    False: it had ended before. The process dies as by kill -9, in the middle of whatever it did;
    every commit lies between two touches.
    """
    child = os.fork()
    if child == 0:
        _die_at(data, at, deed)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, POWER_FAILED), f"the deed failed by itself ({code})"
    return code == POWER_FAILED


def _die_at(data: Path, at: int, deed: Callable[[Archive], object]) -> None:
    try:
        with Archive.opened(data) as archive:
            touched = 0

            def count(event: str, arguments: tuple[object, ...]) -> None:
                nonlocal touched
                if event in _DISK_EVENTS and str(archive.root) in str(arguments[0]):
                    touched += 1
                    if touched == at:
                        os._exit(POWER_FAILED)

            sys.addaudithook(count)
            deed(archive)
            os._exit(0)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent must hear of it
        import traceback

        traceback.print_exc()
    finally:
        os._exit(1)
