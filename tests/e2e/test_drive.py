"""The copy on Google Drive, by the real process: killed in the middle, and with large files."""

import hashlib
import json
import os
import random
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import requests

from appliance.demo import cast
from appliance.simulator.drive_faults import Slow
from appliance.simulator.google_drive import Drive, Kept
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from tests.e2e.office import Office, Running
from tests.support import until

MB = 1000 * 1000
MOST_EXTRA = 60 * MB  # bytes of memory that 100 MB may cost
PATIENCE = 60.0


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        yield played


@pytest.fixture
def office(tmp_path: Path, meta: Meta, mailbox: Mailbox, drive: Drive) -> Office:
    """Connected to Google Drive, too."""
    made = Office.of(tmp_path / "data", meta, mailbox)
    key_file = tmp_path / "google.json"
    key_file.write_text(json.dumps(drive.client_config))
    made.settings |= {
        "DRIVE_ENABLED": "yes",
        "DRIVE_API_URL": drive.url,
        "DRIVE_CREDENTIALS": key_file,
    }
    made.furnish()
    token = drive.signed_in()["refresh_token"]
    assert made.greffier("secret", "set", "drive.token", typed=token).returncode == 0
    return made


def copies(drive: Drive) -> list[Kept]:
    return [kept for kept in drive.files if not kept.is_folder]


def requests_of(drive: Drive, operation: str) -> int:
    return sum(one.operation == operation for one in drive.requests)


def test_killed_again_and_again_in_mid_upload_there_is_one_file_with_the_right_bytes(
    office: Office, meta: Meta, drive: Drive
) -> None:
    content = random.Random(5).randbytes(30 * MB)
    drive.faults.always("upload_chunk", Slow(0.15))
    running = Running(office)
    running.await_doors()
    meta.subscribe(running.webhook)
    meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef").sends(content, filename="dossier.pdf")

    for chunks in (1, 4, 9):
        until(lambda chunks=chunks: requests_of(drive, "upload_chunk") >= chunks, PATIENCE)
        running.kill()
        assert copies(drive) == []
        running = Running(office)
        running.await_doors()
    drive.faults.clear()
    until(lambda: copies(drive), PATIENCE)
    until(lambda: office.rows("SELECT drive_status FROM documents") == [("mirrored",)], PATIENCE)
    running.stop()

    (copy,) = copies(drive)
    assert copy.sha256 == hashlib.sha256(content).hexdigest()
    assert requests_of(drive, "upload_start") == 1
    assert office.rows("SELECT drive_id FROM documents") == [(copy.id,)]
    verified = office.greffier("drive", "verify")
    assert verified.stdout == "0 differences, 1 documents\n"


def test_an_administrator_connects_in_the_browser_and_what_waited_is_sent_at_once(
    office: Office, meta: Meta, drive: Drive
) -> None:
    office.greffier_here("secret", "delete", "drive.token")
    added = ("user", "add", cast.ADMIN, "--role", "admin", "--password-stdin")
    assert office.greffier_here(*added, typed=cast.PASSWORD).returncode == 0
    drive.auto_approve = True
    with office.open() as running, requests.Session() as browser:
        browser.trust_env = False
        meta.subscribe(running.webhook)
        meta.phone(cast.BEN_YOUSSEF, "Amel").sends(b"a lease", filename="bail.pdf")
        until(lambda: office.rows("SELECT 1 FROM chores WHERE kind = 'mirror'"))
        login = {"name": cast.ADMIN, "password": cast.PASSWORD}
        running._submit(browser, "/login", "/login", login)
        page = f"{running.dashboard}/settings/drive"
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
        assert token is not None
        shown = browser.post(f"{page}/connect", data={"csrf_token": token[1]}).text
        consent = re.search(rf'href="({drive.url}[^"]+)"', shown)
        assert consent is not None
        back = browser.get(unescape(consent[1])).text  # to Google, who sends the browser back

        assert "cabinet@example.com" in back
        until(lambda: len(copies(drive)) == 1)
        refresh = office.greffier_here("secret", "list").stdout
        assert "drive.token" in refresh
        checked = office.greffier("check").stdout
        assert re.search(r"^ok +drive +connected as cabinet@example.com", checked, re.MULTILINE)
    assert drive.url not in running.stderr


def test_a_sign_in_that_was_taken_back_is_told_by_one_letter_and_by_health(
    office: Office, meta: Meta, mailbox: Mailbox, drive: Drive
) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef")
    with office.open() as running:
        meta.subscribe(running.webhook)
        amel.sends(b"first", filename="premier.pdf")
        until(lambda: len(copies(drive)) == 1, PATIENCE)
        drive.revoke()
        for number in range(3):
            amel.sends(b"%d" % number, filename=f"{number}.pdf")
        until(lambda: told(mailbox))
        until(lambda: office.rows("SELECT hold FROM drive_state") == [("reconnect",)])
        office.rests()
        assert len(told(mailbox)) == 1
        assert "Google Drive" in running.page("/")
        assert "drive" in office.greffier("status").stdout
        confirmed = office.rows("SELECT 1 FROM outbox_items WHERE kind = 'confirmation'")
        assert len(confirmed) == 4  # nobody waits for Google


def told(mailbox: Mailbox) -> list[str]:
    """The letters that say so."""
    said = "Google n’accepte plus notre connexion"
    return [letter.text for letter in mailbox.received if said in letter.text]


def test_a_hundred_megabytes_are_fetched_filed_and_sent_in_little_memory(
    office: Office, meta: Meta, drive: Drive
) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef")
    with office.open() as running:
        meta.subscribe(running.webhook)
        amel.sends(b"small", filename="premier.pdf")  # all is loaded then
        until(lambda: len(copies(drive)) == 1, PATIENCE)
        process = Path(f"/proc/{running.process.pid}")
        before = memory(process, "VmRSS")
        (process / "clear_refs").write_text("5")

        content = os.urandom(100 * MB)
        amel.sends(content, filename="grand.pdf")
        until(lambda: len(copies(drive)) == 2, 2 * PATIENCE)
        extra = memory(process, "VmHWM") - before

    print(f"100 MB cost {extra / MB:.1f} MB over {before / MB:.1f} MB")
    sums = {kept.sha256 for kept in copies(drive)}
    assert hashlib.sha256(content).hexdigest() in sums
    assert extra < MOST_EXTRA


def memory(process: Path, name: str) -> int:
    """Bytes, as the kernel counts them."""
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
