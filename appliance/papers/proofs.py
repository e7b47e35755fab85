"""A receipt for every delivery, in a chain. Owns proofs, deliveries and delivery_items.

What is filed is written down in that very commit (`filed`), as it was known then. When the burst is
over, chore "prove" makes one entry of it. A document that goes elsewhere afterwards is another
entry, which names the receipt that it corrects: nothing that was said is ever changed.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from appliance import chain, chores
from appliance.chores import Chores, Kind
from appliance.clock import Clock
from appliance.papers.facts import Firm, facts_of, stamp
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Delivery, DeliveryItem, Document, DocumentStatus, Proof

DELIVERY, CORRECTION = "delivery", "correction"
MOST = 6  # documents on a receipt: they fit one page, whatever they are called
LONGEST = timedelta(minutes=15)  # a delivery that goes on and on gets its receipt all the same
_COLUMNS = tuple(getattr(Proof, name) for name in chain.Entry._fields)


class Gathering(NamedTuple):
    """How long a delivery stays open after the last of its documents."""

    quiet: timedelta = timedelta(minutes=2)


class Proofs:
    """The firm's receipts. `key` seals them; whoever has only the database cannot make one."""

    def __init__(
        self,
        store: Store,
        work: Chores,
        clock: Clock,
        firm: Firm,
        key: bytes,
        gathering: Gathering | None = None,
    ) -> None:
        self._store = store
        self._chores = work
        self._clock = clock
        self._firm = firm
        self._key = key
        self._quiet = (gathering or Gathering()).quiet

    def filed(self, document_id: int) -> list[chores.Posted]:
        """Inside the unit that filed, moved or undid it: written down, if it is new.

        Told twice of the same, it does nothing. Hand what it returns to `Chores.wake`.
        """
        document = rows.find(Document, id=document_id)
        if document is None:
            return []
        before = _last_item(document.id)
        dossier_id = document.dossier_id if document.status == DocumentStatus.FILED else None
        if dossier_id == (before.dossier_id if before else None):
            return []
        kind = CORRECTION if before else DELIVERY
        delivery = self._open(kind, document, dossier_id)
        facts = facts_of(document)
        if before:
            facts["from"] = json.loads(before.facts).get("dossier")
        rows.insert(
            DeliveryItem,
            delivery=delivery.id,
            document=document.id,
            dossier=dossier_id,
            facts=json.dumps(facts),
        )
        count = delivery.count + 1
        rows.update(Delivery, delivery.id, count=count)
        wait = self._wait(delivery) if count < MOST else timedelta()
        return [self._chores.post(Kind.PROVE, delivery.id, after=wait)]

    def _wait(self, delivery: Delivery) -> timedelta:
        """Until the burst is over."""
        left: timedelta = delivery.opened_at + LONGEST - self._clock.now()
        return max(timedelta(), min(self._quiet, left))

    def _open(self, kind: str, document: Document, dossier_id: int | None) -> Delivery:
        """The delivery that it belongs to: the one that is open, or a new one."""
        now = self._clock.now()
        is_of = {"sender": document.sender, "dossier": dossier_id, "kind": kind}
        if rows.find(Delivery, **is_of, proof=None) is not None:
            found = _newest_open(**is_of)
            if found.opened_at + LONGEST > now and found.count < MOST:
                return found
        return rows.insert(Delivery, **is_of, opened_at=now)

    def prove(self, delivery_id: int) -> chores.Finish | None:
        """Chore "prove": the receipt of a delivery, once."""

        def unit() -> None:
            delivery = rows.find(Delivery, id=delivery_id)
            if delivery is not None and delivery.proof_id is None:
                self._issue(delivery)

        return unit

    def _issue(self, delivery: Delivery) -> None:
        """Inside a unit: its entry; what it corrects gets its own entry before."""
        items = list(delivery.items.order_by(DeliveryItem.id))
        for item in items:
            for older in _open_before(delivery, item.document_id):
                self._issue(older)
        facts = [json.loads(item.facts) for item in items]
        told = [self._told(each, item) for each, item in zip(facts, items, strict=True)]
        said = {
            "sender": facts[0]["sender"],
            "client": facts[0]["client"],
            "dossier": facts[-1]["dossier"],
            "documents": told,
        }
        proof = self.add(delivery.kind, said, delivery.dossier_id)
        rows.update(Delivery, delivery.id, proof=proof.id)

    def _told(self, facts: dict[str, Any], item: DeliveryItem) -> dict[str, Any]:
        told = dict(facts["document"])
        if "from" in facts:
            receipt = _last_proof(item)
            told |= {"from": facts["from"], "receipt": receipt.number if receipt else None}
        return told

    def add(self, kind: str, said: dict[str, Any], dossier_id: int | None) -> Proof:
        """Inside a unit: one more entry of the chain."""
        last, now = _last(), self._clock.now()
        number, previous = (last.number + 1, last.hash) if last else (1, chain.START)
        about = {"format": 1, "firm": self._firm.name, "timezone": self._firm.timezone}
        entry = chain.made(
            kind, {**about, **said, "issued_at": stamp(now)}, number, previous, self._key
        )
        return rows.insert(Proof, **entry._asdict(), dossier=dossier_id, issued_at=now)

    def erase_words(self, numbers: list[int], by: str, why: str) -> None:
        """Inside a unit: nobody reads any more what these entries said; the chain still stands.

        For data-protection requests: an entry of its own says which, by whom and why.
        """
        self.add(chain.ERASURE, {"erased": sorted(numbers), "by": by, "why": why}, None)
        for proof in Proof.select().where(Proof.number.in_(numbers)):
            Proof.update(statement=None).where(Proof.id == proof.id).execute()
            told = Delivery.select(Delivery.id).where(Delivery.proof == proof)
            DeliveryItem.update(facts="{}").where(DeliveryItem.delivery.in_(told)).execute()

    def of_dossier(self, dossier_id: int) -> list[Proof]:
        """Its receipts, the newest first, those too by which a document has left it."""
        left = Delivery.select(Delivery.proof).join(DeliveryItem)
        mine = DeliveryItem.select(DeliveryItem.document).where(DeliveryItem.dossier == dossier_id)
        corrects = (Delivery.kind == CORRECTION) & DeliveryItem.document.in_(mine)
        wanted = (Proof.dossier == dossier_id) | Proof.id.in_(left.where(corrects))
        return list(Proof.select().where(wanted).order_by(Proof.number.desc()))

    def dossiers_of(self, proof: Proof) -> list[int]:
        """Whose receipt it is: a dossier's; where documents are in none any more, those that they
        have left, and that it names. Nobody's: a note of erasure."""
        if proof.dossier_id is not None:
            return [proof.dossier_id]
        items = DeliveryItem.select().join(Delivery).where(Delivery.proof == proof)
        left = {before.dossier_id for item in items if (before := _item_before(item))}
        return sorted(dossier_id for dossier_id in left if dossier_id is not None)

    def numbered(self, number: int) -> Proof | None:
        """The receipt of this number."""
        return rows.find(Proof, number=number)


def entries() -> Iterator[chain.Entry]:
    """The whole chain, in its order."""
    query = Proof.select(*_COLUMNS).order_by(Proof.number, Proof.id)
    for row in query.tuples().iterator():
        yield chain.Entry(*row)


def head() -> chain.Head | None:
    """The last entry."""
    last = _last()
    return chain.Head(last.number, last.hash) if last else None


def _last() -> Proof | None:
    found: Proof | None = Proof.select().order_by(Proof.number.desc()).first()
    return found


def _newest_open(sender: str, dossier: int | None, kind: str) -> Delivery:
    """The one that is not full, of those whose receipts are still to be made."""
    is_of = (Delivery.sender == sender, Delivery.kind == kind, Delivery.proof.is_null())
    here = Delivery.dossier == dossier if dossier else Delivery.dossier.is_null()
    found: Delivery = Delivery.select().where(*is_of, here).order_by(Delivery.id.desc()).get()
    return found


def _last_item(document_id: int) -> DeliveryItem | None:
    if rows.find(DeliveryItem, document=document_id) is None:
        return None  # nearly always
    query = DeliveryItem.select().where(DeliveryItem.document == document_id)
    found: DeliveryItem | None = query.order_by(DeliveryItem.id.desc()).first()
    return found


def _item_before(item: DeliveryItem) -> DeliveryItem | None:
    """What was written down of the same document before."""
    same = (DeliveryItem.document == item.document_id, DeliveryItem.id < item.id)
    found: DeliveryItem | None = (
        DeliveryItem.select().where(*same).order_by(DeliveryItem.id.desc()).first()
    )
    return found


def _open_before(delivery: Delivery, document_id: int) -> list[Delivery]:
    """Older deliveries of that document whose receipt is still to be made."""
    query = Delivery.select().join(DeliveryItem)
    is_older = (Delivery.id < delivery.id, Delivery.proof.is_null())
    of_it = query.where(DeliveryItem.document == document_id, *is_older)
    return list(of_it.order_by(Delivery.id))


def _last_proof(item: DeliveryItem) -> Proof | None:
    """The receipt that spoke of this document before."""
    query = Proof.select().join(Delivery).join(DeliveryItem)
    of_it = query.where(DeliveryItem.document == item.document_id, DeliveryItem.id < item.id)
    found: Proof | None = of_it.order_by(Proof.number.desc()).first()
    return found
