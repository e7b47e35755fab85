"""The parts of this station, put together as the settings want them."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from appliance import chores, instance
from appliance.chores import Chores, Kind
from appliance.clock import Clock
from appliance.config import Firm as FirmConfig
from appliance.firm import audit
from appliance.papers.exhibits import Exhibits
from appliance.papers.facts import Firm
from appliance.papers.pieces import Pieces
from appliance.papers.proofs import Gathering, Proofs
from appliance.papers.witness import KEY, Tell, Witness, audit_log, receipts
from appliance.store.database import Store
from appliance.wording import Wording


class Papers(NamedTuple):
    """Receipts, expected pieces, bordereaux."""

    proofs: Proofs
    pieces: Pieces
    exhibits: Exhibits
    witness: Witness

    def filed(self, document_id: int) -> list[chores.Posted]:
        """Inside the unit that filed, moved or undid a document: what follows from it.

        Hand what it returns to `Chores.wake` after the commit.
        """
        self.pieces.filed(document_id)
        self.exhibits.filed(document_id)
        return self.proofs.filed(document_id)

    def tidy(self) -> None:
        """At start: have the usual lists, and the daily check."""
        self.pieces.seed()
        self.witness.begin()


def papers(
    store: Store,
    work: Chores,
    clock: Clock,
    firm: FirmConfig,
    wordings: Mapping[str, Wording],
    gathering: Gathering | None = None,
) -> Papers:
    """Make them, and let the receipts be made."""
    about, key = Firm(firm.name, firm.timezone), instance.key(firm.data, KEY)
    proofs = Proofs(store, work, clock, about, key, gathering)
    work.on(Kind.PROVE, proofs.prove)
    exhibits = Exhibits(store, clock, about, wordings)
    chains = receipts(key), audit_log(instance.key(firm.data, audit.KEY))
    witness = Witness(store, work, clock, firm.data, chains)
    return Papers(proofs, Pieces(store, clock), exhibits, witness)


def watch(made: Papers, work: Chores, tell: Tell) -> None:
    """Let the chain be checked every day; `tell` reaches the firm's people."""
    work.on(Kind.WITNESS, partial(made.witness.look, tell))
