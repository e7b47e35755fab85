"""How fast the firm is searched: `python -m tests.bench.searching`.

100,000 messages, 20,000 documents, 2,000 clients with 4,000 dossiers, in a folder of its own. What
is measured is the processor's time of what a page asks for, and of what is taken in.
"""

import random
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import process_time
from typing import Any

from appliance import names, seeking
from appliance.clock import SystemClock
from appliance.dashboard import assignment_board, clients_board, matters_board, timeline_board
from appliance.firm.scope import EVERYTHING, Scope
from appliance.search.finding import Finder
from appliance.search.indexing import Indexer
from appliance.store.database import Store
from appliance.store.fields import utc_text
from appliance.traffic import Traffic

CLIENTS, DOSSIERS, DOCUMENTS, MESSAGES = 2_000, 4_000, 20_000, 100_000
FIRST = ["Amel", "Leïla", "Mohamed", "Karim", "Sonia", "Hédi", "Faten", "Anis", "Rim", "Nizar"]
LAST = ["Ben Youssef", "Gharbi", "Trabelsi", "Zouari", "Chébbi", "Mansour", "Khelifi", "Ayari"]
_TEXT = """
bonjour maître voici la facture du loyer de mars merci audience jeudi contrat signé copie
divorce garde enfants jugement appel huissier expert rapport photo carte identité passeport
société bail commercial tribunal première instance délai réponse pièce jointe attestation
salaire banque virement assurance accident constat médecin certificat école adresse
العقد المحكمة الجلسة الوثيقة شكرا السلام عليكم القضية الحكم
"""
SAID = _TEXT.split()
QUERIES = (
    "a",
    "fa",
    "fact",
    "facture",
    "facture loyer",
    "gharbi",
    "ben youssef amel",
    "2026-0100",
    "rg 24/01234",
    "24/1234",
    "20 001 456",
    "00216 20 001 007",
    "عقد",
    "المحكمة",
    "divorce gar",
    "zzzz",
    "maitre audience jeudi contrat",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clock = SystemClock()
        with closing(Store.open(Path(folder), clock)) as store:
            store.write(lambda: _fill(store, utc_text(clock.now())))
            indexer = Indexer(store, clock, Traffic())
            began = process_time()
            count = indexer.catch_up()
            took = process_time() - began
            print(f"taken in: {count} in {took:.1f} s, {took / count * 1000:.2f} ms each")
            print(f"file: {store.path.stat().st_size / 1e6:.0f} MB")
            finder = Finder(store, "TN")
            lawyers = [f"Me {name}" for name in LAST]
            theirs = Scope(7, own=lawyers[:1], served=lawyers[:1], known=lawyers)
            for called, scope in (("everything", EVERYTHING), ("a lawyer's own", theirs)):
                print(called)
                _measure(lambda query, s=scope: finder.find(query, s))
                _measure_pages(scope, clock.now())


def _measure(find: Callable[[str], Any]) -> None:
    worst: list[float] = []
    for query in QUERIES:
        took: list[float] = []
        for _ in range(5):
            began = process_time()
            groups = find(query)
            took.append((process_time() - began) * 1000)
        worst += took
        hits = ", ".join(f"{len(group.hits)} {group.kind}" for group in groups)
        print(f"  {max(took):6.1f} ms  {query!r}: {hits or 'nothing'}")
    worst.sort()
    print(f"  p50 {worst[len(worst) // 2]:.1f} ms, p95 {worst[int(len(worst) * 0.95)]:.1f} ms")


def _measure_pages(scope: Scope, now: datetime) -> None:
    pages: dict[str, Callable[[Scope], object]] = {
        "/clients": lambda s: clients_board.shelf(s, "", 1000),
        "/clients/7": lambda s: clients_board.client(7, s),
        "/dossiers": lambda s: matters_board.shelf(s, "active", 3000),
        "/dossiers?which=vip": lambda s: matters_board.shelf(s, "vip", None),
        "/board": lambda s: assignment_board.board(s, now, None, None),
        "history": lambda s: timeline_board.timeline(7, s, None),
    }
    for name, page in pages.items():
        took: list[float] = []
        for _ in range(5):
            fresh = replace(scope)  # what somebody sees is asked once a request
            began = process_time()
            page(fresh)
            took.append((process_time() - began) * 1000)
        print(f"  {max(took):6.1f} ms  {name}")


def _fill(store: Store, now: str) -> None:
    dice = random.Random(1)
    many = _inserter(store)
    people = [f"{dice.choice(FIRST)} {dice.choice(LAST)} {n}" for n in range(CLIENTS)]
    common = {"created_at": now, "vip": 0}
    many(
        "clients",
        (
            {
                "id": n + 1,
                "name": name,
                "name_key": names.key(name),
                "folder": name,
                "folder_key": names.key(name),
                **common,
            }
            for n, name in enumerate(people)
        ),
    )
    many(
        "contacts",
        (
            {"client_id": n + 1, "kind": "phone", "value": f"+21620{n:06}", "created_at": now}
            for n in range(CLIENTS)
        ),
    )
    many(
        "dossiers",
        (
            {
                "id": n + 1,
                "client_id": n % CLIENTS + 1,
                "reference": f"2026-{n:04}",
                "reference_key": f"2026-{n:04}",
                "title": " ".join(dice.sample(SAID, 3)),
                "folder": str(n),
                "status": "active",
                "lawyer": f"Me {dice.choice(LAST)}",
                "opened_at": now,
                "court": "Tribunal de première instance de Tunis",
                "court_number": f"RG 24/{n:05}",
            }
            for n in range(DOSSIERS)
        ),
    )
    many(
        "parties",
        (
            {
                "dossier_id": n + 1,
                "role": "opponent",
                "name": f"Société {n}",
                "name_key": f"{n} societe",
            }
            for n in range(DOSSIERS)
        ),
    )
    many(
        "documents",
        (
            {
                "id": n + 1,
                "owner_key": f"client:{n}",
                "sha256": f"{n:064}",
                "client_id": n % CLIENTS + 1,
                "dossier_id": n % DOSSIERS + 1,
                "sender": "+21620000000",
                "name": f"2026-11-01 {' '.join(dice.sample(SAID, 2))}.pdf",
                "mime_type": "application/pdf",
                "size": 1000,
                "status": "filed",
                "reason": "only_active",
                "received_at": now,
                "stored_at": now,
                "safety": "ok",
            }
            for n in range(DOCUMENTS)
        ),
    )
    texts = [" ".join(dice.choices(SAID, k=300)) for _ in range(50)]
    many(
        "document_texts",
        (
            {"document_id": n + 1, "text": texts[n % 50], "source": "written", "read_at": now}
            for n in range(DOCUMENTS)
        ),
    )
    words = [seeking.indexed(text) for text in texts]
    many("document_words", ({"rowid": n + 1, "words": words[n % 50]} for n in range(DOCUMENTS)))
    many(
        "whatsapp_messages",
        (
            {
                "wamid": f"w{n}",
                "direction": "in",
                "sender": f"+21620{n % CLIENTS:06}",
                "type": "text",
                "body": " ".join(dice.choices(SAID, k=12)),
                "status": "processed",
                "received_at": now,
                "raw": "{}",
                "client_id": n % CLIENTS + 1,
                "is_duplicate": 0,
                "attempts": 1,
                "interruptions": 0,
                "priority": 0,
            }
            for n in range(MESSAGES)
        ),
    )


def _inserter(store: Store) -> Callable[..., None]:
    def many(table: str, rows: Any) -> None:
        for row in rows:
            columns, marks = ", ".join(row), ", ".join("?" * len(row))
            store.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))

    return many


if __name__ == "__main__":
    main()
