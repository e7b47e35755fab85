"""The copy on Google Drive as the dashboard sees it, and what it may ask."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.config import Drive
from appliance.drive import deciding, places, standing
from appliance.drive.acts import open_acts
from appliance.drive.deciding import Deciding, Failure
from appliance.drive.joining import Joining
from appliance.drive.standing import Standing
from appliance.firm.scope import Scope
from appliance.store.models import DriveAct, DriveState

SHOWN = 100  # failures, and acts
_KINDS = dict(
    zip(deciding.FAILED_KINDS, (places.DOCUMENT, places.DOSSIER, places.CLIENT), strict=True)
)


@dataclass(frozen=True)
class ShownAct:
    """What somebody did on Drive, to what."""

    act: DriveAct
    name: str | None  # None: not theirs to see


@dataclass(frozen=True)
class DriveSeen:
    """The page. `standing` None: switched off. `is_by_person`: somebody signs in here."""

    standing: Standing | None
    is_by_person: bool
    failures: Sequence[Failure]
    acts: Sequence[ShownAct]
    gone: int  # acts of those that took something away: they can be answered at once
    root_folder: str
    shared_drive: str


@dataclass(frozen=True)
class DriveTrouble:
    """Why the copy does not go on: nobody is connected, Drive says no, or some could not go."""

    state: DriveState
    waiting: int
    failed: int

    @property
    def is_connected(self) -> bool:
        return self.state.connected_at is not None


class DriveBoard:
    """What the page shows and does; nothing, where Drive is switched off."""

    def __init__(
        self,
        joining: Joining | None = None,
        deciding_: Deciding | None = None,
        config: Drive | None = None,
    ) -> None:
        self.joining = joining
        self.deciding = deciding_
        self._config = config or Drive()

    def seen(self, scope: Scope) -> DriveSeen:
        """Read it all; things are called by their names as far as they see them."""
        is_on = self.joining is not None
        every = open_acts() if is_on else []
        acts = every[:SHOWN]
        return DriveSeen(
            standing=standing.standing() if is_on else None,
            is_by_person=self.joining is not None and self.joining.is_by_person,
            failures=[_within(one, scope) for one in deciding.failures(SHOWN)] if is_on else [],
            acts=[_shown(act, scope) for act in acts],
            gone=sum(act.kind in deciding.GONE for act in every),
            root_folder=self._config.root_folder,
            shared_drive=self._config.shared_drive,
        )

    def trouble(self) -> DriveTrouble | None:
        """None: it is switched off, or goes on."""
        if self.joining is None:
            return None
        stands = standing.standing()
        found = DriveTrouble(stands.state, stands.waiting, stands.failed)
        is_well = found.is_connected and found.state.hold is None and not found.failed
        return None if is_well else found


def _shown(act: DriveAct, scope: Scope) -> ShownAct:
    kind, number = places.kind_of(act.item.key)
    is_seen = _sees(kind, number, scope)
    return ShownAct(act, deciding.name_of(act.item.key) if is_seen else None)


def _within(one: Failure, scope: Scope) -> Failure:
    kind = _KINDS[one.chore.kind]
    is_seen = _sees(kind, one.chore.subject_id, scope)
    return one if is_seen else replace(one, name="")


def _sees(kind: str, number: int, scope: Scope) -> bool:
    sees = {
        places.DOCUMENT: scope.sees_document,
        places.DOSSIER: scope.sees_dossier,
        places.CLIENT: scope.sees_client,
    }.get(kind)
    return sees(number) if sees is not None else not scope.sees_nothing
