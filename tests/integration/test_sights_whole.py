"""The whole appliance: a photo that came is seen on its page, and a hung child delays no stop."""

import io
import os
import re
import signal
import sys
from pathlib import Path
from time import monotonic

import pytest
import requests
from PIL import Image

from appliance.assembly import Appliance, running
from appliance.chores import Kind
from appliance.config import read
from appliance.demo import cast
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from appliance.store.models import Chore, ChoreStatus, Document
from tests import pictures
from tests.integration.conftest import environment
from tests.support import until

PASSWORD = "un mot de passe long"
DRAIN = 10.0  # seconds, by the contract


def settings(meta: Meta, mailbox: Mailbox) -> dict[str, str]:
    ports = {"GREFFIER_WEBHOOK_PORT": "0", "GREFFIER_DASHBOARD_PORT": "0"}
    return {**environment(meta, mailbox), **ports}


def received(appliance: Appliance, meta: Meta, content: bytes) -> Document:
    """A client has sent this photo, and it is filed."""
    register = Register(appliance.store, appliance.desk.clock)
    register.import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
    meta.subscribe(f"{appliance.public.url}/api/webhooks/whatsapp")
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(content, mime_type="image/jpeg")
    until(lambda: Document.select().where(Document.stored_at.is_null(False)).exists(), 20)
    found: Document = Document.get()
    return found


def depicted(appliance: Appliance, document: Document) -> None:
    post = appliance.chores.post
    appliance.chores.wake([appliance.store.write(lambda: post(Kind.DEPICT, document.id))])
    is_done = (Chore.kind == Kind.DEPICT, Chore.status == ChoreStatus.DONE)
    until(lambda: Chore.select().where(*is_done).exists(), 20)


def signed_in(appliance: Appliance) -> requests.Session:
    appliance.desk.users.add("Nour", "assistant", None, PASSWORD)
    browser = requests.Session()
    url = f"{appliance.dashboard.url}/login"
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(url, timeout=10).text)
    assert token
    form = {"name": "Nour", "password": PASSWORD, "csrf_token": token[1]}
    assert browser.post(url, data=form, timeout=10).ok
    return browser


def test_a_photo_that_came_by_whatsapp_is_seen_and_saved(
    tmp_path: Path, meta: Meta, mailbox: Mailbox
) -> None:
    content = pictures.photo(tmp_path / "a.jpg", (3000, 2000), orientation=6).read_bytes()
    config = read(None, settings(meta, mailbox), tmp_path / "data")
    with running(config) as appliance:
        document = received(appliance, meta, content)
        depicted(appliance, document)
        with signed_in(appliance) as browser:
            address = f"{appliance.dashboard.url}/documents/{document.id}"
            assert "2000 × 3000" in browser.get(address, timeout=10).text
            view = browser.get(f"{address}/view", timeout=10).content
            original = browser.get(f"{address}/original", timeout=10)

    with Image.open(io.BytesIO(view)) as image:
        assert image.size == (1365, 2048)
    assert original.content == content
    assert original.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_child_that_hangs_does_not_delay_the_stop(
    tmp_path: Path, meta: Meta, mailbox: Mailbox
) -> None:
    content = pictures.photo(tmp_path / "a.jpg").read_bytes()
    config = read(None, settings(meta, mailbox), tmp_path / "data")
    with running(config) as appliance:
        document = received(appliance, meta, content)
        depicted(appliance, document)
        workshop = appliance.sights.workshop
        assert workshop.child is not None
        os.kill(workshop.child, signal.SIGSTOP)
        post = appliance.chores.post
        appliance.chores.wake([appliance.store.write(lambda: post(Kind.DEPICT, document.id))])
        until(workshop._turn.locked)
        began = monotonic()

    assert monotonic() - began < DRAIN
    with running(config) as appliance:
        is_open = (Chore.kind == Kind.DEPICT, Chore.status == ChoreStatus.OPEN)
        until(lambda: not Chore.select().where(*is_open).exists(), 30, "not done after the start")
        assert Chore.get(Chore.kind == Kind.DEPICT).error is None
