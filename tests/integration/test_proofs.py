"""A receipt for every delivery, in a chain that tells what is done to it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdfium2 import PdfDocument

from appliance.chain import Breach, Finding, check
from appliance.chores import Chores, Kind
from appliance.demo import cast
from appliance.errors import GreffierError
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.jobs import Jobs
from appliance.papers import proofs
from appliance.papers.drawing import ATTACHMENT
from appliance.papers.facts import Firm
from appliance.papers.proofs import LONGEST, MOST, Proofs
from appliance.papers.receipt_sheet import receipt_pdf
from appliance.papers.shown import child_reader
from appliance.papers.verifying import Kept, Shelves, Standing, judge
from appliance.papers.witness import FILE, Witness, heads, receipts
from appliance.queues import open_queue
from appliance.simulator.whatsapp import Meta
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.traffic import Traffic
from appliance.wording import LANGUAGES, Wording
from tests.integration.conftest import Office
from tests.support import Hands, until

KEY = b"k" * 32
QUIET = timedelta(minutes=2)
WORDINGS = {language: Wording(language, "Africa/Tunis") for language in LANGUAGES}


@dataclass
class House:
    """A firm whose documents are filed, moved and undone by the test."""

    store: Store
    clock: Hands
    chores: Chores
    proofs: Proofs
    witness: Witness
    folder: Path
    told: list[tuple[str, GreffierError]] = field(default_factory=list)
    count: int = 0

    def dossier(self, reference: str) -> models.Dossier:
        found: models.Dossier = models.Dossier.get(models.Dossier.reference == reference)
        return found

    def file(
        self, reference: str | None = "2026-0042", sender: str = "+21620111222", **more: Any
    ) -> int:
        """A document comes and is filed; its id."""
        self.count += 1
        number, now = self.count, self.clock.now()
        dossier = self.dossier(reference) if reference else None
        values = {
            "owner_key": f"o{number}",
            "sha256": f"{number:064x}",
            "sender": sender,
            "name": f"2026-11-23 piece {number}.pdf",
            "original_name": f"piece {number}.pdf",
            "mime_type": "application/pdf",
            "size": 1000 + number,
            "reason": "only_active_dossier",
            "status": "filed" if dossier else "pending",
            "dossier": dossier,
            "client": dossier.client if dossier else None,
            "received_at": now,
            "filed_at": now if dossier else None,
            "filed_by": "greffier" if dossier else None,
        } | more

        def unit() -> int:
            document = models.Document.create(**values)
            models.Message.create(
                wamid=f"wamid.{number}",
                sender=sender,
                type="document",
                raw="{}",
                received_at=now,
                sent_at=now - timedelta(seconds=3),
                profile_name="Amel",
                document=document,
            )
            self.proofs.filed(document.id)
            return int(document.id)

        return self.store.write(unit)

    def move(self, document_id: int, reference: str | None, by: str | None = "Nour") -> None:
        """A person files it elsewhere, or undoes its filing."""
        dossier = self.dossier(reference) if reference else None
        status = "filed" if dossier else "pending"
        values = {"dossier": dossier.id if dossier else None, "status": status, "filed_by": by}

        def unit() -> None:
            rows.update(models.Document, document_id, **values)
            self.proofs.filed(document_id)

        self.store.write(unit)

    def later(self, time: timedelta = QUIET) -> None:
        """Time passes; what is due is done."""
        self.clock.pass_(time)
        due = models.Chore.select().where(
            models.Chore.due_at <= self.clock.now(), models.Chore.kind == Kind.PROVE
        )
        for chore in due.order_by(models.Chore.subject_id):
            finish = self.proofs.prove(chore.subject_id)
            assert finish is not None
            self.store.write(finish)

            def done(row: models.Chore = chore) -> None:
                rows.update(models.Chore, row.id, due_at=None)

            self.store.write(done)

    def receipts(self) -> list[dict[str, Any]]:
        return [json.loads(entry.statement or "{}") for entry in proofs.entries()]

    def look(self) -> Finding | None:
        """The daily check; what it told people of."""
        finish = self.witness.look(lambda key, error: self.told.append((key, error)))
        self.store.write(lambda: list(finish() or ()))
        return check(proofs.entries(), [KEY], heads(self.folder / "backups" / FILE)).finding

    def tamper(self, *statements: str) -> None:
        """Somebody who has the file opens it with another program."""
        with closing(sqlite3.connect(self.store.path)) as raw, raw:
            for name in ("proofs_are_kept", "proofs_stand"):
                raw.execute(f"DROP TRIGGER IF EXISTS {name}")
            raw.execute("PRAGMA foreign_keys = off")
            for statement in statements:
                raw.execute(statement)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[House]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        Register(store, clock).import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
        chores = Chores(store, Jobs(open_queue("sqlite:", tmp_path), 1, Traffic()), clock)
        about = Firm(cast.FIRM, "Africa/Tunis")
        made = Proofs(store, chores, clock, about, KEY)
        witness = Witness(store, chores, clock, tmp_path, [receipts(KEY)])
        yield House(store, clock, chores, made, witness, tmp_path)


# -- what a receipt is


def test_a_burst_gets_one_receipt_when_it_is_over(firm: House) -> None:
    for _ in range(3):
        firm.file()
        firm.later(timedelta(seconds=90))
    assert firm.receipts() == []

    firm.later()

    (receipt,) = firm.receipts()
    assert [document["name"] for document in receipt["documents"]] == [
        "piece 1.pdf",
        "piece 2.pdf",
        "piece 3.pdf",
    ]
    first = receipt["documents"][0]
    assert first["wamids"] == ["wamid.1"]
    assert first["sha256"] == f"{1:064x}"
    assert (first["sent_at"], first["received_at"]) == (
        "2026-11-23T08:59:57Z",
        "2026-11-23T09:00:00Z",
    )
    assert (receipt["number"], receipt["client"]) == (1, "Amel Ben Youssef")
    assert receipt["dossier"] == {"reference": "2026-0042", "title": "Bail rue de Marseille"}
    assert receipt["sender"] == {"id": "+21620111222", "name": "Amel", "channel": "WhatsApp"}


def test_another_sender_and_another_dossier_have_receipts_of_their_own(firm: House) -> None:
    firm.file()
    firm.file(sender="+21699000000")
    firm.file("2026-0017")
    firm.later()

    assert len(firm.receipts()) == 3


def test_a_burst_that_fills_a_page_goes_on_on_the_next(firm: House) -> None:
    for _ in range(MOST + 2):
        firm.file()
    firm.later()

    assert [len(receipt["documents"]) for receipt in firm.receipts()] == [MOST, 2]


def test_a_delivery_that_does_not_end_gets_its_receipt_all_the_same(firm: House) -> None:
    firm.file()
    minutes = int(LONGEST / timedelta(minutes=1))
    for _ in range(4):
        firm.later(timedelta(minutes=minutes / 4))
        firm.file()

    assert firm.receipts()


def test_what_waits_for_a_person_has_no_receipt_before_it_is_filed(firm: House) -> None:
    document = firm.file(None)
    firm.later()
    assert firm.receipts() == []

    firm.move(document, "2026-0042")
    firm.later()

    (receipt,) = firm.receipts()
    assert (receipt["kind"], receipt["documents"][0]["filed_by"]) == ("delivery", "Nour")


def test_told_twice_of_the_same_filing_nothing_is_added(firm: House) -> None:
    document = firm.file()
    firm.store.write(lambda: firm.proofs.filed(document))
    firm.later()
    firm.store.write(lambda: firm.proofs.filed(document))
    firm.later()

    assert len(firm.receipts()) == 1


def test_a_chore_that_is_repeated_makes_no_second_receipt(firm: House) -> None:
    firm.file()
    firm.later()
    finish = firm.proofs.prove(1)
    assert finish is not None
    firm.store.write(finish)
    nothing = firm.proofs.prove(99)
    assert nothing is not None
    firm.store.write(nothing)

    assert len(firm.receipts()) == 1


def test_a_receipt_says_what_was_true_when_it_was_filed(firm: House) -> None:
    firm.file()
    firm.store.write(lambda: models.Dossier.update(title="Autre intitulé").execute())
    firm.later()

    assert firm.receipts()[0]["dossier"]["title"] == "Bail rue de Marseille"


# -- corrections


def test_a_document_that_is_moved_gets_a_new_entry_that_names_the_old_one(firm: House) -> None:
    document = firm.file()
    firm.later()
    before = list(proofs.entries())
    firm.move(document, "2026-0017")
    firm.later()

    assert list(proofs.entries())[:1] == before
    receipt = firm.receipts()[1]
    (moved,) = receipt["documents"]
    assert receipt["kind"] == "correction"
    assert receipt["dossier"]["reference"] == "2026-0017"
    assert moved["from"]["reference"] == "2026-0042"
    assert (moved["receipt"], moved["filed_by"]) == (1, "Nour")
    assert check(proofs.entries(), [KEY]).finding is None


def test_a_document_that_is_moved_at_once_is_first_said_to_have_been_filed(firm: House) -> None:
    document = firm.file()
    firm.move(document, "2026-0017")
    firm.later()

    assert [receipt["kind"] for receipt in firm.receipts()] == ["delivery", "correction"]
    assert firm.receipts()[1]["documents"][0]["receipt"] == 1


def test_an_undone_filing_is_an_entry_and_shows_in_the_dossier_that_was_left(firm: House) -> None:
    document = firm.file()
    firm.later()
    firm.move(document, None, by=None)
    firm.later()
    firm.move(document, "2026-0017")
    firm.later()

    kinds = [(receipt["kind"], receipt["dossier"] is None) for receipt in firm.receipts()]
    assert kinds == [("delivery", False), ("correction", True), ("correction", False)]
    left = firm.proofs.of_dossier(firm.dossier("2026-0042").id)
    assert [proof.number for proof in left] == [3, 2, 1]
    assert [p.number for p in firm.proofs.of_dossier(firm.dossier("2026-0017").id)] == [3, 2]


def test_the_words_of_a_receipt_can_be_erased_and_the_chain_stands(firm: House) -> None:
    for _ in range(2):
        firm.file()
        firm.later()
    firm.store.write(lambda: firm.proofs.erase_words([1], "Salma Trabelsi", "demande du client"))

    assert "piece 1" not in json.dumps(firm.receipts())
    assert "piece 1" not in str(list(models.DeliveryItem.select().tuples()))
    assert check(proofs.entries(), [KEY]).finding is None
    assert firm.receipts()[2]["erased"] == [1]


# -- what is done to the chain afterwards


@pytest.fixture
def chained(firm: House) -> House:
    """Six receipts, checked and written down outside the database."""
    for _ in range(6):
        firm.file()
        firm.later()
    assert firm.look() is None
    return firm


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE proofs SET statement = 'x'",
        "UPDATE proofs SET number = 99 WHERE number = 3",
        "UPDATE proofs SET statement = NULL, hash = 'x'",
        "DELETE FROM proofs",
    ],
)
def test_the_database_itself_refuses_to_change_a_receipt(chained: House, statement: str) -> None:
    with (
        closing(sqlite3.connect(chained.store.path)) as raw,
        pytest.raises(sqlite3.IntegrityError, match="only ever added to"),
    ):
        raw.execute(statement)


WORDS = "replace(statement, 'piece 3', 'piece X')"
COPY = "kind, statement, digest, previous, hash, seal, key_id, issued_at"


@pytest.mark.parametrize(
    ("statements", "finding"),
    [
        ([f"UPDATE proofs SET statement = {WORDS}"], Finding(Breach.ALTERED, 3)),
        (["DELETE FROM proofs WHERE number = 3"], Finding(Breach.REMOVED, 3)),
        (
            [
                "DELETE FROM proofs WHERE number = 3",
                "UPDATE proofs SET number = -number WHERE number > 3",
                "UPDATE proofs SET number = -number - 1 WHERE number < 0",
            ],
            Finding(Breach.REORDERED, 3),
        ),
        (
            [
                "UPDATE proofs SET number = -2 WHERE number = 2",
                "UPDATE proofs SET number = 2 WHERE number = 5",
                "UPDATE proofs SET number = 5 WHERE number = -2",
            ],
            Finding(Breach.REORDERED, 2),
        ),
        (
            [f"INSERT INTO proofs ({COPY}, number) SELECT {COPY}, 7 FROM proofs LIMIT 1"],
            Finding(Breach.REORDERED, 7),
        ),
        (["DELETE FROM proofs WHERE number > 4"], Finding(Breach.CUT, 5)),
        (["DELETE FROM proofs"], Finding(Breach.CUT, 1)),
        (["UPDATE proofs SET statement = NULL WHERE number = 2"], Finding(Breach.ALTERED, 2)),
        (["UPDATE proofs SET seal = 'ab' WHERE number = 2"], Finding(Breach.INSERTED, 2)),
    ],
)
def test_whatever_somebody_does_to_the_file_is_found_and_told(
    chained: House, statements: list[str], finding: Finding
) -> None:
    chained.tamper(*statements)
    chained.clock.pass_(timedelta(days=1))

    assert chained.look() == finding
    ((key, error),) = chained.told
    assert key == f"receipts:{finding.breach}:{finding.number}"
    assert str(finding.number) in error.reason
    assert chained.witness.last_note() == {
        "at": "2026-11-24T09:12:00Z",
        "breach": finding.breach.value,
        "number": finding.number,
    }


def test_the_daily_check_writes_one_line_a_new_head_and_posts_itself(firm: House) -> None:
    path = firm.folder / "backups" / FILE
    firm.witness.begin()
    firm.look()
    assert not path.exists(), "there is nothing to write down yet"
    for _ in range(2):
        firm.file()
        firm.later()
        firm.look()
        firm.look()

    assert [head.number for head in heads(path)] == [1, 2]
    assert path.stat().st_mode & 0o077 == 0
    chore = models.Chore.get(models.Chore.kind == Kind.WITNESS)
    assert chore.due_at == firm.clock.now() + timedelta(days=1)


def test_what_is_no_line_of_ours_in_the_written_heads_is_passed_over(chained: House) -> None:
    path = chained.folder / "backups" / FILE
    path.write_bytes(b'\xff\n[]\n{"number": "x"}\n' + path.read_bytes() + b'{"numb')
    chained.file()
    chained.later()

    assert chained.look() is None
    assert [head.number for head in heads(path)] == [6, 7]


# -- one receipt that somebody shows


def shown(firm: House, number: int, language: str = "fr") -> Path:
    """The receipt as it was downloaded."""
    entry = list(proofs.entries())[number - 1]
    path = firm.folder / f"receipt-{number}.pdf"
    path.write_bytes(receipt_pdf(entry, WORDINGS[language]))
    return path


def judged(firm: House, path: Path) -> tuple[Standing, list[Kept]]:
    shelves = Shelves(firm.folder / "Dossiers", firm.folder / "media")
    with child_reader() as reader:
        judgement = judge(path, KEY, WORDINGS, shelves, reader)
    return judgement.standing, [kept for _, kept in judgement.documents]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_genuine_receipt_stands_in_whatever_language(chained: House, language: str) -> None:
    assert judged(chained, shown(chained, 3, language)) == (Standing.STANDS, [Kept.LOST])


def test_a_receipt_that_was_saved_anew_is_not_called_the_very_file(chained: House) -> None:
    path = shown(chained, 3)
    path.write_bytes(path.read_bytes() + b"\n% changed")

    assert judged(chained, path)[0] == Standing.SAME_WORDS


def test_a_receipt_on_which_something_else_is_read_is_not_called_genuine(chained: House) -> None:
    """Its attachment is genuine, its page is not."""
    entry = list(proofs.entries())[2]
    path = chained.folder / "forged.pdf"
    with PdfDocument(cast.pdf("RECEIPT No 3", "piece X.pdf")) as forged:
        forged.new_attachment(ATTACHMENT).set_data(json.dumps(entry._asdict()).encode())
        forged.save(path)

    assert judged(chained, path)[0] == Standing.REDRAWN


def test_a_receipt_that_was_removed_from_the_chain_is_known_to_be_ours(chained: House) -> None:
    path = shown(chained, 6)
    chained.tamper("DELETE FROM proofs WHERE number = 6")

    assert judged(chained, path)[0] == Standing.NOT_THERE


def test_a_receipt_whose_words_were_changed_is_false(chained: House) -> None:
    entry = list(proofs.entries())[2]
    said = (entry.statement or "").replace("piece 3", "piece X")
    path = chained.folder / "forged.pdf"
    path.write_bytes(receipt_pdf(entry._replace(statement=said), WORDINGS["fr"]))

    assert judged(chained, path) == (Standing.FALSE, [])


@pytest.mark.parametrize("content", [b"", b"no PDF", cast.pdf("CONTRAT DE BAIL")])
def test_what_is_no_receipt_is_refused(chained: House, content: bytes) -> None:
    path = chained.folder / "other.pdf"
    path.write_bytes(content)

    with pytest.raises(GreffierError, match=r"other\.pdf"):
        judged(chained, path)


# -- as it happens


def test_what_clients_send_gets_its_receipt(office: Office, meta: Meta) -> None:
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    wamid = phone.sends(cast.pdf("BAIL"), filename="bail.pdf")
    meta.settle()
    office.rests()
    until(lambda: models.Proof.select().exists())

    (entry,) = proofs.entries()
    said = json.loads(entry.statement or "{}")
    (document,) = said["documents"]
    assert document["wamids"] == [wamid]
    assert document["filed_by"] == "greffier"
    path = office.folder.parent / "receipt.pdf"
    path.write_bytes(receipt_pdf(entry, WORDINGS["fr"]))
    shelves = Shelves(office.folder, office.folder.parent / "media")
    key = (office.folder.parent / "receipts.key").read_bytes()
    with child_reader() as reader:
        judgement = judge(path, key, WORDINGS, shelves, reader)
    assert (judgement.standing, judgement.documents) == (
        Standing.STANDS,
        [("bail.pdf", Kept.IN_PLACE)],
    )
    (office.folder / next(iter(office.files))).unlink()
    with child_reader() as reader:
        judgement = judge(path, key, WORDINGS, shelves, reader)
    assert judgement.documents == [("bail.pdf", Kept.ON_THE_SHELF)]


def test_a_document_that_is_sent_twice_is_proved_once(office: Office, meta: Meta) -> None:
    phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
    for _ in range(2):
        phone.sends(cast.pdf("BAIL"), filename="bail.pdf")
        meta.settle()
        office.rests()

    assert models.DeliveryItem.select().count() == 1
