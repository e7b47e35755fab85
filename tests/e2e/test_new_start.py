"""A change saved on a page counts after "start anew": the same process number, nothing lost."""

import re
from html import unescape
from pathlib import Path

import requests

from appliance.demo import cast
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from tests.e2e.office import START, Office, Running
from tests.support import until

ADMIN, PASSWORD = "Admin", "un mot de passe long"


class Browser:
    """An administrator's, against the real process."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._session = requests.Session()

    def get(self, path: str) -> str:
        answer = self._session.get(self._address + path, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, **form: str) -> requests.Response:
        where = "/login" if path == "/login" else "/help"
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(where))
        assert found
        data = {"csrf_token": found[1], **form}
        return self._session.post(self._address + path, data=data, timeout=20)


def doors(greffier: Running) -> list[str]:
    return re.findall(r"^dashboard +(\S+?)/?$", greffier.stdout, re.MULTILINE)


def test_a_saved_change_counts_after_a_new_start(
    tmp_path: Path, meta: Meta, mailbox: Mailbox
) -> None:
    office = Office.of(tmp_path / "data", meta, mailbox)
    office.know_clients()
    user = ("user", "add", ADMIN, "--role", "admin", "--password-stdin")
    assert office.greffier_here(*user, typed=PASSWORD).returncode == 0
    with office.open() as greffier:
        meta.subscribe(greffier.webhook)
        browser = Browser(doors(greffier)[0])
        browser.post("/login", name=ADMIN, password=PASSWORD)
        shown = browser.get("/settings/config/replies?lang=en")
        seen = re.search(r'name="seen" value="([^"]+)"', shown)
        assert seen
        form = {"seen": seen[1], "unknown_question": "menu"}
        assert browser.post("/settings/config/replies", **form).status_code == 200
        assert "[replies]\nunknown_question = menu" in (office.data / "config.ini").read_text()
        assert "1 change counts after a new start" in browser.get("/settings")

        phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
        phone.writes("Bonjour")
        begun = browser.post("/settings/restart")
        assert "Greffier starts anew" in unescape(begun.text)
        until(lambda: len(doors(greffier)) == 2, START, greffier.stdout)
        assert greffier.is_alive, "the very same process"

        again = Browser(doors(greffier)[1])
        again.post("/login", name=ADMIN, password=PASSWORD)
        assert "counts after a new start" not in again.get("/settings?lang=en")
        selected = '<option value="menu" selected>'
        assert selected in again.get("/settings/config/replies?lang=en")
        until(lambda: office.rows("SELECT 1 FROM whatsapp_messages WHERE status = 'processed'"))
        until(lambda: "Good" in again.get("/admin/health?lang=en"))
