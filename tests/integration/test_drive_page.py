"""The page of Google Drive: connecting, what waits and why, what people did there; who may act."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from appliance.clock import SystemClock
from appliance.config import Dashboard, read
from appliance.dashboard.door import dashboard_door
from appliance.dashboard.drive_board import DriveBoard
from appliance.drive import fitting, standing
from appliance.drive.acts import open_acts
from appliance.errors import ConfigError
from appliance.simulator.drive_faults import Refuse
from appliance.simulator.google_drive import Drive
from appliance.store import rows
from appliance.store.models import AuditEntry, DriveState
from appliance.upkeep.checks import examine
from appliance.vault import FILE_NAME
from appliance.wording import LANGUAGES
from tests.drive_rig import Rig, on_drive, open_rig, settings
from tests.integration.conftest import a_desk
from tests.integration.reading import token_of, words
from tests.integration.refusing import no_line

PASSWORD = "un mot de passe long"
PAGE = "/settings/drive"
HOME = "Dossiers/Amel Ben Youssef/2026-0042 - Bail rue de Marseille"


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        played.auto_approve = True
        yield played


@pytest.fixture
def rig(drive: Drive, tmp_path: Path) -> Iterator[Rig]:
    with open_rig(drive, tmp_path, connects=False) as made:
        yield made


def browser(rig: Rig | None, role: str, board: DriveBoard | None = None) -> FlaskClient:
    assert rig is not None
    desk = a_desk(
        rig.store,
        rig.clock,
        users=rig.users,
        health=lambda: {"components": {"drive": standing.health()}},
        language="en",
        drive=board or DriveBoard(rig.joining, rig.deciding, rig.config.drive),
    )
    made = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
    if role not in {person.name for person in rig.users.everybody()}:
        rig.users.add(role, role, None, PASSWORD)
    form = {"name": role, "password": PASSWORD, "csrf_token": token_of(made, "/login")}
    assert made.post("/login", data=form).status_code == 302
    return made


def press(client: FlaskClient, path: str, **more: str) -> str:
    form = {"csrf_token": token_of(client, "/")}
    return client.post(path, data=form, follow_redirects=True, **more).text


def consents(client: FlaskClient) -> str:
    """The administrator goes to Google's page, agrees, and is sent back; what the page says."""
    said = press(client, f"{PAGE}/connect")
    address = re.search(r'href="(http://127[^"]+)"', said)
    assert address
    answer = requests.get(unescape(address[1]), allow_redirects=False, timeout=10)
    back = answer.headers["Location"]
    assert back.startswith(f"http://localhost{PAGE}/callback?")
    return words(client.get(back.removeprefix("http://localhost"), follow_redirects=True).text)


def test_an_administrator_connects_and_what_waited_is_sent(
    rig: Rig, drive: Drive, tmp_path: Path
) -> None:
    rig.file("a.pdf", b"a")
    rig.settle()
    admin = browser(rig, "admin")
    assert "Nobody is connected yet" in words(admin.get(PAGE).text)
    assert "Google Drive is not connected" in words(admin.get("/").text)
    assert "In production" in words(admin.get(PAGE).text)

    said = consents(admin)

    assert "Connected as cabinet@example.com" in said
    assert rig.watch.look()
    rig.rests()
    assert [kept.path for kept in on_drive(drive)] == [f"{HOME}/a.pdf"]
    secrets = (tmp_path / FILE_NAME).read_text()
    assert "[drive]\ntoken = 1//" in secrets
    actions = [(entry.actor, entry.action) for entry in AuditEntry.select()]
    assert ("admin", "drive connected") in actions


def test_the_secret_stands_nowhere_but_in_the_vault(
    rig: Rig, drive: Drive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    consents(browser(rig, "admin"))
    token = rig.vault.get("drive", "token")
    assert token

    found = [
        path.name
        for path in tmp_path.rglob("*")
        if path.is_file() and token.encode() in path.read_bytes()
    ]
    assert found == [FILE_NAME]
    assert token not in "".join(capsys.readouterr())


def test_a_sign_in_is_good_once_and_only_where_it_was_begun(rig: Rig, drive: Drive) -> None:
    admin = browser(rig, "admin")
    page = press(admin, f"{PAGE}/connect")
    address = unescape(re.findall(r'href="(http://127[^"]+)"', page)[0])
    back = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
    path = back.removeprefix("http://localhost")

    forged = re.sub(r"state=[^&]+", "state=forged", path)
    assert "begun too long ago, or not here" in admin.get(forged, follow_redirects=True).text
    assert "Connected as" in admin.get(path, follow_redirects=True).text
    assert "begun too long ago, or not here" in admin.get(path, follow_redirects=True).text


def test_a_sign_in_that_is_too_old_connects_nobody(rig: Rig, drive: Drive) -> None:
    admin = browser(rig, "admin")
    page = press(admin, f"{PAGE}/connect")
    address = unescape(re.findall(r'href="(http://127[^"]+)"', page)[0])
    back = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
    rig.clock.pass_(timedelta(minutes=11))

    said = admin.get(back.removeprefix("http://localhost"), follow_redirects=True).text
    assert "begun too long ago" in said


def test_who_says_no_at_google_is_told_that_nothing_was_connected(rig: Rig) -> None:
    admin = browser(rig, "admin")

    said = admin.get(f"{PAGE}/callback?error=access_denied&state=x", follow_redirects=True).text
    assert "Nothing was connected" in words(said)


def test_from_another_computer_one_is_sent_to_this_one(rig: Rig) -> None:
    zone_desk = browser(rig, "admin")
    zone_desk.application.config["TRUSTED_HOSTS"].append("greffier.lan")
    form = {"csrf_token": token_of(zone_desk, "/")}

    # The session's cookies are localhost's: the address alone is what is judged here.
    zone_desk.set_cookie(
        "greffier_session", _cookie(zone_desk, "greffier_session"), domain="greffier.lan"
    )
    zone_desk.set_cookie(
        "greffier_form", _cookie(zone_desk, "greffier_form"), domain="greffier.lan"
    )
    said = zone_desk.post(
        f"{PAGE}/connect", data=form, base_url="http://greffier.lan", follow_redirects=True
    ).text
    assert "on the computer on which Greffier runs" in words(said)


def _cookie(client: FlaskClient, name: str) -> str:
    found = client.get_cookie(name)
    assert found is not None
    return found.value


def test_disconnected_nothing_is_sent_and_google_is_told(rig: Rig, drive: Drive) -> None:
    admin = browser(rig, "admin")
    consents(admin)
    rig.watch.look()

    said = words(press(admin, f"{PAGE}/disconnect"))
    assert "What is on Google Drive stays there" in said
    assert rig.vault.get("drive", "token") is None
    assert [one.status for one in drive.requests if one.operation == "revoke"] == [200]
    rig.file("a.pdf", b"a")
    rig.settle()
    assert on_drive(drive) == []

    consents(admin)
    rig.watch.look()
    rig.rests()
    assert len(on_drive(drive)) == 1


def test_nobody_connects_or_leaves_before_it_is_on_record(rig: Rig) -> None:
    admin = browser(rig, "admin")
    with no_line(rig.store):
        consents(admin)
    assert rig.vault.find("drive", "token") is None
    assert "Connected as" in consents(admin)
    with no_line(rig.store):
        press(admin, f"{PAGE}/disconnect")
    assert rig.vault.find("drive", "token") is not None
    assert "Connected as" in words(admin.get(PAGE).text)
    lines = AuditEntry.select(AuditEntry.action).order_by(AuditEntry.id).tuples()
    assert [action for (action,) in lines][-2:] == ["secret replaced", "drive connected"]


def test_disconnecting_works_also_when_google_is_away(rig: Rig, drive: Drive) -> None:
    admin = browser(rig, "admin")
    consents(admin)
    drive.stop()

    assert "Google could not be told" in words(press(admin, f"{PAGE}/disconnect"))
    assert rig.vault.get("drive", "token") is None


@pytest.mark.parametrize(
    ("role", "may"), [("avocat", {"again", "accept", "retry"}), ("assistant", {"retry"})]
)
def test_others_see_how_it_stands_and_connect_nothing(
    rig: Rig, drive: Drive, role: str, may: set[str]
) -> None:
    other = browser(rig, role)

    assert "<button>" not in other.get(PAGE).text.partition("<main")[2]
    token = {"csrf_token": token_of(other, "/")}
    for path in ("connect", "disconnect", "acts/1/again", "acts/1/accept", "failures/1/retry"):
        code = 302 if path.split("/")[-1] in may else 403
        assert other.post(f"{PAGE}/{path}", data=token).status_code == code
    assert other.get(f"{PAGE}/callback?state=x&code=y").status_code == 403


def test_what_was_taken_back_is_shown_with_a_button_and_resumes(rig: Rig, drive: Drive) -> None:
    admin = browser(rig, "admin")
    consents(admin)
    rig.watch.look()
    drive.revoke()
    rig.file("a.pdf", b"a")
    rig.settle()

    said = words(admin.get(PAGE).text)
    assert "Google no longer accepts our sign-in" in said
    assert "Connect again" in said
    rig.clock.pass_(timedelta(seconds=11))
    assert "Nothing goes to Google Drive for now" in words(admin.get("/").text)
    assert standing.health()["status"] == "degraded"

    assert "Connected as" in consents(admin)
    rig.rests()
    assert len(on_drive(drive)) == 1
    assert standing.health()["status"] == "ok"


def test_a_failure_is_shown_with_its_remedy_and_tried_again(rig: Rig, drive: Drive) -> None:
    admin = browser(rig, "admin")
    consents(admin)
    rig.watch.look()
    rig.file("b.pdf", b"b")
    rig.rests()
    drive.faults.on("create", Refuse(403, "domainPolicy"))
    document = rig.file("<b>a</b>.pdf", b"a")
    rig.rests()

    assert "&lt;b&gt;a&lt;/b&gt;.pdf" in browser(rig, "assistant").get(PAGE).text
    page = admin.get(PAGE).text
    assert "a&lt;/b&gt;.pdf" not in page, "an administrator sees no content"
    assert "let them allow the app" in words(page)
    said = press(admin, f"{PAGE}/failures/{rig.chore_of(document).id}/retry")
    assert "It is tried again." in said
    rig.rests()
    assert "Nothing failed." in admin.get(PAGE).text
    again = press(admin, f"{PAGE}/failures/{rig.chore_of(document).id}/retry")
    assert "nothing was done" in again


def test_what_somebody_did_on_drive_is_shown_with_two_buttons(rig: Rig, drive: Drive) -> None:
    admin = browser(rig, "admin")
    consents(admin)
    rig.watch.look()
    for name in ("a.pdf", "b.pdf"):
        rig.file(name, name.encode())
    rig.rests()
    drive.person.renames(drive.at(f"{HOME}/a.pdf").id, "<i>x</i>.pdf")
    drive.person.trashes(drive.at(f"{HOME}/b.pdf").id)
    rig.sees()

    page = admin.get(PAGE).text
    assert "Its name on Drive was changed to <bdi>&lt;i&gt;x&lt;/i&gt;.pdf</bdi>." in page
    assert "&lt;i&gt;x&lt;/i&gt;.pdf" in page
    assert "It was put into the bin on Drive." in page
    by_kind = {act.kind: act.id for act in open_acts()}
    press(admin, f"{PAGE}/acts/{by_kind['renamed']}/again")
    press(admin, f"{PAGE}/acts/{by_kind['trashed']}/accept")
    rig.rests()
    assert [kept.path for kept in on_drive(drive)] == [f"{HOME}/a.pdf"]
    assert "Nobody has changed anything there." in admin.get(PAGE).text
    actions = [entry.action for entry in AuditEntry.select() if entry.actor == "admin"]
    assert actions[-2:] == ["copy sent again", "copy left trashed"]


def test_an_emptied_drive_is_one_decision(rig: Rig, drive: Drive) -> None:
    admin = browser(rig, "admin")
    consents(admin)
    rig.watch.look()
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        rig.file(name, name.encode())
    rig.rests()
    drive.person.trashes(drive.at(f"{HOME}/a.pdf").id)
    drive.person.trashes(drive.at(f"{HOME}/b.pdf").id)
    drive.person.renames(drive.at(f"{HOME}/c.pdf").id, "theirs.pdf")
    rig.sees()
    assert "Send all 2 that are gone again" in admin.get(PAGE).text

    press(admin, f"{PAGE}/acts/again")
    rig.rests()

    assert [act.kind for act in open_acts()] == ["renamed"]  # what was changed is asked singly
    names = {kept.path.rpartition("/")[2] for kept in on_drive(drive)}
    assert {"a.pdf", "b.pdf", "theirs.pdf"} <= names
    assert "Send all" not in admin.get(PAGE).text


def test_switched_off_the_page_says_how_to_begin(rig: Rig) -> None:
    said = words(browser(rig, "admin", DriveBoard()).get(PAGE).text)

    assert "switched off" in said
    assert "enabled = yes" in said
    assert "Desktop app" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_three_languages(rig: Rig, drive: Drive, language: str) -> None:
    admin = browser(rig, "admin")
    page = admin.get(f"{PAGE}?lang={language}").text

    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    heading = {"fr": "Connexion", "en": "Connection", "ar": "الاتصال"}[language]
    assert f"<h2>{heading}</h2>" in page


# Who signs in by itself.


def robot(drive: Drive, data: Path) -> str:
    path = data / "robot.json"
    path.write_text(json.dumps(drive.service_account))
    return str(path)


def test_a_service_account_signs_in_by_itself_and_fills_a_shared_drive(
    drive: Drive, tmp_path: Path
) -> None:
    shared = drive.make_shared_drive("Cabinet", robot="fileOrganizer")
    more = {
        "GREFFIER_DRIVE_CREDENTIALS": robot(drive, tmp_path),
        "GREFFIER_DRIVE_SHARED_DRIVE": shared.id,
    }
    with open_rig(drive, tmp_path, connects=False, **more) as rig:
        document = rig.file("a.pdf", b"a")
        assert rig.watch.look()
        rig.rests()
        assert [kept.path for kept in on_drive(drive)] == [f"{HOME}/a.pdf"]
        assert rig.row(document).drive_status == "mirrored"
        assert rig.differences() == []
        drive.person.renames(on_drive(drive)[0].id, "x.pdf")
        assert rig.sees() == 1
        state = rows.find(DriveState, id=1)
        assert state is not None
        assert state.account == drive.robot.email
        page = words(browser(rig, "admin").get(PAGE).text)
        assert "Disconnect" not in page
        assert shared.id in page


def test_a_service_account_without_a_shared_drive_is_refused_at_start(
    drive: Drive, tmp_path: Path
) -> None:
    environ = settings(drive, tmp_path, GREFFIER_DRIVE_CREDENTIALS=robot(drive, tmp_path))
    (fault,) = fitting.faults(read(None, environ, tmp_path).drive)

    assert "shared drive" in str(fault)


def test_a_shared_drive_without_a_service_account_is_refused_at_start(
    drive: Drive, tmp_path: Path
) -> None:
    environ = settings(drive, tmp_path, GREFFIER_DRIVE_SHARED_DRIVE="0AShared")
    (fault,) = fitting.faults(read(None, environ, tmp_path).drive)

    assert "by a service account only" in str(fault)


def test_a_shared_drive_that_is_not_there_says_so(drive: Drive, tmp_path: Path) -> None:
    shared = drive.make_shared_drive("Cabinet", person="organizer")  # and not the robot
    more = {
        "GREFFIER_DRIVE_CREDENTIALS": robot(drive, tmp_path),
        "GREFFIER_DRIVE_SHARED_DRIVE": shared.id,
    }
    with open_rig(drive, tmp_path, connects=False, **more) as rig:
        assert not rig.watch.look()
        assert "a member of it" in next(iter(rig.rung.alerts.values()))
        rig.file("a.pdf", b"a")
        rig.settle()
        assert "a member of it" in words(browser(rig, "admin").get(PAGE).text)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is not Google's JSON file"),
        ("[]", "Desktop app"),
        ('{"web": {"client_id": "x"}}', "Desktop app"),
        ('{"type": "service_account"}', "damaged"),
        (None, "cannot be read"),
    ],
)
def test_a_wrong_key_file_is_refused_with_its_remedy(
    drive: Drive, tmp_path: Path, content: str | None, told: str
) -> None:
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    environ = settings(drive, tmp_path, GREFFIER_DRIVE_CREDENTIALS=str(path))
    faults = fitting.faults(read(None, environ, tmp_path).drive)

    assert [told in str(fault) for fault in faults] == [True]


def test_drive_without_a_key_file_is_refused(drive: Drive, tmp_path: Path) -> None:
    environ = settings(drive, tmp_path, GREFFIER_DRIVE_CREDENTIALS="")
    with pytest.raises(ConfigError, match="set credentials to the path"):
        read(None, environ, tmp_path)


def test_the_doctor_asks_google(drive: Drive, tmp_path: Path) -> None:
    def found(**more: str) -> tuple[str, str]:
        config = read(None, settings(drive, tmp_path, **more), tmp_path)
        lines = [line for line in examine(config, SystemClock()) if line.name == "drive"]
        return lines[0].state, lines[0].sentence

    assert found()[0] == "broken"
    assert "connect again" in found()[1]
    token = drive.signed_in()["refresh_token"]
    assert found(GREFFIER_DRIVE_TOKEN=token) == ("ok", "connected as cabinet@example.com")
    assert found(GREFFIER_DRIVE_ENABLED="no")[0] == "off"
    drive.revoke()
    assert found(GREFFIER_DRIVE_TOKEN=token)[0] == "broken"
