"""The owner's page of the played Drive: what is there, and hands to change it with."""

import html
from collections.abc import Iterator

import pytest
import requests

from appliance.simulator.google_drive import Drive
from tests.google import App


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        yield played


def _act(drive: Drive, identity: str, act: str, **more: str) -> requests.Response:
    form = {"act": act, **more}
    url = f"{drive.url}/hands/{identity}"
    return requests.post(url, data=form, timeout=5, allow_redirects=False)


def test_the_page_shows_what_is_there_and_runs_nothing_of_it(drive: Drive) -> None:
    App(drive).put(b"<script>alert(1)</script>", name="<script>عقد</script>.html")
    page = requests.get(drive.url, timeout=5)
    assert html.escape("<script>عقد</script>.html") in page.text
    assert "<script>" not in page.text
    fetched = requests.get(f"{drive.url}/file/{drive.files[0].id}", timeout=5)
    assert fetched.content == b"<script>alert(1)</script>"
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert "default-src 'none'" in fetched.headers["Content-Security-Policy"]


def test_what_hands_do_on_the_page_the_app_sees_among_the_changes(drive: Drive) -> None:
    app = App(drive)
    one, two = (app.put(b"x", name=name).json()["id"] for name in ("un.pdf", "deux.pdf"))
    token = app.start_token()
    assert _act(drive, one, "rename", name="autre.pdf").status_code == 303
    assert _act(drive, two, "trash").status_code == 303
    told = {
        each["fileId"]: each["file"] for each in app.changes(token, fields="*").json()["changes"]
    }
    assert told[one]["name"] == "autre.pdf"
    assert told[two]["trashed"]
    _act(drive, two, "restore")
    _act(drive, one, "delete")
    _act(drive, two, "take")
    assert [kept.path for kept in drive.files] == ["deux.pdf"]
    assert app.get(two).status_code == 404


def test_another_sites_page_cannot_act_in_the_owners_name(drive: Drive) -> None:
    identity = App(drive).put(b"x").json()["id"]
    url = f"{drive.url}/hands/{identity}"
    stranger = {"Origin": "https://example.com"}
    refused = requests.post(url, data={"act": "delete"}, headers=stranger, timeout=5)
    assert refused.status_code == 403
    assert _act(drive, "1nothing", "trash").status_code == 404
    assert _act(drive, identity, "burn").status_code == 404
    assert len(drive.files) == 1
