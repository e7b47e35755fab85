"""The copy on Google Drive as the dashboard sees it, and what it may ask."""

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.config import Drive
from appliance.drive import deciding, standing
from appliance.drive.acts import open_acts
from appliance.drive.deciding import Deciding, Failure
from appliance.drive.joining import Joining
from appliance.drive.standing import Standing
from appliance.store.models import DriveAct

SHOWN = 100  # failures, and acts


@dataclass(frozen=True)
class ShownAct:
    """What somebody did on Drive, to what."""

    act: DriveAct
    name: str


@dataclass(frozen=True)
class DriveSeen:
    """The page. `standing` None: switched off. `is_by_person`: somebody signs in here."""

    standing: Standing | None
    is_by_person: bool
    failures: Sequence[Failure]
    acts: Sequence[ShownAct]
    root_folder: str
    shared_drive: str


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

    def seen(self) -> DriveSeen:
        """Read it all."""
        is_on = self.joining is not None
        acts = open_acts()[:SHOWN] if is_on else []
        return DriveSeen(
            standing=standing.standing() if is_on else None,
            is_by_person=self.joining is not None and self.joining.is_by_person,
            failures=list(deciding.failures(SHOWN)) if is_on else [],
            acts=[ShownAct(act, deciding.name_of(act.item.key)) for act in acts],
            root_folder=self._config.root_folder,
            shared_drive=self._config.shared_drive,
        )
