"""The whole way, through the real process: a client's phone, Meta, the disk, the letters."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.simulator.account import Account
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from tests.e2e.office import Office, Running, world
from tests.support import until

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"
TUNIS = timezone(timedelta(hours=1))
LEASE = "Amel Ben Youssef/2026-0042 - Bail rue de Marseille"


def today() -> str:
    """The date of names on disk, in the firm's time zone."""
    return SystemClock().now().astimezone(TUNIS).date().isoformat()


def confirmed(office: Office, wamid: str) -> list[tuple[Any, ...]]:
    """The confirmations that speak of this message."""
    return office.rows(
        "SELECT outbox.status FROM outbox JOIN outbox_items ON outgoing_id = outbox.id "
        "JOIN whatsapp_messages ON message_id = whatsapp_messages.id "
        "WHERE outbox_items.kind = 'confirmation' AND wamid = ?",
        wamid,
    )


def test_a_document_reaches_its_dossier_and_everybody_is_told(
    greffier: Running, office: Office, meta: Meta, mailbox: Mailbox
) -> None:
    content = cast.pdf("CONTRAT DE BAIL", "12, rue de Marseille")
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef")

    wamid = amel.sends(content, filename="contrat de bail.pdf")

    file = office.folder / LEASE / f"{today()} contrat de bail.pdf"
    until(file.exists)
    assert file.read_bytes() == content
    until(lambda: amel.received)
    assert amel.received[-1].text == f"{cast.FIRM} a bien reçu votre document. Merci."
    letter = mailbox.wait_for(1)[0]
    assert letter.recipients == (cast.LAWYER_EMAIL,)
    assert letter.subject == "[Greffier] Document classé"
    assert f"{greffier.dashboard}/" in letter.text
    meta.settle()
    office.rests()
    assert office.rows("SELECT status FROM whatsapp_messages WHERE wamid = ?", wamid) == [
        ("document_created",)
    ]
    assert confirmed(office, wamid) == [("delivered",)]
    assert file.name in greffier.page("/")


def test_the_words_of_a_client_are_kept_and_nothing_is_answered(
    greffier: Running, office: Office, meta: Meta
) -> None:
    karim = meta.phone(cast.GHARBI, "Karim Gharbi")

    wamid = karim.writes("Merci, à demain. شكرا 🙏")

    meta.settle()
    office.rests()
    assert office.rows("SELECT status, body FROM whatsapp_messages WHERE wamid = ?", wamid) == [
        ("processed", "Merci, à demain. شكرا 🙏")
    ]
    assert karim.received == []


@pytest.mark.parametrize("raw_utf8", [False, True], ids=["escaped", "raw utf-8"])
def test_what_meta_delivers_twice_is_filed_and_confirmed_once(
    greffier: Running, office: Office, meta: Meta, raw_utf8: bool
) -> None:
    carthage = meta.phone(cast.CARTHAGE, "Société Carthage")
    before = len(office.files)
    meta.raw_utf8 = raw_utf8
    meta.deliver_twice()

    wamid = carthage.sends(cast.pdf(f"FACTURE {raw_utf8}"), filename=f"reçu {raw_utf8} فاتورة.pdf")
    meta.settle()
    meta.deliver_twice(False)
    meta.repeat(wamid)
    meta.settle()

    office.rests()
    attempts = [delivery for delivery in meta.deliveries if wamid in delivery.ids]
    assert [delivery.status for delivery in attempts] == [200, 200, 200]
    assert ("reçu".encode() in attempts[0].body) is raw_utf8
    assert len(office.files) == before + 1
    assert len(confirmed(office, wamid)) == 1


def test_sigterm_in_the_midst_of_work_loses_nothing_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    with world() as (meta, mailbox):
        office = Office.of(tmp_path / "data", meta, mailbox)
        office.furnish()
        phones = [
            meta.phone(number, "somebody")
            for number in (cast.BEN_YOUSSEF, cast.CARTHAGE, cast.MANSOUR, cast.STRANGER)
        ]
        contents = [cast.pdf(f"DOCUMENT {number}") for number in range(24)]
        with office.open() as first:
            meta.subscribe(first.webhook)
            with meta.batch():
                for number, content in enumerate(contents):
                    phones[number % 4].sends(content, filename=f"piece {number}.pdf")
            until(lambda: any(delivery.status == 200 for delivery in meta.deliveries))
            first.stop()
        done = len(office.files)
        with office.open() as second:
            meta.subscribe(second.webhook)
            meta.settle()
            office.rests()
            meta.settle()
            office.rests()

        assert done < len(contents), "it was stopped in the midst of work"
        found = [hashlib.sha256((office.folder / name).read_bytes()) for name in office.files]
        wanted = [hashlib.sha256(content) for content in contents]
        assert sorted(h.hexdigest() for h in found) == sorted(h.hexdigest() for h in wanted)
        callbacks = [sent.callback for sent in meta.accepted]
        assert len(callbacks) == len(set(callbacks))
        items = "SELECT count(*), count(DISTINCT message_id) FROM outbox_items WHERE kind = ?"
        assert office.rows(items, "confirmation") == [(24, 24)]
        states = {status for (status,) in office.rows("SELECT status FROM outbox")}
        assert states <= {"sent", "delivered"}
        _opened_again_on_finished_work(office, meta, mailbox)


def _opened_again_on_finished_work(office: Office, meta: Meta, mailbox: Mailbox) -> None:
    """A third start finds nothing to do."""
    before = (office.files, len(meta.accepted), len(mailbox.received))
    with office.open() as third:
        meta.subscribe(third.webhook)
        office.rests()
        assert third.is_alive
    assert (office.files, len(meta.accepted), len(mailbox.received)) == before


@dataclass
class Posted:
    """Other people's bodies, after all of them were posted."""

    office: Office
    greffier: Running
    payloads: list[Any]
    statuses: dict[bytes, int]


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Posted]:
    """An office of their own gets each body twice: in escaped unicode and in raw UTF-8."""
    paths = sorted(PAYLOADS.glob("*/*.json"))
    if not paths:
        pytest.skip(f"the collected bodies are not beside the project ({PAYLOADS.name})")
    payloads = [_for_us(json.loads(path.read_bytes())) for path in paths]
    with world() as (meta, mailbox):
        office = Office.of(tmp_path_factory.mktemp("payloads") / "data", meta, mailbox)
        office.furnish()
        with office.open() as greffier:
            bodies = [
                json.dumps(payload, ensure_ascii=ascii_).encode()
                for payload in payloads
                for ascii_ in (True, False)
            ]
            statuses = {body: greffier.post(body).status_code for body in bodies}
            yield Posted(office, greffier, payloads, statuses)


def _for_us(node: Any) -> Any:
    """The same body, about our number: what is for another is no work of ours."""
    if isinstance(node, dict):
        named = {"phone_number_id": Account("", "", "").phone_number_id}
        ours = named if "phone_number_id" in node else {}
        return {**{name: _for_us(inner) for name, inner in node.items()}, **ours}
    return [_for_us(inner) for inner in node] if isinstance(node, list) else node


def ids(node: Any, key: str) -> Iterator[str]:
    """The ids of every object in a list called `key`, at any depth; calls have ids of their own."""
    if isinstance(node, dict) and node.get("field") != "calls":
        for name, inner in node.items():
            if name == key and isinstance(inner, list):
                yield from (item["id"] for item in inner if isinstance(item, dict) and "id" in item)
            yield from ids(inner, key)
    elif isinstance(node, list):
        for inner in node:
            yield from ids(inner, key)


def test_every_body_that_others_collected_is_accepted_and_kept_as_it_came(posted: Posted) -> None:
    assert set(posted.statuses.values()) == {200}
    kept = {body for (body,) in posted.office.rows("SELECT body FROM webhook_bodies")}
    assert kept == set(posted.statuses)
    assert any(b"\\ud83d" in body for body in kept), "some are in escaped unicode"
    assert any(not body.isascii() for body in kept), "some are in raw UTF-8"
    unread = "SELECT error FROM webhook_bodies WHERE error IS NOT NULL"
    assert posted.office.rows(unread) == []


def test_every_message_and_receipt_that_others_collected_has_its_row(posted: Posted) -> None:
    messages = {wamid for (wamid,) in posted.office.rows("SELECT wamid FROM whatsapp_messages")}
    receipts = {wamid for (wamid,) in posted.office.rows("SELECT wamid FROM receipts")}

    keys = ("messages", "message_echoes")
    assert {wamid for key in keys for wamid in ids(posted.payloads, key)} <= messages | receipts
    assert set(ids(posted.payloads, "statuses")) <= receipts


def test_whatever_others_collected_comes_to_rest_and_the_process_lives(posted: Posted) -> None:
    posted.office.rests(40)

    states = dict(
        posted.office.rows("SELECT status, count(*) FROM whatsapp_messages GROUP BY status")
    )
    assert set(states) == {"processed", "error"}, "no simulator knows their files"
    assert posted.office.rows("SELECT count(*) FROM receipts WHERE error IS NOT NULL") == [(0,)]
    assert posted.greffier.is_alive
    assert posted.greffier.post(b'{"entry": []}').status_code == 200


def test_what_of_it_failed_is_said_with_its_reason_and_shown(posted: Posted) -> None:
    posted.office.rests(40)

    failed = "SELECT type, error FROM whatsapp_messages WHERE status = 'error'"
    reasons = {reason for _, reason in posted.office.rows(failed)}
    assert all("ask the client to send it again" in r or "ask for it" in r for r in reasons), (
        reasons
    )
    status = posted.office.greffier("status")
    assert status.returncode == 1
    assert f"{len(posted.office.rows(failed))} messages in error" in status.stdout
