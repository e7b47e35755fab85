"""The parts that move documents and folders, as one: what `assembly` fits."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.chores import Chores, Kind, Posted
from appliance.clock import Clock
from appliance.errors import Stop
from appliance.filing.acts import Done, Told
from appliance.filing.adopting import Adopting
from appliance.filing.carrying import Carrier
from appliance.filing.findings import Choice, Findings
from appliance.filing.looking import Looking
from appliance.filing.moving import Mover
from appliance.filing.premises import Premises
from appliance.filing.rehousing import Rehousing
from appliance.filing.settling import Settling
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Finding

Mirror = Callable[[Kind, int], list[Posted]]
Filed = Callable[[int], list[Posted]]


@dataclass(frozen=True)
class Filing:
    """Whoever changes where something is kept."""

    carrier: Carrier
    mover: Mover
    rehousing: Rehousing
    looking: Looking
    settling: Settling
    adopting: Adopting

    def sweep(self) -> None:
        """At start, and at night: end what was interrupted. Folders first: they are looked for."""
        self.rehousing.sweep()
        self.carrier.sweep()

    def choose(self, finding_id: int, choice: Choice, by: str) -> Done:
        """What becomes of something that was changed on disk; see `Settling.choose`."""
        finding = rows.find(Finding, id=finding_id)
        done = self.settling.choose(finding_id, choice, by)
        document = finding.document if finding is not None else None
        is_taken = choice == Choice.TAKE and done == Done.DONE
        if is_taken and document is not None and document.dossier_id is not None:
            self.adopting.follow(document.dossier_id, by)
        return done

    def by_night(self, stop: Stop) -> None:
        """Ends what was interrupted, then looks what people did on disk. Raises StoppedError."""
        self.sweep()
        self.looking.take(stop)


def filing(
    store: Store, clock: Clock, premises: Premises, register: Register, told: Told
) -> Filing:
    """All of them, of one mind: they wait for each other's turn."""
    carrier, findings = Carrier(store, clock, premises, told), Findings(store, clock)
    return Filing(
        carrier,
        Mover(clock, premises, carrier),
        Rehousing(store, clock, premises, carrier, register, told),
        Looking(premises, findings),
        Settling(store, clock, premises, carrier, findings, told),
        Adopting(store, premises, register, told),
    )


def told(users: Users, chores: Chores, mirror: Mirror, filed: Filed) -> Told:
    """The audit log, Google Drive by `mirror`, receipts and pieces by `filed`: inside a unit, the
    chores that they post."""

    def follows(document_id: int) -> list[Posted]:
        return mirror(Kind.MIRROR, document_id) + filed(document_id)

    return Told(users.audit, follows, mirror, chores.wake)


def nowhere(_: Kind, __: int) -> list[Posted]:
    """No mirror: Google Drive is switched off."""
    return []
