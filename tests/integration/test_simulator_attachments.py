"""The played Meta keeps Meta's rules of files that the firm sends, over real HTTP.

Meta, business-phone-numbers/media; messages/document-messages, image-messages.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from appliance.simulator.account import Account
from appliance.simulator.media import UPLOAD_LIFE
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta

TOKEN, AYA = "token", "21698765432"
PDF = b"%PDF-1.7 a contract " * 50
MB = 1024 * 1024


class Time:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def meta(clock: Time) -> Iterator[Meta]:
    with Meta(Account("secret", TOKEN, "verify"), clock=clock) as played:
        yield played


@pytest.fixture
def aya(meta: Meta) -> Phone:
    phone = meta.phone(AYA, "Aya")
    phone.writes("Bonjour")
    return phone


def post(meta: Meta, path: str, **what: Any) -> dict[str, Any]:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{meta.url}/v23.0/{meta.account.phone_number_id}/{path}"
        found: dict[str, Any] = session.post(url, headers=headers, timeout=10, **what).json()
    return found


def upload(meta: Meta, data: bytes, mime: str, **fields: str) -> dict[str, Any]:
    form = {"messaging_product": "whatsapp", "type": mime} | fields
    return post(meta, "media", data=form, files={"file": ("a", data, mime)})


def send(meta: Meta, kind: str, part: Any) -> dict[str, Any]:
    body = {"messaging_product": "whatsapp", "to": f"+{AYA}", "type": kind, kind: part}
    return post(meta, "messages", json=body)


def test_a_document_is_uploaded_then_sent_by_its_id_and_shown_by_its_name(
    meta: Meta, aya: Phone
) -> None:
    media_id = upload(meta, PDF, "application/pdf")["id"]
    part = {"id": media_id, "filename": "mandat.pdf", "caption": "Votre mandat"}
    assert "messages" in send(meta, "document", part)
    meta.settle()
    (sent,) = aya.received
    assert (sent.type, sent.text, meta.file_of(sent)) == ("document", "Votre mandat", PDF)
    assert (aya.lines[-1].attachment, aya.lines[-1].tick) == ("mandat.pdf", "delivered")
    page = requests.get(f"{meta.url}/phones/0", timeout=10).text
    assert "mandat.pdf" in page
    assert "Votre mandat" in page


def test_a_photo_has_no_name(meta: Meta, aya: Phone) -> None:
    media_id = upload(meta, b"\xff\xd8\xff", "image/jpeg")["id"]
    named = send(meta, "image", {"id": media_id, "filename": "a.jpg"})
    assert named["error"]["code"] == 100
    assert "messages" in send(meta, "image", {"id": media_id})
    meta.settle()
    assert aya.lines[-1].attachment == "image"


@pytest.mark.parametrize(
    ("data", "mime", "fields", "code"),
    [
        (PDF, "application/zip", {}, 100),
        (PDF, "application/pdf", {"type": "application/zip"}, 100),
        (PDF, "application/pdf", {"type": ""}, 100),
        (PDF, "application/pdf", {"messaging_product": "sms"}, 100),
        (b"x" * (5 * MB + 1), "image/png", {}, 131053),
    ],
)
def test_what_meta_does_not_take_is_refused(
    meta: Meta, data: bytes, mime: str, fields: dict[str, str], code: int
) -> None:
    assert upload(meta, data, mime, **fields)["error"]["code"] == code
    assert meta.uploads == 0


def test_five_megabytes_of_a_photo_and_more_of_a_paper_are_taken(meta: Meta) -> None:
    assert "id" in upload(meta, b"x" * (5 * MB), "image/png")
    assert "id" in upload(meta, b"x" * (5 * MB + 1), "application/pdf")


def test_an_id_that_is_unknown_a_clients_too_old_or_of_another_kind_is_refused(
    meta: Meta, aya: Phone, clock: Time
) -> None:
    ours = upload(meta, PDF, "application/pdf")["id"]
    aya.sends(PDF, filename="bail.pdf")
    (theirs,) = meta._shelf._files.keys() - {ours}
    wrong = (("1", "document"), ("", "document"), (theirs, "document"), (ours, "image"))
    for media_id, kind in wrong:
        error = send(meta, kind, {"id": media_id})["error"]
        assert error["code"] == 100
        details = error["error_data"]["details"]
        assert details.endswith("is not a valid whatsapp business account media attachment ID")
    clock.now += UPLOAD_LIFE
    assert send(meta, "document", {"id": ours})["error"]["code"] == 100
    assert meta.accepted == []


def test_a_caption_has_1024_characters(meta: Meta, aya: Phone) -> None:
    media_id = upload(meta, PDF, "application/pdf")["id"]
    assert "messages" in send(meta, "document", {"id": media_id, "caption": "é" * 1024})
    refused = send(meta, "document", {"id": media_id, "caption": "é" * 1025})
    assert refused["error"]["code"] == 100


def test_a_document_outside_the_window_fails_later(meta: Meta, aya: Phone, clock: Time) -> None:
    media_id = upload(meta, PDF, "application/pdf")["id"]
    clock.now += 25 * 3600
    assert "messages" in send(meta, "document", {"id": media_id})
    meta.settle()
    assert aya.received == []
    assert send(meta, "document", "x")["error"]["code"] == 131008


def test_a_revoked_token_uploads_nothing(meta: Meta) -> None:
    meta.access_token = "another"
    assert upload(meta, PDF, "application/pdf")["error"]["code"] == 190
