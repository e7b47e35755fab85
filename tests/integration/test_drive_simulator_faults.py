"""What goes wrong at the played Google, as requests and Google's own Python client meet it.

The client is built from the packaged discovery document with the address replaced, as in
production; nothing of ours stands between the two.
"""

import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import googleapiclient
import pytest
import requests
from google.auth.exceptions import GoogleAuthError
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaFileUpload, MediaInMemoryUpload

from appliance.simulator.drive_faults import Drop, Partial, Refuse, Slow
from appliance.simulator.google_drive import Drive
from tests.google import UNIT, App, reason
from tests.support import until

DOCUMENT = Path(googleapiclient.__file__).parent / "discovery_cache/documents/drive.v3.json"
BIG = secrets.token_bytes(2 * UNIT + 1000)
SUM = hashlib.sha256(BIG).hexdigest()


class _Bytes(MediaFileUpload):  # type: ignore[misc]
    """Read anew for each attempt: a stream is not rewound (facts, section 1.2, A)."""

    def has_stream(self) -> bool:
        return False


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        yield played


@pytest.fixture
def app(drive: Drive) -> App:
    return App(drive)


@pytest.fixture
def google(drive: Drive) -> Iterator[Any]:
    """Google's own client, signed in."""
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    document |= {"rootUrl": f"{drive.url}/", "baseUrl": f"{drive.url}/drive/v3/"}
    document.pop("mtlsRootUrl", None)
    signed = drive.signed_in()
    signed.pop("type")
    with build_from_document(document, credentials=Credentials(None, **signed)) as client:
        yield client


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.pdf"
    path.write_bytes(BIG)
    return path


def _id(google: Any) -> str:
    answer = google.files().generateIds(count=1, space="drive", type="files").execute()
    return str(answer["ids"][0])


def _upload(google: Any, path: Path, **body: Any) -> Any:
    media = _Bytes(str(path), mimetype="application/pdf", chunksize=UNIT, resumable=True)
    return google.files().create(body={"name": path.name, **body}, media_body=media, fields="*")


def _finish(upload: Any, attempts: int = 10) -> dict[str, Any]:
    for _ in range(attempts):
        try:
            _, done = upload.next_chunk()
        except (HttpError, OSError):
            continue
        if done is not None:
            return dict(done)
    raise AssertionError("not done")


# -- orders


@pytest.mark.parametrize(
    ("order", "status", "why"),
    [
        (403, 403, "userRateLimitExceeded"),
        (429, 429, "rateLimitExceeded"),
        (503, 503, "backendError"),
        ((403, "storageQuotaExceeded"), 403, "storageQuotaExceeded"),
        ((400, "storageQuotaExceeded"), 400, "storageQuotaExceeded"),
        ((403, "dailyLimitExceeded"), 403, "dailyLimitExceeded"),
        ((403, "appNotAuthorizedToFile"), 403, "appNotAuthorizedToFile"),
        ("token_expiry", 401, "authError"),
    ],
)
def test_an_ordered_refusal_comes_once_in_googles_shape(
    app: App, drive: Drive, order: Any, status: int, why: str
) -> None:
    drive.faults.on("list", order)
    refused = app.list()
    assert (refused.status_code, reason(refused)) == (status, why)
    error = refused.json()["error"]
    assert error["code"] == status
    assert error["message"] == error["errors"][0]["message"]
    assert App(drive).list().status_code == 200


def test_a_refusal_may_tell_when_to_come_back(app: App, drive: Drive) -> None:
    drive.faults.on("create", Refuse(429, retry_after=7))
    assert app.create().headers["Retry-After"] == "7"


def test_a_lasting_fault_lasts_until_it_is_cleared(app: App, drive: Drive) -> None:
    drive.faults.always("any", 503)
    assert [app.list().status_code, app.create().status_code] == [503, 503]
    drive.faults.clear()
    assert app.list().status_code == 200


def test_an_answer_may_be_lost_before_or_after_the_work_is_done(app: App, drive: Drive) -> None:
    drive.faults.on("create", "drop", "drop_after", Refuse(503, after_applied=True))
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            app.create()
    assert app.create().status_code == 503
    assert len(drive.files) == 2
    assert [request.status for request in drive.requests] == [None, None, 503]


def test_a_connection_may_end_in_the_middle_of_a_piece(app: App, drive: Drive) -> None:
    session = app.begin(len(BIG)).headers["Location"]
    drive.faults.on("upload_chunk", Partial(UNIT + 5))
    with pytest.raises(requests.ConnectionError):
        app.send(session, BIG, f"0-{len(BIG) - 1}/{len(BIG)}")
    asked = app.send(session, b"", f"*/{len(BIG)}")
    assert asked.headers["Range"] == f"bytes=0-{UNIT + 4}"
    rest = app.send(session, BIG[UNIT + 5 :], f"{UNIT + 5}-{len(BIG) - 1}/{len(BIG)}")
    assert rest.status_code == 200
    assert drive.files[0].sha256 == SUM


def test_a_session_may_die_under_a_piece(app: App, drive: Drive) -> None:
    session = app.begin(len(BIG)).headers["Location"]
    drive.faults.on("upload_chunk", "session_death")
    assert app.send(session, BIG, f"0-{len(BIG) - 1}/{len(BIG)}").status_code == 404
    assert drive.files == []


def test_an_answer_may_hang_and_a_stop_ends_it(app: App, drive: Drive) -> None:
    drive.faults.on("list", "hang")
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(requests.ConnectionError):
            app.list()
        ended.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    until(lambda: drive.requests)
    assert not ended.is_set()
    drive.stop()
    waiting.join(5)
    assert ended.is_set()


def test_a_slow_answer_is_the_right_one(app: App, drive: Drive) -> None:
    drive.faults.on("create", Slow(0.2))
    answer = app.create()
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.2


def test_a_download_may_break_off(app: App, drive: Drive) -> None:
    identity = app.put(BIG).json()["id"]
    drive.faults.on("download", "truncate", "html")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        app.get(identity, alt="media")
    assert app.get(identity, alt="media").headers["Content-Type"].startswith("text/html")
    assert app.get(identity, alt="media").content == BIG


def test_the_same_drive_is_there_after_a_stop(app: App, drive: Drive) -> None:
    identity = app.put(BIG).json()["id"]
    drive.stop()
    with pytest.raises(requests.ConnectionError):
        app.get(identity)
    drive.start()
    assert app.get(identity).json()["sha256Checksum"] == SUM


# -- Google's own client


def test_googles_client_uploads_in_pieces(google: Any, drive: Drive, scan: Path) -> None:
    identity = _id(google)
    done = _finish(_upload(google, scan, id=identity), attempts=3)
    assert (done["id"], done["sha256Checksum"]) == (identity, SUM)
    assert drive.bytes_of(identity) == BIG


def test_googles_client_makes_two_files_of_one_create_whose_answer_is_lost(
    google: Any, drive: Drive
) -> None:
    """httplib2 sends a POST again by itself (facts, section 1.2, D)."""
    drive.faults.on("create", Drop(after_applied=True))
    google.files().create(body={"name": "a"}).execute()
    assert len(drive.files) == 2


def test_with_a_reserved_id_it_makes_one_and_hears_of_a_conflict(google: Any, drive: Drive) -> None:
    identity = _id(google)
    drive.faults.on("create", Drop(after_applied=True))
    media = MediaInMemoryUpload(b"acte", mimetype="text/plain")
    with pytest.raises(HttpError) as refused:
        google.files().create(body={"name": "a", "id": identity}, media_body=media).execute()
    assert refused.value.status_code == 409
    assert [kept.id for kept in drive.files] == [identity]


def test_an_upload_goes_on_in_another_process_where_it_stopped(
    google: Any, drive: Drive, scan: Path
) -> None:
    upload = _upload(google, scan)
    upload.next_chunk()
    again = _upload(google, scan)
    again.resumable_uri, again._in_error_state = upload.resumable_uri, True
    assert _finish(again, attempts=3)["sha256Checksum"] == SUM
    ranges = [request.content_range for request in drive.requests if request.content_range]
    assert ranges[1] == f"bytes */{len(BIG)}"
    assert ranges[2].startswith(f"bytes {UNIT}-")
    assert len(drive.files) == 1


@pytest.mark.parametrize(
    "faults",
    [
        [None, 503],
        [None, "drop"],
        [None, None, "drop_after"],
        ["partial", None],
        [None, "token_expiry"],
        [Partial(0), Partial(100), 500],
    ],
    ids=str,
)
def test_an_upload_that_is_broken_off_is_finished_once(
    google: Any, drive: Drive, scan: Path, faults: list[Any]
) -> None:
    drive.faults.on("upload_chunk", *faults)
    assert _finish(_upload(google, scan, id=_id(google)))["sha256Checksum"] == SUM
    assert [kept.sha256 for kept in drive.files] == [SUM]


def test_a_token_that_dies_is_refreshed_without_a_word(google: Any, drive: Drive) -> None:
    google.files().list().execute()
    drive.expire_tokens()
    google.files().list().execute()
    operations = [(request.operation, request.status) for request in drive.requests]
    assert operations[-3:] == [("list", 401), ("token", 200), ("list", 200)]


def test_a_day_of_faults_is_the_same_for_a_seed_and_passes(drive: Drive, app: App) -> None:
    days = []
    for _ in range(2):
        drive.faults.day(seed=7, rate=0.3)
        for _ in range(100):
            drive.faults.take("upload_chunk")
        days.append(drive.faults.met)
    assert days[0] == days[1]
    assert 15 < len(days[0]) < 45
    drive.faults.clear()
    assert app.list().status_code == 200


def test_through_a_day_of_faults_each_document_is_kept_once(
    google: Any, drive: Drive, scan: Path
) -> None:
    """As an appliance must: reserved ids, the same again after each fault, 409 is success."""
    identities = google.files().generateIds(count=20).execute()["ids"]
    drive.faults.day(seed=5, rate=0.3)
    for identity in identities:
        _insist(google, scan, identity)
    assert len(drive.faults.met) > 10
    assert sorted(kept.id for kept in drive.files) == sorted(identities)
    assert {kept.sha256 for kept in drive.files} == {SUM}


def _insist(google: Any, path: Path, identity: str) -> None:
    upload = _upload(google, path, id=identity)
    for _ in range(200):
        try:
            _, done = upload.next_chunk()
        except HttpError as refused:
            if refused.status_code == 409:
                return
            if refused.status_code == 404:
                upload = _upload(google, path, id=identity)
        except (OSError, GoogleAuthError):
            continue
        else:
            if done is not None:
                return
    raise AssertionError("never kept")
