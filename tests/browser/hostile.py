"""Markup, scripts and tricks of writing, planted wherever somebody's words are kept."""

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from appliance.demo import cast
from appliance.simulator.whatsapp import Meta
from appliance.store.models import TABLES
from tests import hostile_files
from tests.browser.firm import Firm, is_at_rest, outside
from tests.e2e.office import Office
from tests.support import until

ALIVE = "62615533"  # what the templates below would make of themselves
PLANTS = (
    "<script id='planted'>canary(1)</script>",
    "\"><img id='planted' src='/planted' onerror='canary(2)'>",
    '\'><svg id="planted" onload="canary(3)"></svg>',
    "<a id='planted' href='javascript:canary(4)'>planted</a>",
    "planted {{7919*7907}}{% if 1 %}${7919*7907}#{7919*7907}",
    "planted --></title></textarea></select><b id='planted' onfocus='canary(5)' autofocus>",
    "planted \u202egpj.exe\u2066 \u200f fin",
    "<b id='planted' hx-get='/planted' hx-trigger='load' data-key='n'>planted",
    "planted %(name)s %s {0} &lt;b id=planted&gt; \\x3cb\\x3e",
)
LAWYER = "Me \"><b id='planted' onclick='canary(6)'>{{7919*7907}}"
SVG = (
    b"<svg xmlns='http://www.w3.org/2000/svg' id='planted' onload='canary(7)'>"
    b"<script>canary(8)</script></svg>"
)
HTML = b"<!doctype html><body id='planted' onload='canary(9)'><script>canary(9)</script>"
FILES = {
    "image/svg+xml": SVG,
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    "application/pdf": hostile_files.FILES["pdf-script"](),
    "text/plain": b"<script id='planted'>canary(10)</script>",
    "image/jpeg": cast.photo("planted"),
}
NUMBERS = [f"2162000{n:04d}" for n in range(len(PLANTS))]

# What our own code writes and compares: an id, a state, a place, a sum, or JSON that it made of
# words which came in by themselves above.
_FIXED = """about account_id after amends before callback category channel choice content day
declared_sha256 dedupe_key digest direction drive drive_id drive_status facts field folder
folder_key format found from_path gathers hash held key key_id kind language lawyer left local_path
mark media media_id mime_type missing name_key number old_path orphans other_path outcome owner_key
page_token parent_id password_hash path previous raw reason recipient reference_key remote_id role
safety safety_reason scope seal sender session severity sha256 source statement state status
to_path code_hash gesture lane rejected_reason report secret token_hash trigger type user_id value
verdict wamid wanted access blocked_gesture"""
FIXED = frozenset(_FIXED.split())
# Of these names, here are the words of people all the same, or there they are none.
WORDS = {"legal_holds.reason", "destructions.reason", "notices.field"}
NO_WORDS = {
    "audit_log.actor",  # only ever added to: a row of words comes with `_MORE`
    "audit_log.action",
    "audit_log.subject",
    "audit_log.detail",
    "users.name",  # planted by the command, so that its person can sign in
    "users.email",
    "attempts.work",
    "check_results.name",
    "check_results.told",
    "task_runs.name",
    "rate_limits.name",
    "rate_limits.who",
    "limit_settings.name",
    "limit_uses.name",
    "night_runs.name",
    "identity_events.old_value",
    "identity_events.new_value",
    "answers.answer_wamid",
    "questions.answer_wamid",
    "proofs.statement",
    "bordereaux.statement",
}


@contextmanager
def hostile_firm(data: Path) -> Iterator[Firm]:
    """Running, and every word in it is meant to do harm."""
    with outside(data) as (office, meta, drive):
        _import(office)
        with office.open(is_quiet=False) as running:
            meta.subscribe(running.webhook)
            _write(meta)
            meta.settle()
            until(lambda: is_at_rest(office), 60, "the day did not end")
            with Firm(office, running, meta, drive).browsed_by(LAWYER) as lawyer:
                _fill_in(Firm(office, running, meta, drive), lawyer)
        with closing(sqlite3.connect(office.data / "greffier.db")) as store, store:
            _more_rows(store)
            for table, column in columns():
                _plant(store, table, column)
        with office.open(is_quiet=False) as running:
            meta.subscribe(running.webhook)
            yield Firm(office, running, meta, drive)


def columns() -> list[tuple[str, str]]:
    """Every column of every table that holds words of people, outside or inside the firm."""
    found = []
    for model in TABLES:
        meta = model._meta
        for field in meta.sorted_fields:
            name = f"{meta.table_name}.{field.column_name}"
            is_fixed = field.column_name in FIXED and name not in WORDS
            if field.field_type == "TEXT" and not is_fixed and name not in NO_WORDS:
                found.append((meta.table_name, field.column_name))
    return found


def _import(office: Office) -> None:
    """Clients and dossiers, as somebody's list names them."""
    file = io.StringIO()
    rows = csv.writer(file, delimiter=";")
    rows.writerow(_HEADER.split())
    for n, (number, plant) in enumerate(zip(NUMBERS, PLANTS, strict=True)):
        who, title = f"{plant} client {n}", f"{plant} dossier"
        rows.writerow([who, f"+{number}", "", "non", LAWYER, f"2026-9{n:03d}", title, "actif"])
    path = office.data.parent / "hostile.csv"
    path.write_text(file.getvalue(), "utf-8")
    assert office.greffier_here("import", str(path)).returncode == 0
    command = ("user", "add", LAWYER, "--role", "avocat", "--password-stdin")
    assert office.greffier_here(*command, typed=cast.PASSWORD).returncode == 0


def _write(meta: Meta) -> None:
    """Everything that a stranger may put into WhatsApp."""
    files = list(FILES.items())
    for n, (number, plant) in enumerate(zip(NUMBERS, PLANTS, strict=True)):
        phone = meta.phone(number, plant)
        phone.writes(f"{plant}\0 fin")
        kind, data = files[n % len(files)]
        name = f"{plant} {n}.{kind.partition('/')[2][:4]}"
        phone.sends(data + b" " * n, mime_type=kind, filename=name, caption=plant)
        place = {"latitude": 36.8, "longitude": 10.2, "name": plant, "address": plant}
        phone.posts({"type": "location", "location": place})
        card = {"name": {"formatted_name": plant}, "phones": [{"phone": plant, "wa_id": plant}]}
        phone.posts({"type": "contacts", "contacts": [card]})
        phone.posts({"type": "unsupported", "unsupported": {"type": plant}})
        phone.posts({"type": plant[:20], plant[:20]: {"body": plant}})
    stranger = meta.phone("21655000111", PLANTS[1])
    for kind, data in files:
        stranger.sends(data, mime_type=kind, filename=f"{PLANTS[1]} planted.{kind[:3]}")


def _fill_in(firm: Firm, lawyer: Any) -> None:
    """What somebody of the firm may write into a form."""
    answers = "/settings/answers/questions/new"
    for plant in PLANTS:
        question = {"title": plant[:24], "keywords": "planted, mot", "answer": plant}
        lawyer.submits(answers, answers, language="fr", enabled="on", priority="1", **question)
    for (dossier,) in firm.office.rows("SELECT id FROM dossiers WHERE reference LIKE '2026-9%'"):
        plant = PLANTS[dossier % len(PLANTS)]
        pieces, keeping = f"/dossiers/{dossier}/pieces", f"/dossiers/{dossier}/keeping"
        told = {"label": plant, "keywords": plant, "note": plant}
        lawyer.submits(pieces, f"{pieces}/expected", needed_on="2026-12-01", **told)
        for (document,) in firm.office.rows("SELECT id FROM documents WHERE dossier_id=?", dossier):
            lawyer.submits(pieces, f"{pieces}/exhibits", document=document)
        lawyer.submits(keeping, f"{keeping}/hold", reason=plant)
        party = {"dossier": f"2026-9{dossier:03d}", "name": plant, "number": ""}
        lawyer.submits("/people", "/people/parties", **party)


_AT = "2026-11-20 09:00:00.000000"
_HEADER = "client téléphone email vip avocat dossier intitulé statut"
# Rows that only a bad day brings.
_MORE = {
    "account_events": {"field": "account_alerts", "event": "planted", "severity": "warning"},
    "sending_holds": {"scope": "all", "error": "planted"},
    "notices": {"field": "planted", "raw": "{}", "error": "planted"},
    "webhook_bodies": {"body": b"{}", "deliveries": 1, "error": "planted"},
    "audit_log": {
        "actor": PLANTS[1],
        "action": PLANTS[3],
        "subject": PLANTS[6],
        "detail": PLANTS[7],
    },
    "destructions": {
        "dossier_id": "SELECT min(id) FROM dossiers WHERE reference LIKE '2026-9%'",
        "status": "proposed",
        "reason": "planted",
        "proposed_by": "planted",
        "left": "[]",
        "texts": 0,
    },
    "identity_events": {
        "correspondent_id": "SELECT min(id) FROM correspondents",
        "kind": "user_changed_number",
        "old_value": "+21620000001",
        "new_value": "+21620000002",
    },
    "outbox": {  # a document that somebody sent to its client
        "channel": "whatsapp",
        "kind": "enclosure",
        "recipient": "+21620000001",
        "status": "sent",
        "dedupe_key": "planted",
        "callback": "planted",
        "subject": "planted",
        "body": "planted",
        "author": "planted",
        "document_id": "SELECT min(id) FROM documents WHERE dossier_id IS NOT NULL",
        "dossier_id": "SELECT dossier_id FROM documents WHERE dossier_id IS NOT NULL ORDER BY id",
        "client_id": "SELECT client_id FROM documents WHERE dossier_id IS NOT NULL ORDER BY id",
        "correspondent_id": "SELECT min(id) FROM correspondents",
        "attempts": 1,
        "interruptions": 0,
        "priority": 0,
        "sent_at": _AT,
    },
    "sights": {"sha256": "0" * 64, "has_copy": 0, "error": "planted"},
}


def _more_rows(store: sqlite3.Connection) -> None:
    """One of each, at a moment of the past; values that begin with SELECT are asked for."""
    for table, given in _MORE.items():
        columns_of = {row[1]: row for row in store.execute(f"PRAGMA table_info({table})")}
        asked = {
            name: store.execute(value).fetchone()[0] if str(value).startswith("SELECT") else value
            for name, value in given.items()
        }
        needed = {
            name: _AT
            for name, row in columns_of.items()
            if row[3] and not row[5] and name not in asked and row[2] == "DATETIME"
        }
        whole = {**needed, **asked}
        names = ", ".join(f'"{name}"' for name in whole)
        marks = ", ".join("?" * len(whole))
        store.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(whole.values()))
    failed = json.dumps({"text": "%(what)s", "values": {"what": PLANTS[0]}})
    for table, status in (("whatsapp_messages", "error"), ("outbox", "failed")):
        last = f"(SELECT max(id) FROM {table})"
        store.execute(
            f"UPDATE {table} SET status=?, error='planted', reason=?, due_at=NULL WHERE id={last}",
            (status, failed),
        )


def _plant(store: sqlite3.Connection, table: str, column: str) -> None:
    """In every row. Errors, holds and what is over stay as they are: they are states, too."""
    only = f'WHERE "{column}" IS NOT NULL' if column == "error" else ""
    for (row,) in store.execute(f"SELECT id FROM {table} {only}").fetchall():
        plant = f"{PLANTS[(row + len(column)) % len(PLANTS)]} {row}"
        store.execute(f'UPDATE {table} SET "{column}" = ? WHERE id = ?', (plant, row))
