"""A `greffier run` of its own, met as its neighbours meet it: commands, HTTP, files, exit codes."""

import hashlib
import hmac
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from click.testing import CliRunner

from appliance.cli import main
from appliance.demo import cast
from appliance.inbox.door import PATH
from appliance.simulator.account import Account
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from tests.support import until

ROOT = Path(__file__).resolve().parents[2]
SECRET, TOKEN, VERIFY = "e2e-app-secret", "e2e-access-token", "e2e-verify-token"
DRAIN = 10.0  # seconds that SIGTERM leaves, by the contract
START = 20.0  # seconds: only a start that hangs takes so long

Answer = subprocess.CompletedProcess[str]


@contextmanager
def world() -> Iterator[tuple[Meta, Mailbox]]:
    """The outside: Meta and a mail server."""
    with (
        Meta(Account(SECRET, TOKEN, VERIFY)) as meta,
        Mailbox() as mailbox,
    ):
        yield meta, mailbox


@dataclass
class Office:
    """A data folder, and the environment that its commands run in."""

    data: Path
    settings: dict[str, object] = field(default_factory=dict)
    around: dict[str, str] = field(default_factory=dict)  # the computer's own environment
    program: str = "appliance"

    @classmethod
    def of(cls, data: Path, meta: Meta, mailbox: Mailbox | None = None) -> "Office":
        """Connected to these two; nothing waits to gather."""
        office = cls(data)
        office.settings |= {
            "WHATSAPP_GRAPH_URL": meta.url,
            "WHATSAPP_PHONE_NUMBER_ID": meta.account.phone_number_id,
            "WHATSAPP_BUSINESS_ACCOUNT_ID": meta.account.business_account_id,
            "WHATSAPP_ACCESS_TOKEN": TOKEN,
            "WHATSAPP_APP_SECRET": SECRET,
            "WHATSAPP_VERIFY_TOKEN": VERIFY,
            "WHATSAPP_CONFIRM_AFTER": "0s",
        }
        if mailbox is not None:
            office.settings |= {
                "EMAIL_HOST": mailbox.host,
                "EMAIL_PORT": mailbox.port,
                "EMAIL_SECURITY": "none",
                "EMAIL_SENDER": "greffier@cabinet.example",
                "EMAIL_DIGEST_MINUTES": 0,
            }
        return office

    def know_clients(self) -> None:
        """The sample firm's clients and their five dossiers."""
        clients = self.data.parent / f"{self.data.name}.csv"
        clients.write_text(cast.CLIENTS_CSV, "utf-8")
        assert self.greffier_here("import", str(clients)).returncode == 0

    def furnish(self) -> None:
        """The sample firm: its clients, dossiers and lawyer."""
        self.know_clients()
        lawyer = ("user", "add", cast.LAWYER, "--role", "avocat", "--email", cast.LAWYER_EMAIL)
        added = self.greffier_here(*lawyer, "--password-stdin", typed=cast.PASSWORD)
        assert added.returncode == 0

    @property
    def environ(self) -> dict[str, str]:
        """No setting of whoever runs the tests gets through."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GREFFIER_")}
        return {**inherited, **self._own, "PYTHONIOENCODING": "utf-8", "COLUMNS": "120"}

    @property
    def _own(self) -> dict[str, str]:
        usual = {
            "FIRM_DATA": self.data,
            "FIRM_NAME": cast.FIRM,
            "WEBHOOK_PORT": 0,
            "DASHBOARD_PORT": 0,
            "KEYRING": "off",
        }
        return {f"GREFFIER_{name}": str(v) for name, v in {**usual, **self.settings}.items()}

    def greffier(self, *arguments: str, typed: str = "") -> Answer:
        """One command, to its end; `typed` is its stdin."""
        return subprocess.run(
            [sys.executable, "-m", "appliance", *arguments],
            input=typed,
            capture_output=True,
            encoding="utf-8",
            cwd=ROOT,
            env=self.environ,
            timeout=60,
            check=False,
        )

    def greffier_here(self, *arguments: str, typed: str = "") -> Answer:
        """The same command inside this process: for the many that only refuse, or print."""
        others = {name: None for name in os.environ if name.startswith("GREFFIER_")}
        done = CliRunner(env={**others, **self._own}).invoke(
            main, arguments, input=typed, prog_name="greffier"
        )
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(arguments, done.exit_code, done.stdout, done.stderr)

    @contextmanager
    def open(self, *, is_quiet: bool = True) -> "Iterator[Running]":
        """`greffier run`, from its door lines until it has drained; quiet: nothing on stderr."""
        running = Running(self)
        try:
            running.await_doors()
            yield running
            running.stop()
            assert running.stderr == "" or not is_quiet
        finally:
            running.kill()

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.data / "greffier.db", timeout=10)) as store:
            return store.execute(sql, values).fetchall()

    def change(self, sql: str) -> None:
        """Tamper with the store of a stopped appliance."""
        with closing(sqlite3.connect(self.data / "greffier.db")) as store, store:
            store.execute("PRAGMA foreign_keys = off")
            store.execute(sql)

    def is_idle(self) -> bool:
        """No row is due, held or being sent."""
        return not any(
            self.rows(f"SELECT 1 FROM {table} WHERE due_at IS NOT NULL OR leased_until IS NOT NULL")
            for table in ("whatsapp_messages", "receipts", "outbox")
        )

    def rests(self, within: float = 20.0) -> None:
        """Wait until all work has ended, one way or another."""
        until(self.is_idle, within, "work did not end")

    @property
    def folder(self) -> Path:
        return self.data / "Dossiers"

    @property
    def files(self) -> set[str]:
        """Every file below the documents folder."""
        found = self.folder.rglob("*") if self.folder.is_dir() else []
        return {path.relative_to(self.folder).as_posix() for path in found if path.is_file()}


class Running:
    """The process, and the addresses that it printed."""

    def __init__(self, office: Office) -> None:
        self._office = office
        logs = office.data.parent
        self._said = [logs / f"{office.data.name}.{name}" for name in ("stdout", "stderr")]
        with self._said[0].open("w") as out, self._said[1].open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", office.program, "run", "--no-tray"],
                stdout=out,
                stderr=err,
                cwd=ROOT,
                env={**office.environ, **office.around},
            )

    @property
    def stdout(self) -> str:
        return self._said[0].read_text("utf-8")

    @property
    def stderr(self) -> str:
        return self._said[1].read_text("utf-8")

    def await_doors(self) -> None:
        until(lambda: self.stdout.count("\n") >= 2 or not self.is_alive, START)
        assert self.is_alive, self.stderr

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    @property
    def webhook(self) -> str:
        return self._address("webhook")

    @property
    def dashboard(self) -> str:
        return self._address("dashboard").rstrip("/")

    def _address(self, door: str) -> str:
        found = re.search(rf"^{door} +(\S+)$", self.stdout, re.MULTILINE)
        assert found is not None, self.stdout
        return found[1]

    def stop(self) -> None:
        """SIGTERM: it ends by itself, in time and content."""
        if self.process.returncode is None:
            assert self.is_alive, self.stderr
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(DRAIN)
        assert self.process.returncode == 0, self.stderr

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait(DRAIN)

    def post(self, body: bytes, **headers: str) -> requests.Response:
        """Send as Meta does; a `signature` of our own instead of the right one."""
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        signature = headers.pop("signature", f"sha256={digest}")
        sent = {"Content-Type": "application/json", "X-Hub-Signature-256": signature, **headers}
        return request("POST", self.webhook, data=body, headers=sent)

    def page(self, path: str) -> str:
        """What the lawyer sees there, signed in."""
        with requests.Session() as browser:
            browser.trust_env = False
            self.sign_in(browser)
            return browser.get(f"{self.dashboard}{path}", timeout=20).text

    def sign_in(self, browser: requests.Session) -> None:
        """As the lawyer."""
        fields = {"name": cast.LAWYER, "password": cast.PASSWORD}
        self._submit(browser, "/login", "/login", fields)

    def retry(self, browser: requests.Session, row_id: int) -> None:
        """Press the button beside a failed message."""
        self._submit(browser, "/", f"/messages/{row_id}/retry", {})

    def _submit(
        self, browser: requests.Session, page: str, address: str, fields: dict[str, str]
    ) -> None:
        """Send a form of that page, with its token."""
        form = browser.get(f"{self.dashboard}{page}", timeout=20).text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
        assert token is not None, form
        sent = {**fields, "csrf_token": token[1]}
        answer = browser.post(f"{self.dashboard}{address}", data=sent, timeout=20)
        assert answer.status_code == 200, answer.text


def request(method: str, url: str, **arguments: Any) -> requests.Response:
    """One request on a connection of its own, through nobody's proxy; redirects are shown."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, timeout=20, allow_redirects=False, **arguments)


__all__ = ["PATH", "ROOT", "SECRET", "TOKEN", "VERIFY", "Answer", "Office", "Running", "request"]
