"""A dossier's pieces, bordereaux and receipts as the dashboard sees them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from appliance.chain import Entry, Head
from appliance.clock import Clock, day_of
from appliance.firm.scope import Scope
from appliance.papers import proofs
from appliance.papers.drawing import receipt_pdf
from appliance.papers.exhibits import Exhibits
from appliance.papers.expected import is_late
from appliance.papers.fitting import Papers
from appliance.papers.pieces import Awaited, Pieces
from appliance.papers.proofs import Proofs
from appliance.store import rows
from appliance.store.models import (
    Bordereau,
    Document,
    DocumentStatus,
    Dossier,
    Exhibit,
    PieceList,
    Proof,
    Safety,
)
from appliance.wording import Wording

SHOWN = 100  # receipts


@dataclass(frozen=True)
class Issued:
    """A receipt: its entry, and what it speaks of; nothing once its words were erased."""

    proof: Proof
    names: Sequence[str]


@dataclass(frozen=True)
class PiecesSeen:
    """The page of a dossier's pieces. `free`: documents that are in no bordereau."""

    dossier: Dossier
    today: date
    awaited: Sequence[Awaited]
    documents: Sequence[Document]
    communicated: Sequence[Exhibit]
    chosen: Sequence[Exhibit]
    free: Sequence[Document]
    bordereaux: Sequence[Bordereau]
    receipts: Sequence[Issued]
    lists: Sequence[PieceList]
    head: Head | None
    note: Mapping[str, Any] | None

    @property
    def missing(self) -> int:
        """How many expected pieces have not come."""
        return sum(not one.is_there for one in self.awaited)

    def is_late(self, one: Awaited) -> bool:
        """Whether its day has passed and it has not come."""
        return is_late(one.piece.needed_on, self.today, is_there=one.is_there)


class Drawn(NamedTuple):
    """A receipt as a page, and the dossier that it speaks of, if it does of any."""

    pdf: bytes
    dossier_id: int | None


class PapersBoard:
    """What the pages read, and what they may ask."""

    def __init__(self, papers: Papers, clock: Clock, zone: ZoneInfo) -> None:
        self._papers = papers
        self._clock = clock
        self._zone = zone

    @property
    def pieces(self) -> Pieces:
        return self._papers.pieces

    @property
    def exhibits(self) -> Exhibits:
        return self._papers.exhibits

    @property
    def proofs(self) -> Proofs:
        return self._papers.proofs

    def dossier(self, dossier_id: int) -> Dossier | None:
        """The dossier of this id."""
        return rows.find(Dossier, id=dossier_id)

    def seen(self, dossier: Dossier, language: str) -> PiecesSeen:
        """Read it all."""
        exhibits = self.exhibits.of_dossier(dossier.id)
        documents = _documents(dossier.id)
        taken = {exhibit.document_id for exhibit in exhibits}
        receipts = self.proofs.of_dossier(dossier.id)
        return PiecesSeen(
            dossier=dossier,
            today=day_of(self._clock.now(), self._zone),
            awaited=self.pieces.of_dossier(dossier.id),
            documents=documents,
            communicated=[each for each in exhibits if each.number is not None],
            chosen=[each for each in exhibits if each.number is None],
            free=[each for each in documents if each.id not in taken and _is_harmless(each)],
            bordereaux=self.exhibits.bordereaux(dossier.id),
            receipts=[_issued(proof) for proof in receipts[:SHOWN]],
            lists=self.pieces.lists(language),
            head=proofs.head(),
            note=self._papers.witness.last_note(),
        )

    def receipt(self, number: int, wording: Wording, scope: Scope) -> Drawn | None:
        """The page of this receipt; None if they see none, or its words were erased."""
        proof = self.proofs.numbered(number)
        if proof is None or proof.statement is None:
            return None
        dossiers = self.proofs.dossiers_of(proof)
        if not all(map(scope.sees_dossier, dossiers)):
            return None
        entry = Entry(*(getattr(proof, name) for name in Entry._fields))
        return Drawn(receipt_pdf(entry, wording), dossiers[0] if dossiers else None)


def _is_harmless(document: Document) -> bool:
    return str(document.safety) != Safety.QUARANTINED


def _documents(dossier_id: int) -> list[Document]:
    is_there = (Document.dossier == dossier_id, Document.status == DocumentStatus.FILED)
    return list(Document.select().where(*is_there).order_by(Document.received_at, Document.id))


def _issued(proof: Proof) -> Issued:
    said = json.loads(proof.statement or "{}")
    names = [each["name"] or each["filed_as"] for each in said.get("documents", [])]
    return Issued(proof, names)
