"""A firm with documents to look at: real store, real files, the workshop's real child."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from appliance.chores import Chores, Kind
from appliance.clock import SystemClock
from appliance.config import read
from appliance.errors import GreffierError
from appliance.filing.binding import Binder, Bindery
from appliance.filing.folders import Place
from appliance.filing.kinds import kind_of
from appliance.filing.placing import Cabinet
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.jobs import Job, Jobs
from appliance.queues import open_queue
from appliance.sights.fitting import Seams, fit
from appliance.store.database import Store
from appliance.store.models import Chore, ChoreStatus, Document, DocumentStatus, Dossier, Notice
from appliance.traffic import Traffic
from appliance.wording import Wording
from tests.support import until

FIRM = "client;phone;dossier;title\nGharbi;+21620000002;2026-7;Bail\nGharbi;;2026-8;Succession\n"


class Gallery:
    """One client with two dossiers, and whatever a test puts into them."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        environ: dict[str, str] | None = None,
        fetch: Callable[[str], list[bytes]] | None = None,
    ) -> None:
        self.folder, self.store, self.clock = folder, store, SystemClock()
        self.config = read(None, {"GREFFIER_KEYRING": "off", **(environ or {})}, folder)
        self.root = self.config.documents.folder
        self.withheld: set[int] = set()
        self.jobs = Jobs(open_queue("sqlite:", folder), 2, Traffic())
        self.chores = Chores(store, self.jobs, self.clock)
        self.jobs.on(Job.CHORE, self.chores.run, self.chores.broke)
        seams = Seams(lambda document: document.id in self.withheld, self._doubt, fetch)
        self.sights = fit(self.config, store, self.clock, self.chores, seams)
        self.sights.sweep()
        self.users = Users(store, self.clock, 12)
        wording = Wording("fr", "Africa/Tunis")
        bindery = Bindery(
            self.sights.workshop,
            self.sights.depictor.sheet,
            self.media,
            self.chores,
            wording,
            self.users.audit,
        )
        place = Place(self.root, ZoneInfo("Africa/Tunis"))
        self.binder = Binder(store, self.clock, place, Cabinet(), bindery)
        if not Dossier.select().exists():
            Register(store, self.clock).import_file(parse(FIRM.encode(), "TN"))
        self.bail, self.succession = Dossier.select().order_by(Dossier.id)

    def _doubt(self, document_id: int, error: GreffierError) -> None:
        """Inside a unit: told to whoever keeps doubts; here it is noted in a table of no use."""
        text = f"{document_id}: {error.text}"
        Notice.create(field="doubt", raw=text, received_at=self.clock.now())

    @property
    def doubts(self) -> list[str]:
        return [row.raw for row in Notice.select().where(Notice.field == "doubt")]

    def media(self, sha256: str) -> Path:
        return self.folder / "media" / sha256[:2] / sha256

    def keep(
        self,
        source: Path,
        name: str = "",
        dossier: Dossier | None = None,
        *,
        is_pending: bool = False,
    ) -> Document:
        """As if it had come by WhatsApp: its bytes in media and in the dossier, its row."""
        data = source.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        self.media(sha256).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, self.media(sha256))
        kind = kind_of(source, None, source.name)
        where = None if is_pending else dossier or self.bail
        name = name or f"2026-11-25 {source.stem}.{kind.extension}"
        folder = self.root / ("_A rattacher" if where is None else where.folder)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder / name)
        now = self.clock.now() + timedelta(milliseconds=Document.select().count())

        def unit() -> Document:
            made: Document = Document.create(
                owner_key="client:1" if where else "sender:+21620000002",
                sha256=sha256,
                client=where.client if where else None,
                dossier=where,
                sender="+21620000002",
                name=name,
                original_name=source.name,
                mime_type=kind.mime_type,
                size=len(data),
                status=DocumentStatus.FILED if where else DocumentStatus.PENDING,
                reason="only_active_dossier",
                local_path=(folder / name).relative_to(self.root).as_posix(),
                received_at=now,
                stored_at=now,
            )
            return made

        return self.store.write(unit)

    def post(self, kind: Kind, document: Document) -> None:
        self.chores.wake([self.store.write(lambda: self.chores.post(kind, document.id))])

    def done(self, kind: Kind, document: Document, within: float = 60) -> None:
        """Wait until that work on it is over."""

        def is_done() -> bool:
            row = Chore.get_or_none(Chore.kind == kind, Chore.subject_id == document.id)
            return row is not None and row.status != ChoreStatus.OPEN

        until(is_done, within, f"{kind} of {document.id} did not end")

    def depict(self, document: Document) -> None:
        self.post(Kind.DEPICT, document)
        self.done(Kind.DEPICT, document)

    def sight_files(self, document: Document) -> set[str]:
        folder = self.folder / "sights" / document.sha256[:2] / document.sha256
        return {path.name for path in folder.glob("*")}


@contextmanager
def gallery_in(
    folder: Path,
    environ: dict[str, str] | None = None,
    fetch: Callable[[str], list[bytes]] | None = None,
) -> Iterator[Gallery]:
    """The firm at work in this folder; it may have been there before."""
    store = Store.open(folder, SystemClock())
    try:
        made = Gallery(folder, store, environ, fetch)
        made.jobs.start()
        made.chores.start()
        try:
            yield made
        finally:
            made.chores.stop()
            made.sights.close()
            made.jobs.drain()
    finally:
        store.close()
