"""The played Meta keeps Meta's rules: each test is one of them, over real HTTP."""

import base64
import hashlib
import hmac
import http.server
import json
import smtplib
import socket
import threading
from collections import deque
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from appliance.simulator.account import Account
from appliance.simulator.faults import Cut, Refuse, Slow
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta, VerificationError

SECRET, TOKEN, VERIFY = "app-secret", "token", "verify-me"
NUMBER_ID = "106540352242922"
ACCOUNT_ID = "102290129340398"
AYA, KARIM = "21698765432", "33612345678"
DAY = 24 * 3600.0
PDF = b"%PDF-1.7 a contract " * 50


class _Firm:
    """The firm's door: remembers what comes, answers as told."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.signatures: list[str] = []
        self.answers: deque[int] = deque()
        self.echo = True
        self.lock = threading.Lock()
        handler = type("Handler", (_Door,), {"firm": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhook"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def take(self, body: bytes, signature: str) -> int:
        with self.lock:
            self.bodies.append(body)
            self.signatures.append(signature)
            return self.answers.popleft() if self.answers else 200

    @property
    def values(self) -> list[dict[str, Any]]:
        entries = [entry for body in self.bodies for entry in json.loads(body)["entry"]]
        return [change["value"] for entry in entries for change in entry["changes"]]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for value in self.values for message in value.get("messages", [])]

    @property
    def statuses(self) -> list[dict[str, Any]]:
        return [status for value in self.values for status in value.get("statuses", [])]


class _Door(http.server.BaseHTTPRequestHandler):
    firm: _Firm

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        good = self.firm.echo and asked["hub.verify_token"] == [VERIFY]
        self._answer(200 if good else 403, asked["hub.challenge"][0].encode() if good else b"no")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(self.firm.take(body, self.headers["X-Hub-Signature-256"]), b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class _Time:
    """The world's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class _Client:
    """Calls the Graph API as the appliance would."""

    def __init__(self, meta: Meta) -> None:
        self.meta, self.headers = meta, {"Authorization": f"Bearer {TOKEN}"}

    def get(self, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{self.meta.url}/v26.0/{path}"
        return requests.get(url, **{"headers": self.headers, "timeout": 5, **options})

    def post(self, body: Any, node: str = NUMBER_ID, **options: Any) -> requests.Response:
        url = f"{self.meta.url}/v26.0/{node}/messages"
        return requests.post(url, json=body, **{"headers": self.headers, "timeout": 5, **options})

    def write(self, to: str = f"+{AYA}", text: str = "Bien reçu", **more: Any) -> requests.Response:
        return self.post(_text(text, to=to, **more))


def _text(text: str = "Bien reçu", **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "type": "text", "text": {"body": text}, **more}


def _code(answer: requests.Response) -> tuple[int, int]:
    error = answer.json()["error"]
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]
    return answer.status_code, error["code"]


@pytest.fixture
def clock() -> _Time:
    return _Time()


@pytest.fixture
def firm() -> Iterator[_Firm]:
    door = _Firm()
    yield door
    door.close()


@pytest.fixture
def meta(clock: _Time) -> Iterator[Meta]:
    with Meta(Account(SECRET, TOKEN, VERIFY), clock=clock) as played:
        played.first_delay = 0.01
        yield played


@pytest.fixture
def aya(meta: Meta, firm: _Firm) -> Phone:
    meta.subscribe(firm.url)
    return meta.phone(AYA, "Aya Ben Youssef")


@pytest.fixture
def client(meta: Meta) -> _Client:
    return _Client(meta)


# -- webhooks


def test_a_callback_that_echoes_the_challenge_is_verified(meta: Meta, firm: _Firm) -> None:
    meta.subscribe(firm.url)


def test_a_callback_that_does_not_echo_is_not_verified(meta: Meta, firm: _Firm) -> None:
    firm.echo = False
    with pytest.raises(VerificationError):
        meta.subscribe(firm.url)


def test_a_callback_that_is_not_there_is_not_verified(meta: Meta) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(VerificationError):
        meta.subscribe(f"http://127.0.0.1:{port}/")


def test_nothing_is_delivered_before_a_callback_is_verified(meta: Meta) -> None:
    meta.phone(AYA, "Aya").writes("Bonjour")
    meta.settle()
    assert meta.deliveries == []


def test_a_text_arrives_in_the_shape_that_meta_documents(
    meta: Meta, aya: Phone, firm: _Firm, clock: _Time
) -> None:
    wamid = aya.writes("Vos horaires ?")
    meta.settle()
    assert json.loads(firm.bodies[0])["object"] == "whatsapp_business_account"
    assert firm.values == [
        {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "21671000000", "phone_number_id": NUMBER_ID},
            "contacts": [
                {"profile": {"name": "Aya Ben Youssef"}, "wa_id": AYA, "user_id": aya.user_id}
            ],
            "messages": [
                {
                    "from": AYA,
                    "from_user_id": aya.user_id,
                    "id": wamid,
                    "timestamp": str(int(clock.now)),
                    "type": "text",
                    "text": {"body": "Vos horaires ?"},
                }
            ],
        }
    ]


def test_a_withheld_number_is_omitted_and_not_empty(meta: Meta, aya: Phone, firm: _Firm) -> None:
    hidden = meta.phone(None, "Nadia", "TN.13491208655302741918")
    hidden.writes("Bonjour")
    meta.settle()
    message, contact = firm.messages[0], firm.values[0]["contacts"][0]
    assert message["from_user_id"] == contact["user_id"] == "TN.13491208655302741918"
    assert "from" not in message
    assert "wa_id" not in contact


def test_a_quoted_message_is_named_in_the_context(meta: Meta, aya: Phone, firm: _Firm) -> None:
    aya.writes("Oui", id="wamid.quoted")
    aya.writes("Pour vous", forwarded=True)
    meta.settle()
    contexts = {message["text"]["body"]: message["context"] for message in firm.messages}
    assert contexts["Oui"] == {"id": "wamid.quoted", "from": "21671000000"}
    assert contexts["Pour vous"] == {"forwarded": True}


@pytest.mark.parametrize("raw", [False, True])
def test_the_signature_is_of_the_bytes_as_sent(
    meta: Meta, aya: Phone, firm: _Firm, raw: bool
) -> None:
    meta.raw_utf8 = raw
    aya.writes("Reçu à l’étude")
    meta.settle()
    expected = hmac.new(SECRET.encode(), firm.bodies[0], hashlib.sha256).hexdigest()
    assert firm.signatures == [f"sha256={expected}"]
    assert ("Reçu".encode() in firm.bodies[0]) is raw
    assert (rb"Re\u00e7u" in firm.bodies[0]) is not raw


@pytest.mark.parametrize("answer", [500, 204, 302, 401])
def test_a_webhook_is_repeated_until_it_is_answered_200(
    meta: Meta, aya: Phone, firm: _Firm, answer: int
) -> None:
    firm.answers.extend([answer, answer])
    wamid = aya.writes("Bonjour")
    meta.settle()
    assert [one.status for one in meta.deliveries] == [answer, answer, 200]
    assert {one.ids for one in meta.deliveries} == {(wamid,)}
    assert len(set(firm.bodies)) == 1


def test_what_a_dead_door_missed_comes_when_it_lives(meta: Meta, clock: _Time) -> None:
    door = _Firm()
    meta.subscribe(door.url)
    door.close()
    meta.phone(AYA, "Aya").writes("Bonjour")
    meta.wait_for(lambda: len(meta.deliveries) >= 2)
    assert {one.status for one in meta.deliveries} == {None}
    with pytest.raises(TimeoutError, match="webhook of message"):
        meta.settle(within=0.05)


def test_an_acknowledged_webhook_can_be_repeated(meta: Meta, aya: Phone, firm: _Firm) -> None:
    wamid = aya.writes("Bonjour")
    aya.writes("Encore")
    meta.settle()
    assert meta.repeat(wamid) == 1
    assert meta.repeat() == 2
    meta.settle()
    assert [one["id"] for one in firm.messages].count(wamid) == 3


def test_every_webhook_can_come_twice(meta: Meta, aya: Phone, firm: _Firm) -> None:
    meta.deliver_twice()
    aya.writes("Bonjour")
    meta.settle()
    assert firm.bodies[0] == firm.bodies[1]
    assert len(firm.bodies) == 2


def test_a_batch_has_several_entries_changes_and_messages(
    meta: Meta, aya: Phone, firm: _Firm
) -> None:
    karim = meta.phone(KARIM, "Karim")
    with meta.batch():
        sent = [phone.writes(f"n° {n}") for n in range(3) for phone in (aya, karim)]
    meta.settle()
    (body,) = firm.bodies
    entries = json.loads(body)["entry"]
    assert len(entries) == 2
    assert [len(entry["changes"]) for entry in entries] == [2, 1]
    assert [message["id"] for message in firm.messages] == sent
    assert [len(value["contacts"]) for value in firm.values] == [2, 2, 2]


def test_a_batch_holds_at_most_a_thousand_updates(meta: Meta, aya: Phone, firm: _Firm) -> None:
    with meta.batch():
        for n in range(1001):
            aya.writes(str(n))
    meta.settle()
    assert len(firm.bodies) == 2
    assert len(firm.messages) == 1001


def test_a_batch_stays_below_three_megabytes(meta: Meta, aya: Phone, firm: _Firm) -> None:
    with meta.batch():
        for _ in range(200):
            aya.writes("ح" * 4096)
    meta.settle()
    assert len(firm.messages) == 200
    assert max(map(len, firm.bodies)) <= 3_000_000


def test_meta_that_was_away_delivers_when_it_is_back(meta: Meta, aya: Phone, firm: _Firm) -> None:
    url = meta.url
    meta.stop()
    aya.writes("Bonjour")
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    meta.start()
    meta.settle()
    assert meta.url == url
    assert len(firm.messages) == 1


# -- media


def _media_of(meta: Meta, firm: _Firm) -> dict[str, Any]:
    meta.settle()
    message = firm.messages[-1]
    part: dict[str, Any] = message[message["type"]]
    return part


def test_a_document_is_announced_with_name_and_base64_hash(
    meta: Meta, aya: Phone, firm: _Firm
) -> None:
    aya.sends(PDF, filename="contrat.pdf", caption="Le contrat")
    part = _media_of(meta, firm)
    assert base64.b64decode(part["sha256"]) == hashlib.sha256(PDF).digest()
    assert part.keys() == {"caption", "filename", "mime_type", "sha256", "id", "url"}
    assert part["filename"] == "contrat.pdf"


def test_a_photo_has_no_name_and_a_voice_note_says_so(meta: Meta, aya: Phone, firm: _Firm) -> None:
    meta.url_in_webhooks = False
    aya.sends(b"jpeg", mime_type="image/jpeg")
    assert _media_of(meta, firm).keys() == {"mime_type", "sha256", "id"}
    assert firm.messages[-1]["type"] == "image"
    aya.sends(b"ogg", mime_type="audio/ogg; codecs=opus")
    assert _media_of(meta, firm)["voice"] is True


def test_a_file_is_fetched_by_id_and_then_by_address(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    aya.sends(PDF)
    part = _media_of(meta, firm)
    info = client.get(part["id"], params={"phone_number_id": NUMBER_ID}).json()
    assert info["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert info["file_size"] == len(PDF)
    assert info["mime_type"] == "application/pdf"
    assert client.get(info["url"]).content == client.get(part["url"]).content == PDF


def test_another_numbers_file_does_not_exist(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    aya.sends(PDF)
    media_id = _media_of(meta, firm)["id"]
    assert _code(client.get(media_id, params={"phone_number_id": "1"})) == (400, 100)


def test_a_file_is_gone_after_seven_days(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client, clock: _Time
) -> None:
    aya.sends(PDF)
    media_id = _media_of(meta, firm)["id"]
    clock.now += 7 * DAY - 1
    assert client.get(media_id).ok
    clock.now += 1
    answer = client.get(media_id)
    assert _code(answer) == (400, 100)
    assert answer.json()["error"]["error_subcode"] == 33


def test_a_file_can_be_made_to_expire(meta: Meta, aya: Phone, firm: _Firm, client: _Client) -> None:
    aya.sends(PDF)
    part = _media_of(meta, firm)
    meta.expire_media(part["id"])
    assert _code(client.get(part["id"])) == (400, 100)
    assert client.get(part["url"]).status_code == 404


def test_an_address_serves_five_minutes(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client, clock: _Time
) -> None:
    aya.sends(PDF)
    part = _media_of(meta, firm)
    clock.now += 299
    assert client.get(part["url"]).ok
    clock.now += 1
    assert client.get(part["url"]).status_code == 404
    assert client.get(client.get(part["id"]).json()["url"]).ok


def test_the_bytes_too_need_a_token_and_a_user_agent(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    aya.sends(PDF)
    url = _media_of(meta, firm)["url"]
    assert _code(client.get(url, headers={})) == (401, 190)
    nameless = {**client.headers, "User-Agent": ""}
    assert client.get(url, headers=nameless).status_code == 400


# -- sending


def test_a_reply_in_the_window_reaches_the_phone_and_gives_receipts(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client, clock: _Time
) -> None:
    aya.writes("Bonjour")
    answer = client.write(biz_opaque_callback_data="row-7").json()
    meta.settle()
    assert answer["contacts"] == [{"input": f"+{AYA}", "wa_id": AYA}]
    (sent,) = meta.accepted
    assert aya.received == [sent]
    assert answer["messages"] == [{"id": sent.wamid}]
    assert (sent.to, sent.recipient, sent.type) == (f"+{AYA}", None, "text")
    assert (sent.text, sent.callback) == ("Bien reçu", "row-7")
    assert [status["status"] for status in firm.statuses] == ["sent", "delivered"]
    common = {
        "id": sent.wamid,
        "timestamp": str(int(clock.now)),
        "recipient_id": AYA,
        "recipient_user_id": aya.user_id,
        "biz_opaque_callback_data": "row-7",
    }
    assert common.items() <= firm.statuses[0].items()
    assert firm.statuses[0]["pricing"]["category"] == "service"
    assert firm.values[-1]["contacts"][0]["user_id"] == aya.user_id


def test_reading_gives_one_read_receipt(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    aya.writes("Bonjour")
    client.write()
    meta.settle()
    aya.reads()
    aya.reads()
    meta.settle()
    assert [status["status"] for status in firm.statuses] == ["sent", "delivered", "read"]


def test_a_user_id_is_written_to_in_recipient(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    hidden = meta.phone(None, "Nadia", "TN.13491208655302741918")
    hidden.writes("Bonjour")
    answer = client.post(_text(recipient=hidden.user_id)).json()
    meta.settle()
    known = {"input": hidden.user_id, "user_id": hidden.user_id}
    assert answer["contacts"] == [known]
    assert len(hidden.received) == 1
    assert "recipient_id" not in firm.statuses[0]
    assert firm.statuses[0]["recipient_user_id"] == hidden.user_id


def test_when_both_are_given_the_number_wins(meta: Meta, aya: Phone, client: _Client) -> None:
    karim = meta.phone(KARIM, "Karim")
    aya.writes("Bonjour")
    karim.writes("Bonjour")
    answer = client.write(to=f"+{KARIM}", recipient=aya.user_id).json()
    meta.settle()
    assert answer["contacts"] == [{"input": f"+{KARIM}", "wa_id": KARIM}]
    assert (len(karim.received), len(aya.received)) == (1, 0)


def test_a_user_id_in_to_is_accepted_and_lost(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    aya.writes("Bonjour")
    assert client.write(to=aya.user_id).ok
    meta.settle()
    assert len(meta.accepted) == 1
    assert aya.received == []
    assert firm.statuses == []


def test_without_a_plus_sign_the_firms_country_is_prepended(
    meta: Meta, aya: Phone, client: _Client
) -> None:
    karim, stranger = meta.phone(KARIM, "Karim"), meta.phone(f"216{KARIM}", "Someone else")
    karim.writes("Bonjour")
    stranger.writes("Bonjour")
    assert client.write(to=KARIM).json()["contacts"][0]["wa_id"] == f"216{KARIM}"
    meta.settle()
    assert karim.received == []
    assert len(stranger.received) == 1


def test_outside_the_window_a_text_is_accepted_and_then_fails(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client, clock: _Time
) -> None:
    aya.writes("Bonjour")
    clock.now += DAY - 1
    assert client.write().ok
    clock.now += 1
    assert client.write(text="Trop tard", biz_opaque_callback_data="row-8").ok
    meta.settle()
    (failed,) = (status for status in firm.statuses if status["status"] == "failed")
    assert [sent.text for sent in aya.received] == ["Bien reçu"]
    assert failed["errors"][0]["code"] == 131047
    assert failed["biz_opaque_callback_data"] == "row-8"
    assert "recipient_user_id" not in failed
    value = next(one for one in firm.values if failed in one.get("statuses", []))
    assert "contacts" not in value


def test_a_person_who_never_wrote_has_no_window(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    client.write()
    meta.settle()
    assert [status["errors"][0]["code"] for status in firm.statuses] == [131047]


def test_an_approved_template_needs_no_window(meta: Meta, aya: Phone, client: _Client) -> None:
    template = {"name": "rappel", "language": {"code": "fr"}}
    body = {"messaging_product": "whatsapp", "to": f"+{AYA}", "type": "template"}
    assert _code(client.post({**body, "template": template})) == (404, 132001)
    meta.approve_template("rappel", "fr")
    answer = client.post({**body, "template": template}).json()
    meta.settle()
    assert answer["messages"][0]["message_status"] == "accepted"
    assert len(aya.received) == 1


def test_a_number_without_whatsapp_fails_later(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    assert client.write(to="+21611111111").ok
    meta.settle()
    assert [status["errors"][0]["code"] for status in firm.statuses] == [131026]


def test_the_forty_sixth_message_in_six_seconds_is_refused(
    meta: Meta, aya: Phone, client: _Client, clock: _Time
) -> None:
    meta.receipts.on = False
    aya.writes("Bonjour")
    assert all(client.write().ok for _ in range(45))
    assert _code(client.write()) == (400, 131056)
    clock.now += 6
    assert client.write().ok
    assert len(meta.accepted) == 46


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (_text(), 131008),
        (_text(to="nobody"), 131009),
        (_text(recipient="+21698765432"), 131009),
        (_text(to="+21671000000"), 131021),
        (_text("", to=f"+{AYA}"), 131008),
        (_text("x" * 4097, to=f"+{AYA}"), 100),
        (_text(to=f"+{AYA}", colour="red"), 100),
        (_text(to=f"+{AYA}", biz_opaque_callback_data=7), 100),
        (_text(to=f"+{AYA}", messaging_product="sms"), 100),
        (_text(to=f"+{AYA}", type="hologram"), 131051),
        (_text(to=f"+{AYA}", type="interactive"), 131008),
        (["not an object"], 100),
    ],
)
def test_a_wrong_message_is_refused(
    meta: Meta, aya: Phone, client: _Client, body: Any, code: int
) -> None:
    assert _code(client.post(body)) == (400, code)
    assert meta.accepted == []


def test_a_text_of_4096_characters_is_taken(meta: Meta, aya: Phone, client: _Client) -> None:
    aya.writes("Bonjour")
    assert client.write(text="é" * 4096).ok
    meta.settle()
    assert len(aya.received[0].text) == 4096


def test_another_number_of_ours_does_not_exist(meta: Meta, aya: Phone, client: _Client) -> None:
    assert _code(client.post(_text(to=f"+{AYA}"), node="42")) == (400, 100)


def test_the_firm_can_mark_as_read(meta: Meta, aya: Phone, client: _Client) -> None:
    first, second, third = (aya.writes(text) for text in ("1", "2", "3"))
    meta.settle()
    assert {line.tick for line in aya.lines} == {"delivered"}
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": second}
    assert client.post(body).json() == {"success": True}
    ticks = {line.wamid: line.tick for line in aya.lines}
    assert ticks == {first: "read", second: "read", third: "delivered"}
    assert _code(client.post({**body, "message_id": "wamid.other"})) == (400, 131009)


def test_a_revoked_token_opens_nothing(meta: Meta, aya: Phone, client: _Client) -> None:
    meta.access_token = "another"
    assert _code(client.write()) == (401, 190)
    assert _code(client.get(NUMBER_ID)) == (401, 190)
    assert _code(client.get("123456")) == (401, 190)
    assert _code(client.get(f"{ACCOUNT_ID}/subscribed_apps")) == (401, 190)
    assert meta.accepted == []


def test_the_number_and_the_subscription_are_told(meta: Meta, client: _Client) -> None:
    fields = {"fields": "display_phone_number,quality_rating"}
    number = client.get(NUMBER_ID, params=fields).json()
    assert number == {
        "display_phone_number": "21671000000",
        "quality_rating": "GREEN",
        "id": NUMBER_ID,
    }
    assert len(client.get(f"{ACCOUNT_ID}/subscribed_apps").json()["data"]) == 1


def test_an_app_that_is_not_subscribed_hears_nothing(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    url = f"{meta.url}/v26.0/{ACCOUNT_ID}/subscribed_apps"
    requests.delete(url, headers=client.headers, timeout=5)
    assert client.get(f"{ACCOUNT_ID}/subscribed_apps").json() == {"data": []}
    aya.writes("Bonjour")
    requests.post(url, headers=client.headers, timeout=5)
    aya.writes("Encore")
    meta.settle()
    assert [message["text"]["body"] for message in firm.messages] == ["Encore"]


def test_any_type_of_message_can_be_posted(meta: Meta, aya: Phone, firm: _Firm) -> None:
    place = {"latitude": 36.8, "longitude": 10.18}
    wamid = aya.posts({"type": "location", "location": place})
    meta.settle()
    assert firm.messages[0]["location"] == place
    assert (firm.messages[0]["id"], firm.messages[0]["from"]) == (wamid, AYA)


# -- receipts, unusual


def test_receipts_can_come_out_of_order(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    meta.shuffle()
    aya.writes("Bonjour")
    client.write()
    meta.settle()
    assert [status["status"] for status in firm.statuses] == ["delivered", "sent"]


def test_receipts_can_come_twice(meta: Meta, aya: Phone, firm: _Firm, client: _Client) -> None:
    meta.receipts.twice = True
    aya.writes("Bonjour")
    client.write()
    meta.settle()
    statuses = sorted(status["status"] for status in firm.statuses)
    assert statuses == ["delivered", "delivered", "sent", "sent"]


def test_receipts_can_come_before_the_answer(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    meta.receipts.early = True
    aya.writes("Bonjour")
    client.write()
    assert [status["status"] for status in firm.statuses] == ["sent", "delivered"]


def test_receipts_can_be_late_and_settle_waits_for_them(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    meta.receipts.late = 0.2
    aya.writes("Bonjour")
    client.write()
    assert aya.lines[-1].tick == "sent"
    with pytest.raises(TimeoutError, match="carrying"):
        meta.settle(within=0.02)
    meta.settle()
    assert len(firm.statuses) == 2


def test_receipts_can_stay_away(meta: Meta, aya: Phone, firm: _Firm, client: _Client) -> None:
    meta.receipts.on = False
    aya.writes("Bonjour")
    client.write()
    meta.settle()
    assert len(aya.received) == 1
    assert firm.statuses == []


# -- faults


def test_faults_come_in_order_and_then_all_is_well(meta: Meta, aya: Phone, client: _Client) -> None:
    aya.writes("Bonjour")
    meta.faults.on("send", 500, 429, Refuse(400, 131056), None, 401)
    assert _code(client.write()) == (500, 131000)
    assert _code(client.write()) == (429, 130429)
    assert _code(client.write()) == (400, 131056)
    assert client.write().ok
    assert _code(client.write()) == (401, 190)
    assert client.write().ok
    assert len(meta.accepted) == 2


def test_a_fault_for_any_operation_meets_the_next_request(meta: Meta, client: _Client) -> None:
    meta.faults.on("any", 503)
    assert _code(client.get(NUMBER_ID)) == (503, 131016)
    assert client.get(NUMBER_ID).ok


def test_a_lasting_fault_ends_with_clear(meta: Meta, client: _Client) -> None:
    meta.faults.always("account", 500)
    assert [client.get(NUMBER_ID).status_code for _ in range(3)] == [500, 500, 500]
    meta.faults.clear()
    assert client.get(NUMBER_ID).ok


@pytest.mark.parametrize("accepted", [False, True])
def test_a_cut_connection_gives_no_answer_and_perhaps_a_message(
    meta: Meta, aya: Phone, client: _Client, accepted: bool
) -> None:
    aya.writes("Bonjour")
    meta.faults.on("send", Cut(after_accept=accepted))
    with pytest.raises(requests.ConnectionError):
        client.write()
    meta.settle()
    assert len(meta.accepted) == len(aya.received) == int(accepted)


def test_a_slow_answer_makes_the_caller_give_up(meta: Meta, aya: Phone, client: _Client) -> None:
    aya.writes("Bonjour")
    meta.faults.on("send", "timeout", Slow(0.05))
    with pytest.raises(requests.Timeout):
        client.post(_text(to=f"+{AYA}"), timeout=0.1)
    assert client.write().ok
    meta.settle()
    assert len(aya.received) == 2


def test_bytes_can_be_cut_short_wrong_or_a_web_page(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    aya.sends(PDF)
    url = _media_of(meta, firm)["url"]
    meta.faults.on("media_bytes", "truncate", "wrong_bytes", "html", "cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.get(url)
    wrong = client.get(url).content
    assert len(wrong) == len(PDF)
    assert wrong != PDF
    page = client.get(url)
    assert page.ok
    assert page.headers["Content-Type"].startswith("text/html")
    with pytest.raises(requests.ConnectionError):
        client.get(url)
    assert client.get(url).content == PDF


# -- the page


def test_the_page_lists_the_people_and_shows_a_conversation(
    meta: Meta, aya: Phone, client: _Client
) -> None:
    meta.phone(None, "<b>Nadia</b>")
    aya.writes("<script>alert(1)</script>")
    client.write(text="Reçu & classé")
    meta.settle()
    home = requests.get(meta.url, timeout=5).text
    assert "Aya Ben Youssef" in home
    assert "&lt;b&gt;Nadia&lt;/b&gt;" in home
    assert "pas le vrai WhatsApp" in home
    assert '<html lang="fr">' in home
    shown = requests.get(f"{meta.url}/phones/0/lines", timeout=5).text
    assert "&lt;script&gt;" in shown
    assert "Reçu &amp; classé" in shown
    assert 'class="tick delivered"' in shown
    assert requests.get(f"{meta.url}/phones/7", timeout=5).status_code == 404


@pytest.mark.parametrize("path", ["/nothing", "/phones/7", "/mail/7"])
def test_a_page_that_is_not_there_leads_back_to_the_people(meta: Meta, path: str) -> None:
    answer = requests.get(f"{meta.url}{path}", timeout=5)

    assert answer.status_code == 404
    assert "Cette page n’existe pas." in answer.text
    assert 'href="/">Retour à la liste' in answer.text


def test_more_than_whatsapp_takes_is_refused_in_words(meta: Meta, aya: Phone) -> None:
    page = f"{meta.url}/phones/0"
    sent = requests.Request("POST", page, files={"files": ("film.bin", b"x")}).prepare()
    sent.headers["Content-Length"] = str(111 * 1024 * 1024)  # the announced length is enough
    with requests.Session() as browser:
        refused = browser.send(sent, timeout=5)

    assert refused.status_code == 413
    assert "100 Mo au plus" in refused.text
    assert "Mo au plus" in requests.get(page, timeout=5).text


def test_a_text_and_files_are_sent_from_the_page(meta: Meta, aya: Phone, firm: _Firm) -> None:
    page = f"{meta.url}/phones/0"
    assert requests.post(page, data={"text": "Bonjour"}, timeout=5).ok
    files = [
        ("files", ("acte é.pdf", PDF, "application/pdf")),
        ("files", ("photo.jpg", b"jpeg", "image/jpeg")),
    ]
    assert requests.post(page, data={"text": "Deux pièces"}, files=files, timeout=5).ok
    meta.settle()
    by_type = {message["type"]: message for message in firm.messages}
    assert by_type["text"]["text"]["body"] == "Bonjour"
    assert by_type["document"]["document"]["filename"] == "acte é.pdf"
    assert by_type["document"]["document"]["caption"] == "Deux pièces"
    assert "caption" not in by_type["image"]["image"]


def test_looking_at_the_page_reads_the_replies(
    meta: Meta, aya: Phone, firm: _Firm, client: _Client
) -> None:
    aya.writes("Bonjour")
    client.write()
    meta.settle()
    assert requests.post(f"{meta.url}/phones/0/reads", timeout=5).status_code == 204
    meta.settle()
    assert firm.statuses[-1]["status"] == "read"
    assert 'class="tick read"' in requests.get(f"{meta.url}/phones/0/lines", timeout=5).text


def test_another_site_cannot_write_in_a_persons_name(meta: Meta, aya: Phone, firm: _Firm) -> None:
    answer = requests.post(
        f"{meta.url}/phones/0",
        data={"text": "Bonjour"},
        headers={"Origin": "https://elsewhere.example"},
        timeout=5,
    )
    assert answer.status_code == 403
    assert aya.lines == []


# -- the mailbox


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox(username="greffier", password="secret") as served:
        yield served


def _post_letter(mailbox: Mailbox, to: str = "salma@cabinet.tn", password: str = "secret") -> None:
    letter = EmailMessage()
    letter["From"], letter["To"] = "greffier@cabinet.tn", to
    letter["Subject"] = "Pièce reçue"
    letter["Message-ID"] = "<row-7@cabinet.tn>"
    letter.set_content("Une pièce est arrivée.")
    letter.add_alternative("<p>Une pièce est <b>arrivée</b>.</p>", subtype="html")
    with smtplib.SMTP(mailbox.host, mailbox.port, timeout=5) as session:
        session.login("greffier", password)
        session.send_message(letter)


def test_a_letter_is_kept_and_shown(meta: Meta, mailbox: Mailbox) -> None:
    meta.show_mailbox(mailbox)
    _post_letter(mailbox)
    (letter,) = mailbox.wait_for(1)
    assert letter.sender == "greffier@cabinet.tn"
    assert letter.recipients == ("salma@cabinet.tn",)
    assert (letter.subject, letter.message_id) == ("Pièce reçue", "<row-7@cabinet.tn>")
    assert letter.text == "Une pièce est arrivée.\n"
    assert letter.html == "<p>Une pièce est <b>arrivée</b>.</p>\n"
    assert "Pièce reçue" in requests.get(f"{meta.url}/mail", timeout=5).text
    shown = requests.get(f"{meta.url}/mail/0", timeout=5).text
    assert 'srcdoc="&lt;p&gt;' in shown
    assert requests.get(f"{meta.url}/mail/9", timeout=5).status_code == 404


def test_a_wrong_password_is_refused(mailbox: Mailbox) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        _post_letter(mailbox, password="guess")
    assert refused.value.smtp_code == 535
    mailbox.faults.on("auth", 535)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        _post_letter(mailbox)
    assert mailbox.received == []


def test_without_signing_in_nothing_is_taken(mailbox: Mailbox) -> None:
    with (
        smtplib.SMTP(mailbox.host, mailbox.port, timeout=5) as session,
        pytest.raises(smtplib.SMTPSenderRefused) as refused,
    ):
        session.sendmail("a@cabinet.tn", ["b@cabinet.tn"], "Subject: x\r\n\r\ny")
    assert refused.value.smtp_code == 530


def test_a_recipient_can_be_refused_for_good_and_for_now(mailbox: Mailbox) -> None:
    mailbox.faults.refuse("gone@cabinet.tn")
    mailbox.faults.on("recipient", 451)
    for to, code in (("salma@cabinet.tn", 451), ("gone@cabinet.tn", 550)):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            _post_letter(mailbox, to=to)
        assert refused.value.recipients[to][0] == code
    _post_letter(mailbox)
    assert len(mailbox.received) == 1


def test_a_letter_can_be_put_off(mailbox: Mailbox) -> None:
    mailbox.faults.on("data", 451)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        _post_letter(mailbox)
    assert refused.value.smtp_code == 451
    assert mailbox.received == []


@pytest.mark.parametrize("kept", [False, True])
def test_a_connection_cut_after_data_leaves_the_sender_in_doubt(
    mailbox: Mailbox, kept: bool
) -> None:
    mailbox.faults.on("data", Cut(after_accept=kept))
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        _post_letter(mailbox)
    assert len(mailbox.received) == int(kept)


def test_waiting_for_a_letter_that_does_not_come_ends(mailbox: Mailbox) -> None:
    with pytest.raises(TimeoutError, match="0 letters"):
        mailbox.wait_for(1, within=0.02)


def test_a_mailbox_keeps_its_port_over_a_restart() -> None:
    mailbox = Mailbox()
    mailbox.start()
    port = mailbox.port
    mailbox.stop()
    with mailbox:
        assert mailbox.port == port
        with smtplib.SMTP(mailbox.host, mailbox.port, timeout=5) as session:
            session.sendmail("a@cabinet.tn", ["b@cabinet.tn"], "Subject: x\r\n\r\ny")
    assert len(mailbox.received) == 1
