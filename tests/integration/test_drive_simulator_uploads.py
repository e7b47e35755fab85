"""The played Drive's uploads, changes and sign-in keep Google's rules: each test is one of them."""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import google.auth.exceptions
import pytest
import requests
from google.auth.transport.requests import Request as Transport
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials

from appliance.simulator.drive_accounts import OWN_FILES, WHOLE
from appliance.simulator.google_drive import Drive
from tests.google import UNIT, Answer, App, reason, whole
from tests.support import Hands

BIG = secrets.token_bytes(2 * UNIT + 1000)
SUM = hashlib.sha256(BIG).hexdigest()
DAY = timedelta(days=1)
HERE = "http://127.0.0.1:9/back"


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def drive(hands: Hands) -> Iterator[Drive]:
    with Drive(clock=lambda: hands.now().timestamp()) as played:
        yield played


@pytest.fixture
def app(drive: Drive) -> App:
    return App(drive)


def _begin(app: App, **metadata: Any) -> str:
    answer = app.begin(len(BIG), **metadata)
    assert answer.status_code == 200, answer.text
    return answer.headers["Location"]


def _chunk(app: App, session: str, number: int) -> Answer:
    first = number * UNIT
    data = BIG[first : first + UNIT]
    return app.send(session, data, f"{first}-{first + len(data) - 1}/{len(BIG)}")


def _ask(app: App, session: str) -> Answer:
    return app.send(session, b"", f"*/{len(BIG)}")


# -- resumable uploads


def test_a_file_comes_in_pieces_and_is_there_after_the_last_one(app: App, drive: Drive) -> None:
    session = _begin(app, params={"fields": "id,sha256Checksum"})
    assert _ask(app, session).status_code == 308
    assert "Range" not in _ask(app, session).headers
    for number in range(2):
        answer = _chunk(app, session, number)
        assert answer.status_code == 308
        assert answer.headers["Range"] == f"bytes=0-{(number + 1) * UNIT - 1}"
        assert drive.files == []
    done = _chunk(app, session, 2)
    assert (done.status_code, done.json()["sha256Checksum"]) == (200, SUM)
    assert drive.bytes_of(done.json()["id"]) == BIG


def test_a_finished_session_tells_its_file_again_and_makes_no_other(app: App, drive: Drive) -> None:
    session = _begin(app)
    first = app.send(session, BIG, f"0-{len(BIG) - 1}/{len(BIG)}").json()
    assert _ask(app, session).json() == first
    assert app.send(session, BIG, f"0-{len(BIG) - 1}/{len(BIG)}").json() == first
    assert len(drive.files) == 1


def test_the_address_of_a_session_is_all_that_it_needs(app: App, drive: Drive) -> None:
    session = _begin(app)
    assert requests.put(session, data=BIG, timeout=5).status_code == 200
    assert drive.files[0].sha256 == SUM


@pytest.mark.parametrize(
    ("span", "size"),
    [
        (f"{UNIT}-{2 * UNIT - 1}/{len(BIG)}", UNIT),
        (f"0-{UNIT - 1}/{len(BIG)}", UNIT - 1),
        (f"0-999/{len(BIG)}", 1000),
        (f"0-{UNIT - 1}/{len(BIG) + 1}", UNIT),
        (f"0-{4 * UNIT - 1}/{len(BIG)}", 4 * UNIT),
        ("0-9", 10),
    ],
    ids=["a gap", "too few bytes", "no multiple", "another total", "beyond the end", "no total"],
)
def test_a_piece_that_does_not_fit_is_refused_and_not_kept(app: App, span: str, size: int) -> None:
    session = _begin(app)
    assert app.send(session, secrets.token_bytes(size), span).status_code == 400
    assert "Range" not in _ask(app, session).headers


def test_bytes_that_are_there_already_are_not_kept_twice(app: App, drive: Drive) -> None:
    session = _begin(app)
    _chunk(app, session, 0)
    rest = app.send(session, BIG, f"0-{len(BIG) - 1}/{len(BIG)}")
    assert rest.status_code == 200
    assert drive.files[0].sha256 == SUM


def test_a_session_dies_after_a_week_and_when_it_is_forgotten(
    app: App, drive: Drive, hands: Hands
) -> None:
    session = _begin(app)
    hands.pass_(7 * DAY)
    app = App(drive)
    assert _chunk(app, session, 0).status_code == 404
    other = _begin(app)
    drive.kill_sessions()
    assert reason(_chunk(app, other, 0)) == "notFound"
    assert drive.open_uploads == 0


def test_an_id_in_use_is_refused_when_a_session_begins_and_when_it_ends(
    app: App, drive: Drive
) -> None:
    (identity,) = app.ids()
    one, two = _begin(app, id=identity), _begin(app, id=identity)
    assert app.send(one, BIG, f"0-{len(BIG) - 1}/{len(BIG)}").status_code == 200
    late = app.send(two, BIG, f"0-{len(BIG) - 1}/{len(BIG)}")
    assert (late.status_code, reason(late)) == (409, "fileIdInUse")
    assert app.begin(10, id=identity).status_code == 409
    assert len(drive.files) == 1


def test_a_session_for_what_could_never_be_kept_does_not_begin(app: App, drive: Drive) -> None:
    assert app.begin(10, parents=["1nowhere"]).status_code == 404
    assert app.begin(10, id="my-own").status_code == 400
    drive.quota_limit = 5
    assert reason(app.begin(10)) == "storageQuotaExceeded"


def test_a_parent_that_goes_during_an_upload_is_missed_at_its_end(app: App, drive: Drive) -> None:
    folder = app.folder()
    session = _begin(app, parents=[folder])
    _chunk(app, session, 0)
    drive.person.deletes(folder)
    _chunk(app, session, 1)
    assert reason(_chunk(app, session, 2)) == "notFound"
    assert drive.files == []


def test_an_empty_file_has_a_session_too(app: App, drive: Drive) -> None:
    session = app.begin(0).headers["Location"]
    assert app.send(session, b"", "*/0").status_code == 200
    assert drive.files[0].size == 0


def test_new_content_of_a_known_file_comes_in_pieces_too(app: App, drive: Drive) -> None:
    identity = app.put(b"before").json()["id"]
    headers = {"X-Upload-Content-Length": str(len(BIG))}
    path = f"/upload/drive/v3/files/{identity}?uploadType=resumable"
    session = app.call("PATCH", path, json={}, headers=headers).headers["Location"]
    _chunk(app, session, 0)
    assert drive.bytes_of(identity) == b"before"
    _chunk(app, session, 1)
    assert _chunk(app, session, 2).status_code == 200
    assert drive.bytes_of(identity) == BIG


# -- changes


def _told(app: App, token: str, **params: Any) -> dict[str, Any]:
    """By file; no file twice."""
    told = app.changes(token, fields="*", **params).json()["changes"]
    found = {change["fileId"]: change for change in told}
    assert len(found) == len(told)
    return found


def test_what_people_do_by_hand_is_told_once_each(app: App, drive: Drive) -> None:
    renamed, trashed, deleted, edited, lost = (app.put(b"x").json()["id"] for _ in range(5))
    token = app.start_token()
    assert _told(app, token) == {}
    drive.person.renames(renamed, "un.pdf")
    drive.person.renames(renamed, "deux.pdf")
    drive.person.trashes(trashed)
    drive.person.deletes(deleted)
    drive.person.edits(edited, b"y")
    drive.person.takes_permission_away(lost)
    told = _told(app, token)
    assert len(told) == 5
    assert told[renamed]["file"]["name"] == "deux.pdf"
    assert (told[trashed]["removed"], told[trashed]["file"]["trashed"]) == (False, True)
    assert told[deleted]["removed"]
    assert "file" not in told[deleted]
    assert told[edited]["file"]["md5Checksum"] == hashlib.md5(b"y").hexdigest()
    assert told[lost]["removed"]


def test_a_trashed_folder_is_one_change_and_a_deleted_one_is_many(app: App, drive: Drive) -> None:
    folder = app.folder()
    inside = app.create(parents=[folder]).json()["id"]
    token = app.start_token()
    drive.person.trashes(folder)
    assert set(_told(app, token)) == {folder}
    drive.person.deletes(folder)
    assert set(_told(app, token)) == {folder, inside}
    assert _told(app, token, includeRemoved="false") == {}


def test_changes_come_in_pages_that_end_in_a_new_token(app: App) -> None:
    token = app.start_token()
    for number in range(5):
        app.create(f"{number}.pdf")
    found, page = [], app.changes(token, pageSize=2).json()
    while "nextPageToken" in page:
        assert "newStartPageToken" not in page
        found += [change["file"]["name"] for change in page["changes"]]
        page = app.changes(page["nextPageToken"], pageSize=2).json()
    found += [change["file"]["name"] for change in page["changes"]]
    assert found == [f"{number}.pdf" for number in range(5)]
    assert app.changes(page["newStartPageToken"]).json()["changes"] == []


def test_files_of_others_are_told_only_to_an_app_that_may_see_them(app: App, drive: Drive) -> None:
    token = app.start_token()
    by_hand = drive.person.puts("a.pdf", b"x")
    assert _told(app, token) == {}
    assert set(_told(whole(drive), token)) == {by_hand}


def test_a_shared_drive_has_a_list_of_changes_of_its_own(drive: Drive) -> None:
    shared, app = drive.make_shared_drive("Cabinet", person="organizer"), whole(drive)
    drive.person.puts("mine.pdf", b"x")
    token, mine = app.start_token(driveId=shared.id), app.start_token()
    assert token != mine
    inside = drive.person.puts("b.pdf", b"x", shared.id)
    every = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}
    assert set(_told(app, token, driveId=shared.id, **every)) == {inside}
    assert _told(app, mine, **every) == {}
    assert app.changes(token, driveId=shared.id).status_code == 403
    assert app.changes(token, driveId="0Anothing", **every).status_code == 404


def test_a_token_of_changes_may_be_wrong_or_too_old(app: App, drive: Drive) -> None:
    old = app.start_token()
    assert app.changes("tomorrow").status_code == 400
    assert app.changes("99").status_code == 400
    drive.forget_changes()
    assert app.changes(old).status_code == 410
    assert app.changes(app.start_token()).status_code == 200


# -- sign-in


def _ask_consent(drive: Drive, **changed: str) -> Answer:
    verifier_sum = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 50).digest())
    asked = {
        "client_id": drive.app.client_id,
        "redirect_uri": HERE,
        "response_type": "code",
        "scope": OWN_FILES,
        "state": "s t&1",
        "access_type": "offline",
        "code_challenge": verifier_sum.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    } | changed
    page = f"{drive.url}/o/oauth2/v2/auth"
    return requests.get(page, params=asked, allow_redirects=False, timeout=5)


def _code(answer: Answer) -> str:
    told = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert told["state"] == ["s t&1"]
    return told["code"][0]


def _exchange(drive: Drive, given: str, **changed: str) -> Answer:
    form = {
        "grant_type": "authorization_code",
        "client_id": drive.app.client_id,
        "client_secret": drive.app.client_secret,
        "code": given,
        "redirect_uri": HERE,
        "code_verifier": "v" * 50,
    } | changed
    return requests.post(drive.token_uri, data=form, timeout=5)


def test_a_person_agrees_on_a_page_and_the_app_gets_its_tokens(drive: Drive) -> None:
    page = _ask_consent(drive)
    assert page.status_code == 200
    assert "cabinet@example.com" in page.text
    agreed = requests.post(page.url, data={"decision": "allow"}, allow_redirects=False, timeout=5)
    assert agreed.headers["Location"].startswith(HERE + "?")
    granted = _exchange(drive, _code(agreed)).json()
    assert granted["scope"] == OWN_FILES
    assert granted["refresh_token"]
    app = App(drive)
    app.token = granted["access_token"]
    assert app.create().status_code == 200
    assert [(grant.scopes, grant.offline) for grant in drive.consents] == [({OWN_FILES}, True)]


def test_a_person_who_refuses_sends_no_code(drive: Drive) -> None:
    page = _ask_consent(drive)
    refused = requests.post(page.url, data={"decision": "deny"}, allow_redirects=False, timeout=5)
    assert "error=access_denied" in refused.headers["Location"]
    assert "code=" not in refused.headers["Location"]


def test_a_person_may_grant_less_than_was_asked(drive: Drive) -> None:
    drive.auto_approve = True
    drive.ticks(OWN_FILES)
    granted = _exchange(drive, _code(_ask_consent(drive, scope=f"{OWN_FILES} {WHOLE}"))).json()
    assert granted["scope"] == OWN_FILES


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"redirect_uri": "https://example.com/back"}, "redirect_uri_mismatch"),
        ({"scope": ""}, "invalid_request"),
        ({"response_type": "token"}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_shown_to_the_person_and_not_sent_back(
    drive: Drive, changed: dict[str, str], word: str
) -> None:
    drive.auto_approve = True
    page = _ask_consent(drive, **changed)
    assert page.status_code in (400, 401)
    assert word in page.text


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "w" * 50}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:8/back"}, "redirect_uri_mismatch"),
        ({"client_secret": "other"}, "invalid_client"),
        ({"client_id": "other"}, "invalid_client"),
        ({"code": "4/other"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_exchanged_only_by_the_app_that_asked(
    drive: Drive, changed: dict[str, str], error: str
) -> None:
    drive.auto_approve = True
    refused = _exchange(drive, _code(_ask_consent(drive)), **changed)
    assert refused.status_code in (400, 401)
    assert refused.json()["error"] == error


def test_a_code_serves_once_and_for_ten_minutes(drive: Drive, hands: Hands) -> None:
    drive.auto_approve = True
    code, late = _code(_ask_consent(drive)), _code(_ask_consent(drive))
    assert _exchange(drive, code).status_code == 200
    assert _exchange(drive, code).json()["error"] == "invalid_grant"
    hands.pass_(timedelta(minutes=10))
    assert _exchange(drive, late).json()["error"] == "invalid_grant"


def _credentials(drive: Drive) -> Credentials:
    """Google's own client. (`from_authorized_user_info` would not keep our token_uri.)"""
    signed = drive.signed_in()
    signed.pop("type")
    return Credentials(None, **signed)


def test_a_refresh_token_serves_until_it_is_revoked(drive: Drive) -> None:
    credentials = _credentials(drive)
    for _ in range(2):
        credentials.refresh(Transport())
        assert credentials.valid
    form = {"token": credentials.refresh_token}
    assert requests.post(f"{drive.url}/revoke", data=form, timeout=5).status_code == 200
    with pytest.raises(google.auth.exceptions.RefreshError, match="invalid_grant"):
        credentials.refresh(Transport())
    app = App(drive)
    app.token = credentials.token
    assert app.list().status_code == 401
    assert requests.post(f"{drive.url}/revoke", data=form, timeout=5).status_code == 400


def test_what_was_granted_in_testing_dies_after_seven_days_though_the_app_is_published(
    drive: Drive, hands: Hands
) -> None:
    drive.testing = True
    testing = _credentials(drive)
    drive.auto_approve = True
    told = _exchange(drive, _code(_ask_consent(drive))).json()
    assert told["refresh_token_expires_in"] == 7 * 24 * 3600
    drive.testing = False
    published = _credentials(drive)
    hands.pass_(7 * DAY)
    published.refresh(Transport())
    with pytest.raises(google.auth.exceptions.RefreshError, match="expired or revoked"):
        testing.refresh(Transport())


def test_a_refresh_token_dies_unused_after_six_months_and_when_a_hundred_newer_ones_live(
    drive: Drive, hands: Hands
) -> None:
    first = _credentials(drive)
    for _ in range(100):
        drive.signed_in()
    with pytest.raises(google.auth.exceptions.RefreshError):
        first.refresh(Transport())
    unused = _credentials(drive)
    hands.pass_(183 * DAY)
    with pytest.raises(google.auth.exceptions.RefreshError):
        unused.refresh(Transport())


def test_an_access_token_dies_after_its_hour(drive: Drive, hands: Hands) -> None:
    drive.access_life = 60
    app = App(drive)
    assert app.list().status_code == 200
    hands.pass_(timedelta(seconds=60))
    assert app.list().status_code == 401


def test_a_service_account_signs_for_its_token(drive: Drive) -> None:
    robot = service_account.Credentials.from_service_account_info(
        drive.service_account, scopes=[WHOLE]
    )
    robot.refresh(Transport())
    app = App(drive)
    app.token = robot.token
    told = app.call("GET", "/drive/v3/about", params={"fields": "user,storageQuota"}).json()
    assert told["user"]["emailAddress"] == drive.robot.email
    assert told["storageQuota"]["limit"] == "0"


def test_a_signature_of_another_key_and_a_deleted_account_are_refused(drive: Drive) -> None:
    with Drive() as other:
        stranger = json.loads(json.dumps(other.service_account)) | {"token_uri": drive.token_uri}
    forged = service_account.Credentials.from_service_account_info(stranger, scopes=[WHOLE])
    with pytest.raises(google.auth.exceptions.RefreshError, match="Invalid JWT Signature"):
        forged.refresh(Transport())
    right = service_account.Credentials.from_service_account_info(
        drive.service_account, scopes=[WHOLE]
    )
    drive.key.deleted = True
    with pytest.raises(google.auth.exceptions.RefreshError, match="account not found"):
        right.refresh(Transport())


def test_eight_at_once_who_create_the_same_id_make_one_file(app: App, drive: Drive) -> None:
    (identity,) = app.ids()
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(app.create(id=identity).status_code))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 7
    assert len(drive.files) == 1
