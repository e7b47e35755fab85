"""Fits the parts of Drive together, where the settings want a copy there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from appliance import instance
from appliance.chores import Chores, Orders, Posted
from appliance.clock import Clock
from appliance.config import Config
from appliance.config import Drive as DriveConfig
from appliance.drive import places, standing
from appliance.drive.acts import Acts
from appliance.drive.adopting import Adopting
from appliance.drive.connection import Bell, Connection
from appliance.drive.deciding import Deciding
from appliance.drive.folders import DriveFolders
from appliance.drive.items import Items
from appliance.drive.joining import Inside, Joining, Outside
from appliance.drive.mirroring import Mirror, Parts
from appliance.drive.places import MayLeave
from appliance.drive.posting import Posting
from appliance.drive.removing import Removing
from appliance.drive.uploading import Source, Uploader
from appliance.drive.verifying import Verification
from appliance.drive.watching import DriveWatch, Eyes
from appliance.errors import ConfigError, Fault
from appliance.firm.users import Users
from appliance.gateways.drive_answers import FULL_ACCOUNT, NEEDS_SERVICE
from appliance.limits import Limits
from appliance.sealing import Seal
from appliance.store.database import Store
from appliance.vault import Vault

MirrorOf = Callable[[int], list[Posted]]


class House(NamedTuple):
    """What of the appliance Drive works with."""

    store: Store
    clock: Clock
    chores: Chores
    users: Users
    limits: Limits
    bell: Bell


@dataclass(frozen=True)
class FittedDrive:
    """Drive as it is used: everything, or nothing where it is switched off.

    `document`, `dossier`, `client`: inside a unit, have that on Drive as it is here. `removal`:
    have the copy of a document go. `fetch`: the bytes of a copy, by its id there.
    """

    document: MirrorOf = lambda _: []
    dossier: MirrorOf = lambda _: []
    client: MirrorOf = lambda _: []
    removal: MirrorOf = lambda _: []
    joining: Joining | None = None
    deciding: Deciding | None = None
    watch: DriveWatch | None = None
    fetch: Callable[[str], Iterable[bytes]] | None = None

    def show_in(self, watch: Callable[[str, Callable[[], dict[str, str]]], None]) -> None:
        """Let the appliance's health tell of it, where it is on."""
        if self.joining is not None:
            watch("drive", standing.health)

    def start(self) -> None:
        """Have what was filed meanwhile sent, and look at Drive."""
        if self.joining is not None:
            self.joining.catch_up()
        if self.watch is not None:
            self.watch.start()

    def stop(self) -> None:
        if self.watch is not None:
            self.watch.stop()


def faults(config: DriveConfig) -> list[Fault]:
    """What would keep Drive from working at all, said at start."""
    if not config.enabled:
        return []
    from appliance.gateways.google_account import WHERE, credentials_of, read_key_file

    try:
        key_file = read_key_file(config.credentials)
        credentials_of(key_file, None)
    except ConfigError as error:
        return list(error.faults)
    if key_file.is_service_account and not config.shared_drive:
        return [Fault(WHERE, FULL_ACCOUNT)]
    if config.shared_drive and not key_file.is_service_account:
        return [Fault("[drive] shared_drive", NEEDS_SERVICE)]
    return []


def fit(config: Config, vault: Vault, house: House, may_leave: MayLeave) -> FittedDrive:
    """Everything that [drive] asks for; asks nobody yet. Raises ConfigError for a bad key file."""
    if not config.drive.enabled:
        return FittedDrive()
    from appliance.gateways.google_account import SignIn

    store, clock, chores, users, limits, bell = house
    outside = _outside(config, vault, clock)
    wallet = outside.wallet
    if not wallet.key_file.is_service_account:
        outside = outside._replace(sign_in=SignIn(wallet.key_file, clock))
    drive = outside.drive
    items = Items(store, clock, drive, _seal(config))
    connection = Connection(store, clock, bell)
    acts = Acts(store, clock, users, bell)
    source = Source(config.documents.folder, config.firm.data / "media")
    folders, uploader = DriveFolders(items, drive, acts), Uploader(items, drive, source)
    removing = Removing(store, drive, items, acts)
    parts = Parts(drive, items, folders, uploader, acts, removing)
    top = places.root(config.drive.root_folder)
    mirror = Mirror(store, clock, connection, parts, top, limits)
    mirror.serve(chores, may_leave)
    adopting = Adopting(store, items, top, may_leave)
    joining = Joining(Inside(store, clock, connection, items, chores, users), outside)
    posting = Posting(chores)
    return FittedDrive(
        document=posting.document,
        dossier=posting.dossier,
        client=posting.client,
        removal=posting.removal,
        joining=joining,
        deciding=Deciding(store, chores, acts),
        fetch=drive.fetch,
        watch=DriveWatch(store, clock, drive, connection, Eyes(acts, joining, adopting)),
    )


def verification(
    config: Config, vault: Vault, store: Store, clock: Clock, may_leave: MayLeave
) -> Verification:
    """For a command, beside the running appliance or without one."""
    drive = _outside(config, vault, clock).drive
    nobody = Bell(lambda _key, _error: (), lambda _posted: None)
    items = Items(store, clock, drive, _seal(config))
    acts = Acts(store, clock, Users(store, clock, config.dashboard.session_hours), nobody)
    adopting = Adopting(store, items, places.root(config.drive.root_folder), may_leave)
    rooms = items, acts, adopting, Posting(Orders(clock))
    return Verification(store, clock, drive, *rooms)


def account(config: Config, clock: Clock) -> str:
    """Whose Drive is connected, asked of Google. Raises ConfigError, or what the gateway does."""
    drive = _outside(config, Vault(()), clock).drive
    return drive.account().address


def _outside(config: Config, vault: Vault, clock: Clock) -> Outside:
    from appliance.gateways.google_account import Wallet, read_key_file
    from appliance.gateways.google_drive import GoogleDrive

    token = config.drive.token.get_secret_value() if config.drive.token else None
    wallet = Wallet(read_key_file(config.drive.credentials), token, vault)
    api_url, shared_drive = config.drive.api_url, config.drive.shared_drive
    return Outside(GoogleDrive(api_url, shared_drive, wallet.credentials, clock.now), wallet, None)


def _seal(config: Config) -> Seal:
    return Seal(instance.key(config.firm.data))
