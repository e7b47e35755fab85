"""Keeping over a running office, with a clock whose hands the test moves by days and years."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from appliance.clock import SystemClock
from appliance.firm.users import Users
from appliance.gateways.whatsapp import WhatsAppGateway
from appliance.inbox.media import MediaShelf
from appliance.keeping.destroying import Elsewhere
from appliance.keeping.fitting import Keeping, Rooms, keeping
from appliance.store import models
from appliance.upkeep.inventory import Inventories, Inventory, Places
from tests.integration.conftest import Office
from tests.support import Hands

DAY = timedelta(days=1)
PASSWORD = "un mot de passe long"


@dataclass
class Keeper:
    """One office, and all of keeping over it."""

    office: Office
    clock: Hands
    users: Users
    shelf: MediaShelf
    care: Keeping

    @property
    def media(self) -> Path:
        return self.office.config.firm.data / "media"

    def night(self) -> models.CleanUp:
        """An inventory, then the clean-up; nothing may be missing before or after."""
        assert self.inventory().missing == []
        report = self.care.cleaning.run(lambda: False)
        assert self.inventory().missing == []
        return models.CleanUp.get_by_id(report.id)

    def inventory(self) -> Inventory:
        places = Places(self.office.folder, self.media)
        return Inventories(self.office.store, self.clock, places).take(lambda: False)

    def dossier(self, reference: str) -> models.Dossier:
        return models.Dossier.get(models.Dossier.reference == reference)

    def close_and_wait(self, reference: str, years: int = 5) -> models.Dossier:
        """Closed; then its years pass."""
        dossier = self.dossier(reference)
        assert self.care.terms.close(dossier.id, "Salma")
        self.clock.pass_(timedelta(days=366 * years))
        return self.dossier(reference)

    def destroy(self, dossier: models.Dossier) -> models.Destruction:
        """Proposed by one, confirmed by another, done."""
        assert self.care.decisions.propose(dossier.id, "échu", "Salma") == "done"
        found = models.Destruction.get(models.Destruction.dossier == dossier)
        assert self.care.decisions.confirm(found.id, "Leïla") == "done"
        self.office.rests()
        return models.Destruction.get_by_id(found.id)

    def write(self, unit: Callable[[], object]) -> None:
        self.office.store.write(unit)


def keeper(office: Office, elsewhere: Elsewhere | None = None) -> Keeper:
    """Two people who decide, and an assistant; it is now."""
    clock = Hands(SystemClock().now())
    store, config = office.store, office.config
    users = Users(store, clock, 12)
    for name, role in (("Salma", "avocat"), ("Leïla", "avocat"), ("Nour", "assistant")):
        users.add(name, role, None, PASSWORD)
    shelf = MediaShelf(
        store, WhatsAppGateway(config.whatsapp), clock, config.firm.data / "media", 7 * DAY
    )
    posting = office.outbox.posting
    hands = users, office.chores, shelf, posting, office.jobs
    turn = office.premises.turn
    rooms = Rooms(store, clock, *hands, office.answers, turn)
    care = keeping(config, rooms, elsewhere or Elsewhere())
    return Keeper(office, clock, users, shelf, care)
