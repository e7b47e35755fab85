"""The process is killed again and again while documents stream in: nothing lost, nothing twice."""

import hashlib
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.demo import cast
from appliance.demo.stage import free_port
from appliance.inbox.door import PATH
from appliance.queues import remove
from appliance.simulator.account import Account
from appliance.simulator.whatsapp import Meta
from tests.support import until

KILLS = int(os.environ.get("GREFFIER_TEST_KILLS", "30"))
ROOT = Path(__file__).resolve().parents[2]
SECRET, TOKEN, VERIFY = "kill-secret", "kill-token", "kill-verify"
SENDERS = (cast.BEN_YOUSSEF, cast.CARTHAGE, cast.MANSOUR, cast.GHARBI, cast.STRANGER)


@dataclass
class Office:
    """A `greffier run` that is killed and started again on the same data and ports."""

    data: Path
    meta: Meta
    port: int = field(default_factory=lambda: free_port(0))

    @property
    def environ(self) -> dict[str, str]:
        settings = {
            "FIRM_DATA": self.data,
            "WEBHOOK_PORT": self.port,
            "DASHBOARD_PORT": 0,
            "WHATSAPP_GRAPH_URL": self.meta.url,
            "WHATSAPP_PHONE_NUMBER_ID": self.meta.account.phone_number_id,
            "WHATSAPP_BUSINESS_ACCOUNT_ID": self.meta.account.business_account_id,
            "WHATSAPP_ACCESS_TOKEN": TOKEN,
            "WHATSAPP_APP_SECRET": SECRET,
            "WHATSAPP_VERIFY_TOKEN": VERIFY,
            "WHATSAPP_CONFIRM_AFTER": "1s",
            "KEYRING": "off",
        }
        return {**os.environ, **{f"GREFFIER_{name}": str(v) for name, v in settings.items()}}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "appliance", *arguments]

    def start(self) -> "subprocess.Popen[str]":
        """Running: both doors are open."""
        process = subprocess.Popen(
            self.command("run", "--no-tray"),
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=self.environ,
        )
        assert process.stdout is not None
        doors = [process.stdout.readline() for _ in range(2)]
        assert doors[1].startswith("dashboard"), doors
        return process

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.data / "greffier.db", timeout=10)) as store:
            return store.execute(sql).fetchall()

    def rests(self) -> bool:
        """No work is due, held or being sent."""
        return not any(
            self.rows(f"SELECT 1 FROM {table} WHERE due_at IS NOT NULL OR leased_until IS NOT NULL")
            for table in ("whatsapp_messages", "receipts", "outbox")
        )


@dataclass
class Stream:
    """Clients who send one document after another until they are told to stop."""

    meta: Meta
    sent: dict[str, str] = field(default_factory=dict)  # wamid -> SHA-256
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        number = 0
        while not self.stop.wait(0.06):
            number += 1
            phone = self.meta.phone(random.choice(SENDERS), "somebody")
            content = cast.pdf(f"document {number}", os.urandom(8).hex())
            wamid = phone.sends(content, filename=f"piece {number}.pdf")
            self.sent[wamid] = hashlib.sha256(content).hexdigest()


def reap(process: "subprocess.Popen[str]") -> None:
    process.wait(15)
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.parametrize("loses_queue", [False, True], ids=["kill", "kill and rm queue.db"])
def test_after_kills_everything_is_filed_once_and_confirmed_once(
    tmp_path: Path, loses_queue: bool
) -> None:
    random.seed(20261123)
    with Meta(Account(SECRET, TOKEN, VERIFY)) as meta:
        office = Office(tmp_path, meta)
        clients = tmp_path / "clients.csv"
        clients.write_text(cast.CLIENTS_CSV, "utf-8")
        subprocess.run(
            office.command("import", str(clients)), check=True, cwd=ROOT, env=office.environ
        )
        process = office.start()
        meta.subscribe(f"http://127.0.0.1:{office.port}{PATH}")
        stream = Stream(meta)
        sender = threading.Thread(target=stream.run)
        sender.start()
        pause = threading.Event()
        try:
            for _ in range(KILLS):
                pause.wait(random.uniform(0.0, 0.9))
                process.kill()
                reap(process)
                if loses_queue:
                    remove(tmp_path / "queue.db")
                process = office.start()
        finally:
            stream.stop.set()
            sender.join()
        meta.settle(60)
        until(office.rests, 60, "work did not end")
        meta.settle(30)
        process.terminate()
        reap(process)
        assert process.returncode == 0
        audit(office, stream, meta)


def audit(office: Office, stream: Stream, meta: Meta) -> None:
    """Each acknowledged message: one outcome, one file with its bytes, one confirmation at most."""
    acked = {w for delivery in meta.deliveries if delivery.status == 200 for w in delivery.ids}
    assert acked == set(stream.sent)

    outcomes = dict(office.rows("SELECT wamid, status FROM whatsapp_messages"))
    assert outcomes == dict.fromkeys(stream.sent, "document_created")

    folder = office.data / "Dossiers"
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    assert found == Counter(stream.sent.values())
    kept = {row[0] for row in office.rows("SELECT local_path FROM documents")}
    assert kept == {path.relative_to(folder).as_posix() for path in files}

    confirmed = office.rows("SELECT count(*) FROM outbox_items WHERE kind = 'confirmation'")
    assert confirmed == [(len(stream.sent),)]
    callbacks = Counter(sent.callback for sent in meta.accepted)
    assert [callback for callback, times in callbacks.items() if times > 1] == []
    states = Counter(row[0] for row in office.rows("SELECT status FROM outbox"))
    assert set(states) <= {"delivered", "read", "sent", "unknown"}
    unsent = {row[0] for row in office.rows("SELECT callback FROM outbox WHERE status = 'unknown'")}
    assert not unsent & set(callbacks), "a receipt settles whatever Meta accepted"
    assert list(office.data.rglob("*.tmp")) == []
