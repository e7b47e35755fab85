"""Compares what was sent, what Meta accepted, the store and the folders: see README.md."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from tests.e2e.office import Office
from tests.torture.clients import Clients

FINAL = {"document_created", "processed"}
# Whatever is work, and when it waits. Of chores, reading words is left out: it loses nothing;
# a receipt waits for its burst, and the chain is looked at once a day.
IDLE = "kind NOT IN ('read', 'prove', 'witness')"
WORK = {"whatsapp_messages": "1", "receipts": "1", "outbox": "1", "chores": IDLE}
WAITS = "(due_at IS NOT NULL OR leased_until IS NOT NULL)"


def faults(office: Office, clients: Clients, meta: Meta, mailbox: Mailbox) -> list[str]:
    """Everything that is not as it must be, a sentence each. The appliance is stopped and idle."""
    return [
        *_messages(office, clients, meta),
        *_files(office, clients),
        *_sends(office, meta),
        *_letters(office, mailbox),
        *_cared_for(office),
        *_stuck(office),
        *_own_word(office),
    ]


def _messages(office: Office, clients: Clients, meta: Meta) -> Iterator[str]:
    """1: each acknowledged message is one row with one outcome."""
    acked = {w for delivery in meta.deliveries if delivery.status == 200 for w in delivery.ids}
    sent = {piece.wamid for piece in clients.pieces} | set(clients.texts)
    outcomes = dict(office.rows("SELECT wamid, status FROM whatsapp_messages"))
    if acked != sent:
        yield f"{len(sent - acked)} messages were never acknowledged"
    for wamid in acked - set(outcomes):
        yield f"{wamid} was acknowledged and is not in the store"
    for wamid in set(outcomes) - sent:
        yield f"{wamid} is in the store and nobody sent it"
    wanted = {piece.wamid: "document_created" for piece in clients.pieces}
    wanted |= dict.fromkeys(clients.texts, "processed")
    for wamid in acked & set(outcomes):
        if outcomes[wamid] != wanted[wamid]:
            yield f"{wamid} is {outcomes[wamid]}, not {wanted[wamid]}"


def _files(office: Office, clients: Clients) -> Iterator[str]:
    """2 and 6: each distinct document of each sender is one file; there is no other file."""
    wanted = Counter(digest for _, digest in {(p.sender, p.sha256) for p in clients.pieces})
    paths = [path for path in office.folder.rglob("*") if path.is_file()]
    found = Counter(map(_digest, paths))
    for digest in wanted | found:
        if wanted[digest] != found[digest]:
            yield f"content {digest[:12]} is in {found[digest]} files, not in {wanted[digest]}"
    kept = {row[0] for row in office.rows("SELECT local_path FROM documents")}
    names = {path.relative_to(office.folder).as_posix() for path in paths}
    for name in kept ^ names:
        yield f"{name} is {'a row without file' if name in kept else 'a file without row'}"
    for path in (office.data / "media").rglob("*"):
        if path.is_file() and path.name != _digest(path):
            yield f"{path.name} on the shelf has other bytes than its name says"
    for path in office.data.rglob("*.tmp"):
        yield f"{path.name} is a temporary file that was left"


def _sends(office: Office, meta: Meta) -> Iterator[str]:
    """3 and 4: nothing was accepted by Meta twice; what was accepted is known to be."""
    accepted = Counter(sent.callback for sent in meta.accepted)
    for callback, times in accepted.items():
        if times > 1:
            yield f"Meta accepted {callback} {times} times"
    rows = office.rows("SELECT callback, status FROM outbox WHERE channel = 'whatsapp'")
    for callback, status in rows:
        if status in {"sent", "delivered", "read"} and callback not in accepted:
            yield f"{callback} is {status} and Meta never had it"
        if status in {"unknown", "failed"} and callback in accepted:
            yield f"{callback} is {status} and Meta accepted it: its receipt was not heard"
    for callback in set(accepted) - {callback for callback, _ in rows}:
        yield f"Meta accepted {callback}, of which there is no row"
    yield from _announced(office)


def _announced(office: Office) -> Iterator[str]:
    """4: whatever was filed was announced to its sender once: in one row of the outbox."""
    rows = office.rows(
        "SELECT m.wamid, count(i.id) FROM whatsapp_messages m LEFT JOIN outbox_items i"
        " ON i.message_id = m.id AND i.kind IN ('confirmation', 'confirmation_unknown')"
        " WHERE m.status = 'document_created' GROUP BY m.id HAVING count(i.id) <> 1"
    )
    for wamid, times in rows:
        yield f"{wamid} was confirmed {times} times"


def _letters(office: Office, mailbox: Mailbox) -> Iterator[str]:
    """3: each letter that was sent arrived; a second copy bears the same Message-ID."""
    arrived = {letter.message_id for letter in mailbox.received}
    rows = office.rows("SELECT remote_id, status FROM outbox WHERE channel = 'email'")
    sent = {remote_id for remote_id, status in rows if status == "sent"}
    for message_id in sent - arrived:
        yield f"letter {message_id} is sent and never arrived"
    if len(arrived) > len(rows):
        yield f"{len(arrived)} different letters arrived of {len(rows)}"


def _cared_for(office: Office) -> Iterator[str]:
    """8: each document was looked into, and what was filed is in one delivery; the chain stands."""
    ((unseen,),) = office.rows("SELECT count(*) FROM documents WHERE safety = 'unexamined'")
    if unseen:
        yield f"{unseen} documents were never looked into"
    ((failed,),) = office.rows("SELECT count(*) FROM chores WHERE status = 'failed'")
    if failed:
        yield f"{failed} chores failed"
    rows = office.rows(
        "SELECT d.id, count(i.id) FROM documents d LEFT JOIN delivery_items i"
        " ON i.document_id = d.id WHERE d.status = 'filed' GROUP BY d.id HAVING count(i.id) <> 1"
    )
    for document_id, times in rows:
        yield f"document {document_id} is in {times} deliveries"
    proven = office.greffier("verify")
    if proven.returncode != 0:
        yield f"greffier verify: {proven.stdout.strip()}"


def _stuck(office: Office) -> Iterator[str]:
    """5: nothing waits."""
    for table, is_work in WORK.items():
        ((count,),) = office.rows(f"SELECT count(*) FROM {table} WHERE {WAITS} AND {is_work}")
        if count:
            yield f"{count} rows of {table} still wait"
    ((unsent,),) = office.rows("SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending')")
    if unsent:
        yield f"{unsent} rows of outbox are neither sent nor given up"


def _own_word(office: Office) -> Iterator[str]:
    """7: what `greffier check` says of it."""
    findings = json.loads(office.greffier("check", "--json").stdout)
    (own,) = (finding for finding in findings if finding["name"] == "nothing lost")
    if own["state"] != "ok":
        yield f"greffier check: {own['sentence']}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
