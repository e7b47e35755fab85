"""Whatever happens in whatever order, no document ever loses a byte or a row to the nights.

A real store and real files; the office's own inbox, folders and mover. Years pass in a second.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.chores import Chores
from appliance.config import Config, read
from appliance.demo import cast
from appliance.filing.fitting import filing, nowhere, told
from appliance.filing.folders import Arrival, Folders, Place
from appliance.filing.matching import ClientToAsk, Match, OneDossier, Reason, UnknownSender
from appliance.filing.placing import Cabinet
from appliance.filing.premises import Premises
from appliance.firm.answers import Answers
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.inbox.envelope import parse as parsed
from appliance.inbox.envelope import read as updates_of
from appliance.inbox.media import MediaShelf
from appliance.inbox.messages import Inbox
from appliance.jobs import Jobs
from appliance.keeping.destroying import Elsewhere
from appliance.keeping.fitting import Keeping, Rooms, keeping
from appliance.outbox.posting import Pace, Posting
from appliance.queues import open_queue
from appliance.store import models
from appliance.store.database import Store
from appliance.store.models import MediaStatus, MessageStatus
from appliance.traffic import Traffic
from appliance.upkeep.inventory import Inventories, Places
from appliance.wording import LANGUAGES, Wording
from tests.support import Hands

SENDERS = (cast.BEN_YOUSSEF, cast.GHARBI, cast.CARTHAGE, cast.STRANGER)
REFERENCES = ("2026-0042", "2026-0017", "2025-0310")
CONTENTS = tuple(cast.pdf(f"CONTENU {number}") for number in range(4))


class History:
    """One firm, and what happens to it."""

    def __init__(self, data: Path, store: Store, config: Config, clock: Hands, jobs: Jobs) -> None:
        self.store, self.clock, self.data = store, clock, data
        self.root = config.documents.folder
        self.inbox = Inbox(store, jobs, clock)
        whatsapp, days = WhatsAppGateway(config.whatsapp), timedelta(days=7)
        self.shelf = MediaShelf(store, whatsapp, clock, data / "media", days)
        wordings = {each: Wording(each, config.firm.timezone) for each in LANGUAGES}
        cabinet, zone = Cabinet(), config.firm.zone
        place = Place(self.root, zone)
        self.folders = Folders(store, clock, place, cabinet, wordings["fr"])
        register = Register(store, clock)
        register.import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
        chores, users = Chores(store, jobs, clock), Users(store, clock, 12)
        premises = Premises(self.root, cabinet, self.shelf.path)
        heard = told(users, chores, nowhere, lambda _: [])
        self.mover = filing(store, clock, premises, register, heard).mover
        posting = Posting(Pace(timedelta(), timedelta()), lambda _: [], has_email=False)
        answers = Answers(store, clock, config.firm, wordings)
        rooms = Rooms(
            store, clock, users, chores, self.shelf, posting, jobs, answers, premises.turn
        )
        self.care: Keeping = keeping(config, rooms, Elsewhere())
        self.inventories = Inventories(store, clock, Places(self.root, data / "media"))
        self.bodies: list[bytes] = []
        self.rows: dict[int, dict[str, Any]] = {}

    def sends(self, sender: str, content: int | None) -> None:
        """A client sends a document (or a word): it goes the way of every message."""
        number = len(self.bodies)
        said: dict[str, Any] = {"type": "text", "text": {"body": f"mot {number}"}}
        if content is not None:
            file = {"id": f"m{number}", "mime_type": "application/pdf", "caption": "voici"}
            said = {"type": "document", "document": {**file, "filename": "p.pdf"}}
        at = str(int(self.clock.now().timestamp()))
        message = {"from": sender, "id": f"wamid.{number}", "timestamp": at, **said}
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1"}}
        change = {"field": "messages", "value": {**value, "messages": [message]}}
        body = json.dumps({"object": "w", "entry": [{"id": "1", "changes": [change]}]}).encode()
        self.bodies.append(body)
        self.arrives(body, content)

    def arrives(self, body: bytes, content: int | None) -> None:
        if not self.inbox.keep(body, updates_of(parsed(body))):
            return
        message = models.Message.select().order_by(models.Message.id.desc()).get()
        taken = self.inbox.claim(message)
        assert taken is not None
        if content is None:
            finish = MessageStatus.PROCESSED
            self.store.write(lambda: self.inbox.finish(taken, finish, client=_client(taken)))
        else:
            self._file(taken, CONTENTS[content])

    def _file(self, message: models.Message, content: bytes) -> None:
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.shelf.path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        now = self.clock.now()
        media = {"media_id": f"of {message.wamid}", "sha256": sha256, "seen_at": now}
        here = {"status": MediaStatus.DOWNLOADED, "expires_at": now + timedelta(days=7)}
        self.store.write(lambda: models.Media.create(**media, **here))
        arrival = Arrival(message, sha256, len(content), "application/pdf", "p.pdf")
        reserved = self.folders.reserve(arrival, path, _match(message))
        placed = self.folders.place(reserved, path)

        def unit() -> None:
            self.folders.placed(reserved.document, placed)
            self.inbox.finish(message, MessageStatus.DOCUMENT_CREATED)

        self.store.write(unit)

    def repeats(self, number: int) -> None:
        """Meta sends an old body once more, of whatever age."""
        if self.bodies:
            before = models.Message.select().count()
            body = self.bodies[number % len(self.bodies)]
            assert self.inbox.keep(body, updates_of(parsed(body))) == 0
            assert models.Message.select().count() == before

    def chooses(self, reference: str) -> None:
        """A person files what waited longest."""
        waiting = models.Document.select().where(models.Document.status == "pending").first()
        if waiting is not None:
            dossier = models.Dossier.get(reference=reference)
            self.mover.file_under(waiting, dossier, "x", "chosen")

    def holds(self, reference: str) -> None:
        dossier = models.Dossier.get(reference=reference)
        if not self.care.holds.begin(dossier.id, "litige", "S"):
            self.care.holds.end(dossier.id, "S")

    def closes(self, reference: str) -> None:
        dossier = models.Dossier.get(reference=reference)
        if not self.care.terms.close(dossier.id, "S"):
            self.care.terms.reopen(dossier.id, "S")

    def passes(self, days: int) -> None:
        """Some days pass, then a night."""
        self.clock.pass_(timedelta(days=days))
        assert self.inventories.take(lambda: False).missing == []
        words = _words_held()
        self.care.cleaning.run(lambda: False)
        assert self.inventories.take(lambda: False).missing == []
        assert _words_held() == words
        self.is_whole()

    def destroys(self) -> None:
        """Whatever is due is destroyed, by two people."""
        for dossier in self.care.terms.due():
            self.care.decisions.propose(dossier.id, "échu", "S")
            found = models.Destruction.get(dossier=dossier, status="proposed")
            gone = {row.id for row in models.Document.select().where(_of(dossier))}
            assert self.care.decisions.confirm(found.id, "A") == "done"
            finish = self.care.destroyer.destroy(found.id)
            assert finish is not None
            self.store.write(finish)
            assert not models.LegalHold.select().where(_held(dossier)).exists()
            for document_id in gone:
                self.rows.pop(document_id, None)
        self.is_whole()

    def is_whole(self) -> None:
        """Each document that nobody destroyed: its row as it was, its bytes in both places."""
        for document in models.Document.select().where(models.Document.destroyed_at.is_null()):
            assert self.shelf.path(document.sha256).read_bytes() in CONTENTS
            assert (self.root / document.local_path).read_bytes() in CONTENTS
            known = self.rows.get(document.id)
            if known is not None and known["status"] == document.status:
                assert known == document.__data__
            self.rows[document.id] = dict(document.__data__)
        alive = {row.id for row in models.Document.select() if row.destroyed_at is None}
        assert set(self.rows) <= alive


def _words_held() -> dict[str, str | None]:
    """What clients said who have a dossier under hold."""
    held = models.LegalHold.select(models.Dossier.client).join(models.Dossier)
    clients = held.where(models.LegalHold.ended_at.is_null()).tuples()
    query = models.Message.select().where(models.Message.client.in_([one for (one,) in clients]))
    return {row.wamid: row.body for row in query}


def _of(dossier: models.Dossier) -> object:
    return models.Document.dossier == dossier


def _held(dossier: models.Dossier) -> object:
    return (models.LegalHold.dossier == dossier) & models.LegalHold.ended_at.is_null()


def _client(message: models.Message) -> int | None:
    contact = models.Contact.get_or_none(models.Contact.value == message.sender)
    return contact.client_id if contact is not None else None


def _match(message: models.Message) -> Match:
    client_id = _client(message)
    if client_id is None:
        return UnknownSender(Reason.UNKNOWN_NUMBER)
    active = models.Dossier.select().where(
        models.Dossier.client == client_id, models.Dossier.status == "active"
    )
    if active.count() == 1:
        return OneDossier(client_id, active.get().id)
    return ClientToAsk(client_id, Reason.SEVERAL_DOSSIERS)


@contextmanager
def history() -> Iterator[History]:
    with tempfile.TemporaryDirectory() as made:
        data, clock = Path(made), Hands()
        with closing(Store.open(data, clock)) as store:
            config = read(None, {"GREFFIER_FIRM_NAME": cast.FIRM}, data)
            jobs = Jobs(open_queue("sqlite:", data), 1, Traffic())
            yield History(data, store, config, clock, jobs)
            jobs.drain()


_sender, _reference = st.sampled_from(SENDERS), st.sampled_from(REFERENCES)
_steps = st.one_of(
    st.tuples(st.just("sends"), _sender, st.one_of(st.none(), st.integers(0, 3))),
    st.tuples(st.just("sends"), _sender, st.integers(0, 3)),
    st.tuples(st.just("repeats"), st.integers(0, 50)),
    st.tuples(st.just("chooses"), _reference),
    st.tuples(st.just("holds"), _reference),
    st.tuples(st.just("closes"), _reference),
    st.tuples(st.just("passes"), st.sampled_from((1, 40, 91, 2000))),
    st.tuples(st.just("destroys")),
)


@given(st.lists(_steps, min_size=4, max_size=25))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
def test_no_history_costs_a_document_a_byte_or_a_row(steps: list[tuple[Any, ...]]) -> None:
    with history() as lived:
        for name, *values in steps:
            getattr(lived, name)(*values)
        lived.passes(100)
        lived.destroys()
        filed = models.Document.select().where(models.Document.destroyed_at.is_null())
        owners = [(row.owner_key, row.sha256) for row in filed]
        assert len(set(owners)) == len(owners)
