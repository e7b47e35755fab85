"""What administrators look after: settings in a real file, checks that really run."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from appliance.clock import Clock
from appliance.config import Config, Origin, judge
from appliance.dashboard.health_board import HealthBoard
from appliance.dashboard.settings_board import SettingsBoard
from appliance.firm.users import Users
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.store.database import Store
from appliance.upkeep.bundle import Bundle
from appliance.upkeep.checks import Patient, checks_of
from appliance.upkeep.checkup import Checkup
from appliance.upkeep.logs import Masking, secrets_of
from appliance.upkeep.restarting import Restarting
from appliance.upkeep.settings import Settings
from appliance.upkeep.taskbook import TaskBook
from appliance.upkeep.trials import Trials
from appliance.vault import Vault, open_vault


@dataclass
class Rig:
    """The parts over one store. `again`: how often a new start was asked for."""

    store: Store
    clock: Clock
    environ: dict[str, str] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = {"GREFFIER_KEYRING": "off", "HOME": str(self.data)} | self.environ
        self.origin = Origin(None, known, self.data)
        self.config: Config = judge(self.origin).config
        self.vault: Vault = open_vault(self.data, known)
        users = Users(self.store, self.clock, 12)
        self.whatsapp = WhatsAppGateway(self.config.whatsapp)
        at_once = {("whatsapp", "access_token"): self.whatsapp.use_token}
        self.settings = Settings(self.origin, self.config, self.vault, self.store, users, at_once)
        self.book = TaskBook(self.store, self.clock)
        patient = Patient(self.config, self.clock, self.whatsapp, nullcontext, lambda: (5, 5))
        self.checkup = Checkup(self.store, self.clock, checks_of(patient), self.book)
        self.masked = Masking(lambda: secrets_of(self.config, self.vault))
        self.bundle = Bundle(self.config, self.data, self.masked)
        self.restarting = Restarting(self.settings, lambda: self.again.append("again"))

    @property
    def data(self) -> Path:
        return self.store.path.parent

    @property
    def file(self) -> Path:
        return self.settings.file

    def boards(self) -> dict[str, object]:
        """What a desk holds of them."""
        return {
            "health_board": HealthBoard(
                self.checkup, self.book, self.masked, self.bundle, self.settings, self.clock
            ),
            "settings": SettingsBoard(
                self.settings, Trials(self.config, self.clock), self.restarting
            ),
        }
