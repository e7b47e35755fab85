"""What is decided about Drive without asking anybody: refusals, places, marks, acts."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httplib2
import pytest
from googleapiclient.errors import HttpError

from appliance.drive import places
from appliance.drive.acts import Kind, act_of
from appliance.drive.folders import is_right
from appliance.errors import PermanentError, TemporaryError
from appliance.gateways.drive_answers import (
    FOLDER_TYPE,
    REASONS,
    Next,
    RemoteFile,
    Told,
    Wanted,
    error_of,
    told,
)
from appliance.gateways.google_refusals import meaning_of, reason_of
from appliance.sealing import Seal

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def refused(status: int, reason: str = "", **headers: str) -> HttpError:
    body = {"error": {"code": status, "errors": [{"reason": reason}]}} if reason else {}
    response = httplib2.Response({"status": str(status), **headers})
    return HttpError(response, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"error": {"errors": [{"reason": "notFound"}]}}', "notFound"),
        ('{"error": {"details": [{"reason": "RATE"}], "status": "X"}}', "RATE"),
        ('{"error": {"status": "PERMISSION_DENIED"}}', "PERMISSION_DENIED"),
        ('{"error": "invalid_grant", "error_description": "Token"}', "invalid_grant"),
        ('{"error": {}}', ""),
        ("[]", ""),
        ("<html>", ""),
        ("", ""),
    ],
)
def test_the_reason_is_found_in_every_shape(content: str, reason: str) -> None:
    assert reason_of(content) == reason


def test_the_reason_decides_before_the_status() -> None:
    assert told(400, "storageQuotaExceeded").next == Next.HOURLY
    assert told(500, "authError").next == Next.RECONNECT
    assert told(401, "required").next == Next.RECONNECT
    assert told(400, "required").next == Next.BUG


@pytest.mark.parametrize(
    ("status", "next_"),
    [
        (400, Next.BUG),
        (401, Next.RECONNECT),
        (403, Next.REFUSED),
        (404, Next.GONE),
        (408, Next.AGAIN),
        (409, Next.TAKEN),
        (410, Next.EXPIRED),
        (412, Next.BUG),
        (429, Next.AGAIN),
        (500, Next.AGAIN),
        (599, Next.AGAIN),
    ],
)
def test_without_a_known_reason_the_status_decides(status: int, next_: Next) -> None:
    assert told(status, "somethingNew").next == next_


def test_what_passes_is_nobodys_attempt_and_the_rest_needs_a_person() -> None:
    for row in REASONS.values():
        error = error_of(row, answer="x")
        passes = row.next in {Next.AGAIN, Next.RECONNECT, Next.HOURLY, Next.DAILY, Next.EXPIRED}
        assert isinstance(error, TemporaryError) == passes
        assert isinstance(error, PermanentError) != passes
        if isinstance(error, TemporaryError):
            assert not error.counts


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("999999", timedelta(hours=1)),
        ("Mon, 23 Nov 2026 09:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 23 Nov 2026 08:00:00 GMT", timedelta()),
        ("soon", None),
        ("-5", None),
    ],
)
def test_how_long_google_says(said: str, wait: timedelta | None) -> None:
    error = meaning_of(refused(503, "backendError", **{"retry-after": said}), NOW)

    assert isinstance(error, TemporaryError)
    assert error.after == wait


def test_a_text_without_values_says_percent_signs_as_they_are() -> None:
    assert error_of(Told(Next.BUG, "100 %"), answer="x").reason == "100 %"


# Places.

TOP = places.root("Dossiers")


def test_a_filed_document_stands_under_its_client_and_dossier() -> None:
    client = SimpleNamespace(id=3, folder="Amel")
    dossier = SimpleNamespace(id=8, folder="2026-1 - Bail", client=client)
    place = places.place_of(SimpleNamespace(dossier=dossier, name="a.pdf"), TOP)

    assert [each.key for each in place.folder.chain()] == ["dossier:8", "client:3", "root"]
    assert [each.name for each in place.folder.chain()] == ["2026-1 - Bail", "Amel", "Dossiers"]


def test_a_document_that_waits_stands_where_it_waits() -> None:
    waits = SimpleNamespace(dossier=None, local_path="_A rattacher/+216/a.pdf", name="a.pdf")
    chain = places.place_of(waits, TOP).folder.chain()

    assert [each.key for each in chain] == ["path:_A rattacher/+216", "path:_A rattacher", "root"]


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("document:7", ("document", 7)),
        ("dossier:3#2", ("dossier", 3)),
        ("client:1", ("client", 1)),
        ("root", ("root", 0)),
        ("path:_A rattacher/12", ("path", 0)),
    ],
)
def test_a_key_says_what_it_is_of(key: str, kind: tuple[str, int]) -> None:
    assert places.kind_of(key) == kind


def test_a_mark_is_the_same_for_the_same_thing_only() -> None:
    mark = places.mark_of("document:7", "ab")

    assert mark == places.mark_of("document:7", "ab")
    assert mark not in {places.mark_of("document:7", "cd"), places.mark_of("document:8", "ab")}
    assert len(f"greffier{mark}".encode()) <= 124  # Google's limit for a property


# Acts.

ITEM = SimpleNamespace(sha256="ab", parent_id="P", name="a.pdf")


@pytest.mark.parametrize(
    ("file", "act"),
    [
        (None, (Kind.REMOVED, "")),
        (RemoteFile("1", "a.pdf", ("P",), sha256="ab"), None),
        (RemoteFile("1", "a.pdf", ("P",), trashed=True, sha256="ab"), (Kind.TRASHED, "")),
        (RemoteFile("1", "b.pdf", ("Q",), sha256="cd"), (Kind.EDITED, "")),
        (RemoteFile("1", "b.pdf", ("Q",), sha256="ab"), (Kind.MOVED, "Q")),
        (RemoteFile("1", "b.pdf", ("P",), sha256="ab"), (Kind.RENAMED, "b.pdf")),
    ],
)
def test_an_act_is_named_by_what_matters_most(
    file: RemoteFile | None, act: tuple[Kind, str] | None
) -> None:
    assert act_of(ITEM, file) == act


def test_a_folder_at_the_top_of_the_account_may_stand_anywhere() -> None:
    folder = SimpleNamespace(sha256=None, parent_id=None, name="Dossiers")
    assert act_of(folder, RemoteFile("1", "Dossiers", ("anywhere",), mime_type=FOLDER_TYPE)) is None


def test_right_is_name_place_mark_and_not_in_the_bin() -> None:
    wanted = Wanted("1", "a.pdf", "P", "m")
    right = RemoteFile("1", "a.pdf", ("P",), mark="m")
    assert is_right(right, wanted)
    for wrong in (
        RemoteFile("1", "b.pdf", ("P",), mark="m"),
        RemoteFile("1", "a.pdf", ("Q",), mark="m"),
        RemoteFile("1", "a.pdf", ("P",), mark="n"),
        RemoteFile("1", "a.pdf", ("P",), trashed=True, mark="m"),
    ):
        assert not is_right(wrong, wanted)


def test_what_is_sealed_opens_with_its_own_key_only() -> None:
    sealed = Seal(b"k" * 32).close("https://upload/secret")

    assert "secret" not in sealed
    assert Seal(b"k" * 32).open(sealed) == "https://upload/secret"
    assert Seal(b"x" * 32).open(sealed) is None
    assert Seal(b"k" * 32).open(None) is None
    assert Seal(b"k" * 32).open("garbage") is None
