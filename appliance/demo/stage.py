"""The world of the demo: the sample firm's appliance, a simulated WhatsApp, a mail server."""

import json
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from appliance.assembly import Appliance, Surroundings, running
from appliance.clock import SystemClock, day_of
from appliance.config import Config, Origin, read
from appliance.demo import cast
from appliance.disk import make_folder, write_private
from appliance.errors import ConfigError, Fault
from appliance.firm.answers import Answers
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.firm.users import Users
from appliance.inbox.door import PATH
from appliance.simulator.account import Account
from appliance.simulator.google_drive import Drive
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store.database import Store
from appliance.vault import Vault, open_vault
from appliance.wording import LANGUAGES, Wording

WEBHOOK_PORT, DASHBOARD_PORT, PHONE_PORT = 8080, 8090, 8070
OWN = {"GREFFIER_KEYRING": "off"}  # the demo's secrets are in its folder, and no other's are read
KEY_FILE = "google.json"
MARK = "demo"  # the file by which the demo knows a folder of its own
TIMEZONE = "Africa/Tunis"  # the sample firm's, for its own pages and its clients' phones


@dataclass(frozen=True)
class Stage:
    """What the demo plays with."""

    appliance: Appliance
    meta: Meta
    mailbox: Mailbox
    drive: Drive

    @property
    def folder(self) -> Path:
        """Where the documents are filed."""
        return self.appliance.config.documents.folder


@contextmanager
def stage(data: Path | None, *, is_quick: bool) -> Iterator[Stage]:
    """Everything running and connected; gone afterwards, unless a `data` folder was given."""
    with tempfile.TemporaryDirectory(prefix="greffier-demo-", ignore_cleanup_errors=True) as made:
        folder = data or Path(made)
        _take(folder, is_quick=is_quick)
        vault = open_vault(folder, OWN)
        with Mailbox() as mailbox, _meta(mailbox, is_quick=is_quick) as meta, Drive() as drive:
            _sign_in(drive, folder, vault)
            environ = _environ(folder, meta, mailbox, drive, is_quick=is_quick)
            config = read(None, environ, folder)
            _furnish(config)
            around = Surroundings(Origin(None, environ, folder))
            kept = open_vault(folder, environ)
            with running(config, vault=kept, around=around) as appliance:
                meta.subscribe(f"{appliance.public.url}{PATH}")
                yield Stage(appliance, meta, mailbox, drive)


def _take(folder: Path, *, is_quick: bool) -> None:
    """Make the folder the demo's. Raises ConfigError rather than mix the demo into a real firm.

    The scripted day counts files and letters: it wants a folder in which nothing was played yet.
    """
    make_folder(folder)
    is_empty = next(folder.iterdir(), None) is None
    if is_empty:
        (folder / MARK).write_text("This data folder was made by `greffier demo`.\n", "utf-8")
    elif is_quick or not (folder / MARK).exists():
        raise ConfigError([Fault(str(folder), "holds data: give the demo an empty folder")])


def _sign_in(drive: Drive, folder: Path, vault: Vault) -> None:
    """The firm's administrator has consented: Google's key file is there, and our secret."""
    drive.auto_approve = True
    write_private(folder / KEY_FILE, json.dumps(drive.client_config).encode())
    vault.set("drive", "token", drive.signed_in()["refresh_token"])


def _meta(mailbox: Mailbox, *, is_quick: bool) -> Meta:
    account = Account(
        app_secret=secrets.token_hex(16),
        access_token=secrets.token_hex(32),
        verify_token=secrets.token_hex(16),
        verified_name=cast.FIRM,
        timezone=TIMEZONE,
    )
    meta = Meta(account, port=0 if is_quick else free_port(PHONE_PORT))
    meta.show_mailbox(mailbox)
    return meta


def _environ(
    folder: Path, meta: Meta, mailbox: Mailbox, drive: Drive, *, is_quick: bool
) -> dict[str, str]:
    """The demo's settings, given as environment variables are: nothing of this PC's is read."""
    gather = 1 if is_quick else 8  # seconds
    settings = {
        "FIRM_NAME": cast.FIRM,
        "FIRM_TIMEZONE": TIMEZONE,
        # The scripted day ends with an evening, at whatever hour it is played.
        "FIRM_HOLIDAYS": _today() if is_quick else "",
        "WEBHOOK_PORT": 0 if is_quick else free_port(WEBHOOK_PORT),
        "DASHBOARD_PORT": 0 if is_quick else free_port(DASHBOARD_PORT),
        "WHATSAPP_PHONE_NUMBER_ID": meta.account.phone_number_id,
        "WHATSAPP_BUSINESS_ACCOUNT_ID": meta.account.business_account_id,
        "WHATSAPP_GRAPH_URL": meta.url,
        "WHATSAPP_ACCESS_TOKEN": meta.access_token,
        "WHATSAPP_APP_SECRET": meta.account.app_secret,
        "WHATSAPP_VERIFY_TOKEN": meta.account.verify_token,
        "WHATSAPP_CONFIRM_AFTER": f"{gather}s",
        "DRIVE_ENABLED": "yes",
        "DRIVE_API_URL": drive.url,
        "DRIVE_CREDENTIALS": folder / KEY_FILE,
        "EMAIL_HOST": mailbox.host,
        "EMAIL_PORT": mailbox.port,
        "EMAIL_SECURITY": "none",
        "EMAIL_SENDER": "greffier@cabinet.example",
        "EMAIL_DIGEST_MINUTES": f"{gather / 60:.4f}",
    }
    environ = {f"GREFFIER_{name}": str(value) for name, value in settings.items()}
    return {**environ, **OWN}


def _today() -> str:
    return day_of(SystemClock().now(), ZoneInfo(TIMEZONE)).isoformat()


def _furnish(config: Config) -> None:
    """The firm's clients, dossiers and people, as its administrator would enter them."""
    clock = SystemClock()
    with closing(Store.open(config.firm.data, clock)) as store:
        file = parse(cast.CLIENTS_CSV.encode(), config.firm.country)
        Register(store, clock).import_file(file)
        wordings = {each: Wording(each, TIMEZONE) for each in LANGUAGES}
        cast.write_answers(Answers(store, clock, config.firm, wordings))
        users = Users(store, clock, config.dashboard.session_hours)
        known = {user.name for user in users.everybody()}
        people = (
            (cast.LAWYER, "avocat", cast.LAWYER_EMAIL),
            (cast.ASSISTANT, "assistant", None),
            (cast.ADMIN, "admin", None),
        )
        for name, role, email in people:
            if name not in known:
                users.add(name, role, email, cast.PASSWORD)


def free_port(wanted: int) -> int:
    """`wanted` if nobody listens there, else one that the system chooses."""
    for port in (wanted, 0):
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(trial.getsockname()[1])
    raise OSError("no port is free on 127.0.0.1")
