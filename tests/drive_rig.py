"""A firm whose documents are mirrored on the simulated Google Drive, over real HTTP."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from appliance import fittings
from appliance.chores import Chores
from appliance.config import Config, read
from appliance.demo import cast
from appliance.drive import fitting, places
from appliance.drive.connection import Bell
from appliance.drive.fitting import FittedDrive, House
from appliance.drive.verifying import Compared, Verification
from appliance.errors import GreffierError
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.jobs import Job, Jobs
from appliance.limits import Limits
from appliance.queues import open_queue
from appliance.safety import fitting as safety
from appliance.simulator.google_drive import Drive, Kept
from appliance.store import rows, work
from appliance.store.database import Store
from appliance.store.models import Chore, Document, Dossier, Safety
from appliance.traffic import Traffic
from appliance.vault import Vault, open_vault
from tests.support import Hands

OFF = {"GREFFIER_KEYRING": "off"}
REFERENCES = ("2026-0042", "2026-0017", "2026-0031", "2025-0310", "2026-0055", "2026-0061")


def settings(drive: Drive, data: Path, **more: str) -> dict[str, str]:
    """The settings of a firm whose key file is a desktop client's."""
    key_file = data / "client.json"
    if not key_file.exists():
        key_file.write_text(json.dumps(drive.client_config))
    return {
        **OFF,
        "GREFFIER_DRIVE_ENABLED": "yes",
        "GREFFIER_DRIVE_API_URL": drive.url,
        "GREFFIER_DRIVE_CREDENTIALS": str(key_file),
        "GREFFIER_LIMITS_GDRIVE_UPLOAD": "1000000/1s",
        **more,
    }


@dataclass
class Rung:
    """What the firm's people were told."""

    alerts: dict[str, str] = field(default_factory=dict)

    def alert(self, key: str, error: GreffierError) -> list[Any]:
        self.alerts.setdefault(key, error.reason)
        return []


class Rig:
    """One process of the appliance, as far as Drive is concerned."""

    def __init__(self, config: Config, store: Store, clock: Hands, vault: Vault) -> None:
        self.config, self.store, self.clock, self.vault = config, store, clock, vault
        self.rung = Rung()
        self.jobs = Jobs(open_queue("sqlite:", config.firm.data), 3, Traffic())
        self.chores = Chores(store, self.jobs, clock)
        self.users = Users(store, clock, 1)
        self.limits = Limits(store, clock, fittings.rates(config.limits))
        self.jobs.on(Job.CHORE, self.chores.run, self.chores.broke)
        bell = Bell(self.rung.alert, lambda _: None)
        house = House(store, clock, self.chores, self.users, self.limits, bell)
        self.allowed: Callable[[Any], bool] = safety.may_leave(self.config)
        self.fitted: FittedDrive = fitting.fit(config, vault, house, self._may_leave)

    def _may_leave(self, document: Any) -> bool:
        return self.allowed(document)

    @property
    def watch(self) -> Any:
        assert self.fitted.watch is not None
        return self.fitted.watch

    @property
    def joining(self) -> Any:
        assert self.fitted.joining is not None
        return self.fitted.joining

    @property
    def deciding(self) -> Any:
        assert self.fitted.deciding is not None
        return self.fitted.deciding

    def start(self) -> None:
        self.jobs.start()
        self.chores.start()
        self.chores.release_interrupted()

    def stop(self) -> None:
        self.chores.stop()
        self.jobs.drain()

    def file(self, name: str, data: bytes, reference: str = "2026-0042", **more: Any) -> Document:
        """A document that was just filed, with its file, and its way to Drive asked for."""
        dossier = rows.find(Dossier, reference_key=reference)
        assert dossier is not None
        folder = f"{dossier.client.folder}/{dossier.folder}"
        values = {"client": dossier.client_id, "dossier": dossier.id, **more}
        return self._keep(folder, name, data, values)

    def pend(self, name: str, data: bytes, sender: str = "+21650999000") -> Document:
        """A document that waits for a person."""
        return self._keep(f"_A rattacher/{sender}", name, data, {})

    def _keep(self, folder: str, name: str, data: bytes, values: dict[str, Any]) -> Document:
        path = self.config.documents.folder / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        now = self.clock.now()
        values = {"owner_key": f"test:{folder}/{name}", **values}

        def unit() -> tuple[Document, list[Any]]:
            made = rows.insert(
                Document,
                sha256=hashlib.sha256(data).hexdigest(),
                sender="+21650999000",
                name=name,
                mime_type="application/pdf",
                size=len(data),
                reason="only_active_dossier",
                local_path=f"{folder}/{name}",
                received_at=now,
                stored_at=now,
                safety=Safety.OK,
                **values,
            )
            return made, self.fitted.document(made.id)

        document, posted = self.store.write(unit)
        self.chores.wake(posted)
        return document

    def again(self, document: Document) -> None:
        """Ask for it once more, as whoever moved or renamed it does."""
        self.chores.wake(self.store.write(lambda: self.fitted.document(document.id)))

    def row(self, document: Document) -> Document:
        found = rows.find(Document, id=document.id)
        assert found is not None
        return found

    def chore_of(self, document: Document) -> Chore:
        found = rows.find(Chore, kind="mirror", subject_id=document.id)
        assert found is not None
        return found

    def path_of(self, document: Document) -> str:
        """Where its copy should stand."""
        place = places.place_of(self.row(document), places.root("Dossiers"))
        folders = [folder.name for folder in reversed(place.folder.chain())]
        return "/".join([*folders, place.name])

    def is_idle(self) -> bool:
        return (
            not Chore.select()
            .where(Chore.due_at.is_null(False) | Chore.leased_until.is_null(False))
            .exists()
        )

    def is_calm(self) -> bool:
        """Nothing is being done, and nothing is due now."""
        now = self.clock.now()
        busy = Chore.leased_until.is_null(False) | (Chore.due_at <= now)
        return not Chore.select().where(busy).exists()

    def settle(self, within: float = 30.0) -> None:
        """Let everything that is due be done, and no time pass."""
        self._wait(self.is_calm, within)

    def rests(self, within: float = 60.0, step: timedelta = timedelta(seconds=20)) -> None:
        """Let time pass until nothing is left to do."""
        end = monotonic() + within
        while not self.is_idle():
            assert monotonic() < end, self.report()
            self.settle(within)
            if not self.is_idle():
                self.clock.pass_(step)
                self.wake_due()

    def wake_due(self) -> None:
        for row_id, priority, _ in work.due(Chore, self.clock.now(), timedelta(), 20_000):
            self.jobs.wake(Job.CHORE, row_id, priority)

    def report(self) -> str:
        return "; ".join(f"{c.kind} {c.subject_id} {c.status} {c.error}" for c in Chore.select())

    def _wait(self, condition: Callable[[], bool], within: float) -> None:
        end, pause, woken = monotonic() + within, threading.Event(), monotonic()
        while not condition():
            assert monotonic() < end, self.report()
            pause.wait(0.005)
            if monotonic() - woken > 0.5:  # what the sweep does
                self.wake_due()
                woken = monotonic()

    def verification(self) -> Verification:
        return fitting.verification(
            self.config, self.vault, self.store, self.clock, safety.may_leave(self.config)
        )

    def verify(self) -> Compared:
        return self.verification().compare(places.root("Dossiers"), self.allowed)

    def differences(self) -> list[str]:
        return [each.told.reason for each in self.verify().differences]

    def sees(self) -> int:
        """Some time later Drive is looked at; how many acts are new."""
        self.clock.pass_(timedelta(minutes=5))
        new: int = self.watch.read_changes()
        return new

    def repair(self) -> None:
        verification = self.verification()
        found = verification.compare(places.root("Dossiers"), self.allowed)
        self.chores.wake(verification.repair(found))


@contextmanager
def open_rig(
    drive: Drive,
    data: Path,
    clock: Hands | None = None,
    *,
    connects: bool = True,
    looks: bool = True,
    **more: str,
) -> Iterator[Rig]:
    """A firm with clients; connected to Drive, unless told otherwise."""
    vault = open_vault(data, OFF)
    if connects and vault.get("drive", "token") is None:
        vault.set("drive", "token", drive.signed_in()["refresh_token"])
    config = read(None, settings(drive, data, **more), data)
    clock = clock or Hands()
    with closing(Store.open(data, clock)) as store:
        Register(store, clock).import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
        rig = Rig(config, store, clock, vault)
        if connects and looks:
            assert rig.watch.look()
        rig.start()
        try:
            yield rig
        finally:
            rig.stop()


def on_drive(drive: Drive) -> list[Kept]:
    """The files, without folders, that nobody has put into the bin."""
    return [kept for kept in drive.files if not kept.is_folder and not kept.trashed]


def folders_on(drive: Drive) -> list[str]:
    return [kept.path for kept in drive.files if kept.is_folder and not kept.trashed]
