"""The rows of years of work, each made of its number: the same at every measurement."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appliance import names
from appliance.filing.acts import VERSION
from appliance.store.fields import utc_text

FIRST = ["Amel", "Leïla", "Mohamed", "Karim", "Sonia", "Hédi", "Faten", "Anis", "Rim", "منير"]
LAST = ["Ben Youssef", "Gharbi", "Trabelsi", "Zouari", "Chébbi", "Mansour", "Khelifi", "الأيّاري"]
SAID = (
    "Bonjour Maître, voici la facture du loyer de mars.",
    "L'audience de jeudi est-elle maintenue ?",
    "Je vous envoie le contrat signé, merci de confirmer.",
    "السلام عليكم، هل وصلتكم الوثيقة الخاصة بالقضية؟",
    "Merci beaucoup, bonne journée.",
    "Le médecin a remis le certificat, je l'apporte demain au cabinet avec l'attestation.",
)
PAPERS = ("facture", "contrat de bail", "jugement", "certificat médical", "عقد البيع", "photo")
BUSY = 20  # clients who write a quarter of everything
LONG_AGO = timedelta(days=300)
FIRST_ID = 101  # below stand the sample firm's own rows


@dataclass(frozen=True)
class Years:
    """How much there is."""

    clients: int
    dossiers: int
    documents: int
    messages: int
    lawyers: tuple[str, ...]
    until: datetime
    filers: tuple[str, ...] = ()  # who files beside the lawyers

    def client_of(self, message: int) -> int:
        """From 0: who wrote it."""
        return message // 4 % BUSY if message % 4 == 0 else message % self.clients

    def dossier_of(self, client: int, number: int) -> int:
        """From 0: the first dossier of a client, or the second where there is one."""
        second = client + self.clients
        return second if number % 3 == 0 and second < self.dossiers else client

    def at(self, number: int, of: int) -> str:
        """When the `number`th of so many came: evenly, up to now."""
        return utc_text(self.until - LONG_AGO + LONG_AGO * (number + 1) / (of + 1))


def client_name(number: int) -> str:
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
    return f"{first} {last} {number:04d}"


def reference(number: int) -> str:
    return f"{2024 + number % 3}-{1000 + number}"


def phone(client: int) -> str:
    return f"2162{client:07d}"


def clients(years: Years) -> Iterator[dict[str, Any]]:
    for n in range(years.clients):
        name = client_name(n)
        folder = names.folder_name(name, "client")
        yield {
            "id": FIRST_ID + n,
            "name": name,
            "name_key": names.key(name),
            "vip": n % 50 == 0,
            "folder": folder,
            "folder_key": names.key(folder),
            "created_at": years.at(0, 1),
        }


def contacts(years: Years) -> Iterator[dict[str, Any]]:
    for n in range(years.clients):
        client = FIRST_ID + n
        yield {
            "id": client,
            "client_id": client,
            "kind": "phone",
            "value": f"+{phone(n)}",
            "created_at": years.at(0, 1),
        }


def dossiers(years: Years) -> Iterator[dict[str, Any]]:
    for n in range(years.dossiers):
        title = f"{PAPERS[n % len(PAPERS)].capitalize()} c. {client_name(n * 7 % years.clients)}"
        yield {
            "id": FIRST_ID + n,
            "client_id": FIRST_ID + n % years.clients,
            "reference": reference(n),
            "reference_key": names.key(reference(n)),
            "title": title,
            "status": "closed" if n % 5 == 4 else "active",
            "closed_at": years.at(1, 2) if n % 5 == 4 else None,
            "lawyer": years.lawyers[n % len(years.lawyers)],
            "folder": names.dossier_folder_name(reference(n), title),
            "opened_at": years.at(n, years.dossiers),
        }


def correspondents(years: Years) -> Iterator[dict[str, Any]]:
    for n in range(years.clients):
        yield {
            "id": FIRST_ID + n,
            "profile_name": client_name(n),
            "last_wrote_at": years.at(years.clients + n, 2 * years.clients),
            "created_at": years.at(0, 1),
        }


def identifiers(years: Years) -> Iterator[dict[str, Any]]:
    for n in range(years.clients):
        yield {
            "id": FIRST_ID + n,
            "correspondent_id": FIRST_ID + n,
            "kind": "wa_id",
            "value": f"+{phone(n)}",
            "first_seen_at": years.at(0, 1),
            "last_seen_at": years.at(n, years.clients),
        }


def content(number: int) -> bytes:
    """The bytes of a document."""
    return f"piece {number}\n".encode()


def documents(years: Years) -> Iterator[dict[str, Any]]:
    each = years.messages // years.documents
    for n in range(years.documents):
        client = years.client_of(n * each)
        is_filed, dossier = n % 60 != 59, years.dossier_of(client, n)
        at, name = years.at(n * each, years.messages), f"{PAPERS[n % len(PAPERS)]} {n}.txt"
        yield {
            "id": FIRST_ID + n,
            "owner_key": f"client:{FIRST_ID + client}",
            "sha256": hashlib.sha256(content(n)).hexdigest(),
            "client_id": FIRST_ID + client,
            "dossier_id": FIRST_ID + dossier if is_filed else None,
            "sender": f"+{phone(client)}",
            "name": name,
            "original_name": name,
            "mime_type": "text/plain",
            "size": len(content(n)),
            "status": "filed" if is_filed else "pending",
            "reason": "only_active_dossier" if is_filed else "several_dossiers",
            "local_path": f"Archives/{n // 500}/{names.safe_name(name)}",
            "received_at": at,
            "stored_at": at,
            "filed_at": at if is_filed else None,
            "filed_by": "greffier" if is_filed else None,
            "safety": "ok",
            "scanned_at": at,
        }


def acts(years: Years) -> Iterator[dict[str, Any]]:
    """Every third filed document was filed by hand, by those who filed them in turn."""
    filers = (*years.lawyers, *years.filers)
    for number, document in enumerate(each for each in documents(years) if each["filed_at"]):
        if number % 3 == 0:
            yield _filing(FIRST_ID + number, document, filers[number // 3 % len(filers)])


def _filing(row_id: int, document: dict[str, Any], by: str) -> dict[str, Any]:
    """That document, as somebody put it into its dossier."""
    after = {name: document.get(name) for name in VERSION if name not in ("client", "dossier")}
    after |= {"client": document["client_id"], "dossier": document["dossier_id"]}
    waited = {"dossier": None, "status": "pending", "filed_by": None, "filed_at": None}
    return {
        "id": row_id,
        "document_id": document["id"],
        "batch": row_id,
        "kind": "filed",
        "by": by,
        "begun_at": document["filed_at"],
        "done_at": document["filed_at"],
        "to_dossier": document["dossier_id"],
        "before": json.dumps(after | waited, ensure_ascii=False),
        "after": json.dumps(after, ensure_ascii=False),
        "gesture": f"g{row_id}",
    }


def deadlines(years: Years) -> Iterator[dict[str, Any]]:
    """One for every fourth dossier, around the day at which all this ends; most are done."""
    for n in range(0, years.dossiers, 4):
        at = years.at(n, years.dossiers)
        yield {
            "id": FIRST_ID + n,
            "dossier_id": FIRST_ID + n,
            "due_on": (years.until + timedelta(days=n % 200 - 30)).date().isoformat(),
            "what": f"Appel du jugement {n}",
            "noted_at": at,
            "noted_by": years.lawyers[n % len(years.lawyers)],
            "done_at": at if n % 12 else None,
        }


def sights(years: Years) -> Iterator[dict[str, Any]]:
    for n in range(years.documents):
        sha256, at = hashlib.sha256(content(n)).hexdigest(), years.at(n, years.documents)
        yield {"id": FIRST_ID + n, "sha256": sha256, "format": None, "made_at": at}


def texts(years: Years) -> Iterator[dict[str, Any]]:
    for n in range(years.documents):
        text = " ".join(SAID[(n + k) % len(SAID)] for k in range(1 + n % 4))
        yield {
            "id": FIRST_ID + n,
            "document_id": FIRST_ID + n,
            "text": f"{text} {PAPERS[n % len(PAPERS)]} numéro {n}",
            "source": "written",
            "pages": 1,
            "read_at": years.at(n, years.documents),
        }


def bodies(years: Years) -> Iterator[dict[str, Any]]:
    for n in range(years.messages):
        yield {"id": FIRST_ID + n, "body": b"x" * 600, "received_at": years.at(n, years.messages)}


def messages(years: Years) -> Iterator[dict[str, Any]]:
    each = years.messages // years.documents
    for n in range(years.messages):
        client, at, brings = years.client_of(n), years.at(n, years.messages), n % each == 0
        said = SAID[n % len(SAID)]
        kind = {"type": "document", "document": {"filename": "a.txt"}}
        words = {"type": "text", "text": {"body": said}}
        yield {
            "id": FIRST_ID + n,
            "wamid": f"wamid.{n:012d}",
            "sender": f"+{phone(client)}",
            "profile_name": client_name(client),
            "type": "document" if brings else "text",
            "body": None if brings else said,
            "status": "document_created" if brings else "processed",
            "received_at": at,
            "sent_at": at,
            "processed_at": at,
            "raw": json.dumps(kind if brings else words),
            "webhook_body_id": FIRST_ID + n,
            "correspondent_id": FIRST_ID + client,
            "client_id": FIRST_ID + client,
            "document_id": FIRST_ID + n // each if brings else None,
            "attempts": 1,
        }


def outbox(years: Years) -> Iterator[dict[str, Any]]:
    """A confirmation for each document, a letter for every fourth."""
    each = years.messages // years.documents
    for n in range(years.documents + years.documents // 4):
        is_letter, of = n >= years.documents, n % years.documents
        client, at = years.client_of(of * each), years.at(of * each, years.messages)
        yield {
            "id": FIRST_ID + n,
            "channel": "email" if is_letter else "whatsapp",
            "kind": "filed" if is_letter else "confirmation",
            "recipient": "salma@cabinet.example" if is_letter else f"+{phone(client)}",
            "status": "sent" if is_letter else ("read", "delivered", "delivered")[n % 3],
            "dedupe_key": f"past:{n}",
            "callback": f"past-{n}",
            "remote_id": f"wamid.out.{n:012d}",
            "body": "Bien reçu : votre document est classé.",
            "correspondent_id": None if is_letter else FIRST_ID + client,
            "client_id": FIRST_ID + client,
            "created_at": at,
            "sent_at": at,
            "attempts": 1,
        }


def chores(years: Years) -> Iterator[dict[str, Any]]:
    kinds = ("examine", "depict", "read")
    for n in range(years.documents * len(kinds)):
        document, at = n // len(kinds), years.at(n, years.documents * len(kinds))
        yield {
            "id": FIRST_ID + n,
            "kind": kinds[n % len(kinds)],
            "subject_id": FIRST_ID + document,
            "status": "done",
            "created_at": at,
            "done_at": at,
            "attempts": 1,
        }


def audit(years: Years) -> Iterator[dict[str, Any]]:
    for n in range(years.messages // 2):
        yield {
            "id": FIRST_ID + n,
            "at": years.at(n, years.messages // 2),
            "actor": years.lawyers[n % len(years.lawyers)],
            "action": "original opened",
            "subject": f"document:{FIRST_ID + n % years.documents}",
            "about": "document",
            "about_id": FIRST_ID + n % years.documents,
        }
