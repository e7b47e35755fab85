"""The public door: verify, store, answer."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from appliance.clock import SystemClock
from appliance.inbox.door import PATH, Keys, public_door
from appliance.inbox.messages import Inbox
from appliance.jobs import Jobs
from appliance.queues import open_queue
from appliance.store import models
from appliance.store.database import Store
from appliance.traffic import Traffic

SECRET = "app-secret"
MAX_BODY = 3_000_000
NUMBER = "106540352242922"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path, SystemClock())) as opened:
        yield opened


@pytest.fixture
def browser(store: Store, tmp_path: Path) -> Iterator[Client]:
    jobs = Jobs(open_queue("sqlite:", tmp_path), 1, Traffic())
    inbox = Inbox(store, jobs, SystemClock())
    yield Client(public_door(inbox, Traffic(), Keys(SECRET, "verify-me", NUMBER), MAX_BODY))
    jobs.drain()


def sign(body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}


def post(browser: Client, payload: Any, *, ascii_: bool = True) -> Any:
    body = json.dumps(payload, ensure_ascii=ascii_).encode()
    return browser.post(PATH, data=body, headers=sign(body))


def batch(*wamids: str, text: str = "Bonjour", **value: Any) -> dict[str, Any]:
    messages = [
        {"id": w, "from": "21620111222", "timestamp": "1", "type": "text", "text": {"body": text}}
        for w in wamids
    ]
    value = {"messaging_product": "whatsapp", "messages": messages, **value}
    return {"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}


def wamids() -> set[str]:
    return {message.wamid for message in models.Message.select()}


def test_the_handshake_gives_the_challenge_back_as_text(browser: Client) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "abc<1>", "hub.verify_token": "verify-me"}

    answer = browser.get(PATH, query_string=query)

    assert (answer.status_code, answer.text, answer.mimetype) == (200, "abc<1>", "text/plain")


@pytest.mark.parametrize("token", ["", "wrong", "verify-mé"])
def test_a_handshake_without_the_token_is_refused(browser: Client, token: str) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "abc", "hub.verify_token": token}

    assert browser.get(PATH, query_string=query).status_code == 403


@pytest.mark.parametrize("ascii_", [True, False], ids=["escaped", "raw utf-8"])
def test_a_signed_message_is_stored_and_counted(browser: Client, ascii_: bool) -> None:
    answer = post(browser, batch("wamid.1", text="Reçu, شكرا"), ascii_=ascii_)

    assert (answer.status_code, answer.json) == (200, {"success": True, "queued": 1})
    message = models.Message.get()
    assert (message.body, message.status) == ("Reçu, شكرا", "received")


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha256=00", "sha1=x", "é"])
def test_a_missing_or_wrong_signature_is_refused_and_nothing_kept(
    browser: Client, header: str | None
) -> None:
    headers = {} if header is None else {"X-Hub-Signature-256": header}

    answer = browser.post(PATH, data=b'{"entry": []}', headers=headers)

    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"]["code"] == "bad_signature"
    assert models.WebhookBody.select().count() == 0


def test_the_signature_is_over_the_bytes_that_came(browser: Client) -> None:
    body = json.dumps(batch("wamid.1")).encode()
    rewritten = json.dumps(json.loads(body), indent=1).encode()

    assert browser.post(PATH, data=rewritten, headers=sign(body)).status_code == 401


def test_a_thousand_updates_of_one_body_are_all_stored(browser: Client) -> None:
    names = [f"wamid.{n}" for n in range(1000)]

    assert post(browser, batch(*names)).json == {"success": True, "queued": 1000}
    assert wamids() == set(names)


def test_several_entries_and_changes_are_all_read(browser: Client) -> None:
    first, second = batch("wamid.1"), batch("wamid.2")
    third = batch("wamid.3")["entry"][0]["changes"][0]
    first["entry"][0]["changes"].append(third)

    post(browser, {"entry": first["entry"] + second["entry"]})

    assert wamids() == {"wamid.1", "wamid.2", "wamid.3"}


def test_a_body_that_comes_again_adds_nothing(browser: Client) -> None:
    post(browser, batch("wamid.1"))

    assert post(browser, batch("wamid.1")).json == {"success": True, "queued": 0}
    assert models.WebhookBody.select().count() == 1, "known by what it holds, not kept again"


def test_another_body_about_a_known_message_is_kept_as_it_came(browser: Client) -> None:
    post(browser, batch("wamid.1"))
    other = batch("wamid.1", text="other words")

    assert post(browser, other).json == {"success": True, "queued": 0}
    assert models.WebhookBody.select().count() == 2


def test_a_known_message_in_another_body_stays_as_it_is(browser: Client) -> None:
    post(browser, batch("wamid.1", text="first"))

    assert post(browser, batch("wamid.1", "wamid.2", text="second")).json["queued"] == 1
    assert {m.body for m in models.Message.select().where(models.Message.wamid == "wamid.1")} == {
        "first"
    }


def test_receipts_are_stored_once_a_status(browser: Client) -> None:
    statuses = [{"id": "wamid.9", "status": s, "timestamp": "1"} for s in ("sent", "read", "sent")]

    assert post(browser, batch(statuses=statuses)).json["queued"] == 2


def test_what_cannot_be_read_is_kept_as_an_error_beside_its_neighbours(
    browser: Client,
) -> None:
    payload = batch("wamid.1")
    payload["entry"][0]["changes"][0]["value"]["messages"].append({"type": "text"})

    assert post(browser, payload).json == {"success": True, "queued": 1}
    assert "could not be read" in models.Notice.get().error


def test_a_signed_body_of_no_known_shape_is_kept_and_answered_200(browser: Client) -> None:
    assert post(browser, {"hello": "world"}).status_code == 200
    kept = models.WebhookBody.get()
    assert bytes(kept.body) == b'{"hello": "world"}'
    assert "not a webhook body" in kept.error


def test_a_json_bomb_is_kept_and_answered_200(browser: Client) -> None:
    bomb = b"[" * 100_000 + b"]" * 100_000

    assert browser.post(PATH, data=bomb, headers=sign(bomb)).status_code == 200
    assert "too deeply" in models.WebhookBody.get().error


def test_a_signed_body_that_is_no_json_is_kept_and_answered_400(browser: Client) -> None:
    answer = browser.post(PATH, data=b"{", headers=sign(b"{"))

    assert (answer.status_code, answer.json["error"]["code"]) == (400, "not_json")
    assert bytes(models.WebhookBody.get().body) == b"{"


def test_a_body_over_the_limit_is_refused(browser: Client) -> None:
    body = b"x" * (MAX_BODY + 1)

    answer = browser.post(PATH, data=body, headers=sign(body))

    assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")


def test_a_store_that_cannot_write_is_answered_503_so_that_meta_repeats(
    browser: Client, store: Store
) -> None:
    store.close()

    answer = post(browser, batch("wamid.1"))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


@pytest.mark.parametrize("path", ["/", "/login", "/metrics", "/api/health", "/static/app.css"])
def test_nothing_else_is_behind_the_public_door(browser: Client, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_the_public_door_says_that_it_is_well_and_nothing_more(browser: Client) -> None:
    assert browser.get("/healthz").json == {"status": "ok"}


def test_a_vips_message_is_urgent(browser: Client, store: Store) -> None:
    now = SystemClock().now()

    def unit() -> None:
        client = models.Client.create(
            name="Carthage",
            name_key="carthage",
            vip=True,
            folder="C",
            folder_key="c",
            created_at=now,
        )
        models.Contact.create(client=client, kind="phone", value="+21620111222", created_at=now)

    store.write(unit)

    post(browser, batch("wamid.1"))

    assert models.Message.get().priority > 0


def test_what_came_in_for_another_number_is_kept_and_is_no_work_of_ours(
    browser: Client, store: Store
) -> None:
    """Meta's signature proves the app, and one app may serve several firms."""
    metadata = {"display_phone_number": "21671999999", "phone_number_id": "999"}
    assert post(browser, batch("wamid.theirs", metadata=metadata)).json["queued"] == 0
    assert post(browser, batch("wamid.ours", metadata={"phone_number_id": NUMBER})).json == {
        "success": True,
        "queued": 1,
    }
    theirs = models.Message.get(models.Message.wamid == "wamid.theirs")
    assert (theirs.direction, theirs.due_at) == ("elsewhere", None)
    assert "999" in models.Notice.get().error
