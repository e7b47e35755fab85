"""The sample firm, running and furnished: its people, and something to see on every page."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from appliance.demo import cast
from appliance.simulator.google_drive import Drive
from appliance.simulator.whatsapp import Meta
from tests import clamd, hostile_files
from tests.e2e.office import Office, Running, world
from tests.support import until

SECOND_LAWYER = "Hédi Karoui"
ROLES = {
    "admin": cast.ADMIN,
    "avocat": cast.LAWYER,
    "second": SECOND_LAWYER,
    "assistant": cast.ASSISTANT,
}
OLFA, MONGI = "21623456789", "21629876543"
SPAM = "21699000111"
# Dossiers of the second lawyer, and one that was destroyed long after its end.
MORE = f"""client;téléphone;email;vip;avocat;dossier;intitulé;statut
Olfa Trad;+{OLFA};;non;{SECOND_LAWYER};2026-0070;Vente appartement La Marsa;actif
Mongi Hamdi;+{MONGI};;non;{SECOND_LAWYER};2026-0071;Accident de la route;actif
Ancien Client;;;non;{cast.LAWYER};2012-0001;Affaire ancienne;clos
"""
_DESTROYED = """INSERT INTO destructions (dossier_id, status, reason, proposed_at, proposed_by,
 confirmed_at, confirmed_by, done_at, closed_at, "left", texts)
 SELECT id, 'done', 'Délai échu', '2026-11-01 09:00:00.000000', 'Salma Trabelsi',
 '2026-11-02 09:00:00.000000', 'Hédi Karoui', '2026-11-02 09:01:00.000000',
 '2016-01-04 09:00:00.000000', '[]', 3 FROM dossiers WHERE reference = '2012-0001'"""
# A receipt is due two minutes after its burst: nobody waits for it here.
_PROVE_NOW = "UPDATE chores SET due_at = '2026-01-01 00:00:00.000000' WHERE kind = 'prove'"
_UNDER_WAY = (
    "SELECT 1 FROM chores WHERE (due_at IS NOT NULL OR leased_until IS NOT NULL) "
    "AND kind NOT IN ('prove', 'witness')"
)


@dataclass(frozen=True)
class Firm:
    """A running appliance, and the world around it."""

    office: Office
    running: Running
    meta: Meta
    drive: Drive

    @property
    def url(self) -> str:
        return self.running.dashboard

    def rests(self, within: float = 60.0) -> None:
        """Wait until messages, letters and chores have ended."""
        until(lambda: is_at_rest(self.office), within, "work did not end")

    def id_of(self, sql: str, *values: object) -> int:
        """The first column of the first row. Raises LookupError when there is none."""
        found = self.office.rows(sql, *values)
        if not found:
            raise LookupError(sql)
        return int(found[0][0])

    @contextmanager
    def browsed_by(self, name: str, password: str = cast.PASSWORD) -> Iterator["Visitor"]:
        """Signed in, without a browser: for what a story needs and does not tell."""
        with requests.Session() as session:
            session.trust_env = False
            visitor = Visitor(self.url, session)
            visitor.submits("/login", "/login", name=name, password=password)
            yield visitor


@dataclass(frozen=True)
class Visitor:
    """Somebody who fills in forms quickly."""

    url: str
    session: requests.Session

    def sees(self, path: str) -> requests.Response:
        """That page, or what is answered instead."""
        return self.session.get(f"{self.url}{path}", timeout=20, allow_redirects=False)

    def submits(self, page: str, address: str, **fields: object) -> requests.Response:
        """A form of that page, with its token; the page that is shown next."""
        sent = {**fields, "csrf_token": self._token(page)}
        return self.session.post(f"{self.url}{address}", data=sent, timeout=20)

    def brings(self, page: str, name: str, content: bytes) -> requests.Response:
        """A file, through the form of that page."""
        sent, file = {"csrf_token": self._token(page)}, {"file": (name, content)}
        return self.session.post(f"{self.url}{page}", data=sent, files=file, timeout=20)

    def _token(self, page: str) -> str:
        form = self.session.get(f"{self.url}{page}", timeout=20)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text)
        assert token is not None, f"{page}: no form ({form.status_code})"
        return token[1]


def is_at_rest(office: Office) -> bool:
    """No row is due or held; receipts, which wait for their burst, and daily checks aside."""
    return office.is_idle() and not office.rows(_UNDER_WAY)


@contextmanager
def outside(data: Path) -> Iterator[tuple[Office, Meta, Drive]]:
    """A firm with people and dossiers, not yet open; WhatsApp, mail and Drive are simulated."""
    with ExitStack() as stack:
        meta, mailbox = stack.enter_context(world())
        drive = stack.enter_context(Drive())
        office = Office.of(data, meta, mailbox)
        key_file = data.parent / f"{data.name}-google.json"
        key_file.write_text(json.dumps(drive.client_config))
        office.settings |= {
            "DRIVE_ENABLED": "yes",
            "DRIVE_API_URL": drive.url,
            "DRIVE_CREDENTIALS": key_file,
            "WHATSAPP_CONFIRM_AFTER": "1s",
        }
        if clamd.PROGRAM is not None:
            office.settings["DOCUMENTS_ANTIVIRUS"] = stack.enter_context(_scanner(data)).address
        _people(office, drive)
        yield office, meta, drive


@contextmanager
def _scanner(data: Path) -> Iterator[clamd.Scanner]:
    folder = data.parent / f"{data.name}-clamd"
    folder.mkdir()
    scanner = clamd.Scanner(folder)
    scanner.start()
    yield scanner
    scanner.stop()


def _people(office: Office, drive: Drive) -> None:
    office.furnish()
    more = office.data.parent / f"{office.data.name}-more.csv"
    more.write_text(MORE, "utf-8")
    assert office.greffier_here("import", str(more)).returncode == 0
    for name, role in (
        (SECOND_LAWYER, "avocat"),
        (cast.ASSISTANT, "assistant"),
        (cast.ADMIN, "admin"),
    ):
        command = ("user", "add", name, "--role", role, "--password-stdin")
        assert office.greffier_here(*command, typed=cast.PASSWORD).returncode == 0
    drive.auto_approve = True
    token = drive.signed_in()["refresh_token"]
    assert office.greffier_here("secret", "set", "drive.token", typed=token).returncode == 0


@contextmanager
def furnished(data: Path) -> Iterator[Firm]:
    """Open, at rest, and with something on every page."""
    with outside(data) as (office, meta, drive):
        with office.open(is_quiet=False) as running:
            meta.subscribe(running.webhook)
            _write(meta)
            meta.settle()
            until(lambda: is_at_rest(office), 60, "the day did not end")
        for statement in (_DESTROYED, _PROVE_NOW):
            office.change(statement)
        with office.open(is_quiet=False) as running:
            meta.subscribe(running.webhook)
            firm = Firm(office, running, meta, drive)
            until(lambda: office.rows("SELECT 1 FROM proofs"), 30, "no receipt was made")
            _work(firm)
            firm.rests()
            yield firm


def _write(meta: Meta) -> None:
    """What clients send of a morning."""
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel Ben Youssef")
    amel.sends(cast.pdf("CONTRAT DE BAIL", "12, rue de Marseille"), filename="contrat de bail.pdf")
    for page in (1, 2):
        amel.sends(cast.photo(f"Etat des lieux, page {page}"), mime_type="image/jpeg")
    amel.writes("Bonjour Maître, quels sont vos horaires ?")
    amel.sends(hostile_files.FILES["docm-as-docx"](), filename="modele.docx")
    amel.sends(clamd.eicar(), filename="releve.txt", mime_type="text/plain")
    karim = meta.phone(cast.GHARBI, "Karim Gharbi")
    for page in (1, 2, 3):
        photo = cast.photo(f"Acte de mariage, page {page}")
        karim.sends(photo, mime_type="image/jpeg", caption="Voici l'acte, pour le divorce")
    carthage = meta.phone(cast.CARTHAGE, "Société Carthage")
    carthage.sends(cast.pdf("FACTURE 118"), filename="facture 118.pdf")
    stranger = meta.phone(cast.STRANGER, "Inconnu")
    stranger.sends(cast.pdf("CARTE D'IDENTITE"), filename="CIN.pdf")
    stranger.writes("Bonjour, je voudrais un rendez-vous")
    spammer = meta.phone(SPAM, "Gagnez vite")
    spammer.writes("Gagnez 500 DT par jour, sans rien faire")
    spammer.sends(cast.pdf("OFFRE EXCEPTIONNELLE"), filename="offre.pdf")
    olfa = meta.phone(OLFA, "Olfa Trad")
    olfa.sends(cast.pdf("PROMESSE DE VENTE"), filename="promesse de vente.pdf")
    leila = meta.phone(cast.MANSOUR, "Leïla Mansour", cast.MANSOUR_ID)
    leila.sends(cast.pdf("BULLETIN DE PAIE"), filename="paie.pdf")
    leila.changes_number("21698000111")
    leila.sends(cast.pdf("LETTRE DE LICENCIEMENT"), filename="lettre.pdf")
    phone = meta.phone(MONGI, "مُنجي حمدي")
    phone.writes("السلام عليكم، هل وصلكم تقرير الخبير؟")


def _work(firm: Firm) -> None:
    """What the firm's people did with it."""
    dossier = firm.id_of("SELECT id FROM dossiers WHERE reference = '2026-0042'")
    document = firm.id_of("SELECT id FROM documents WHERE dossier_id = ? ORDER BY id", dossier)
    pieces = f"/dossiers/{dossier}/pieces"
    with firm.browsed_by(cast.LAWYER) as lawyer:
        lawyer.submits(pieces, f"{pieces}/exhibits", document=document)
        place = firm.id_of("SELECT id FROM exhibits WHERE document_id = ?", document)
        lawyer.submits(pieces, f"{pieces}/bordereaux", language="fr", seen=place)
        lawyer.submits(
            pieces, f"{pieces}/expected", label="Quittance de loyer", needed_on="2026-12-01"
        )
        sent = "SELECT correspondent_id FROM whatsapp_messages WHERE sender = ?"
        spammer = firm.id_of(sent, f"+{SPAM}")
        lawyer.submits(
            f"/conversations/{spammer}", f"/conversations/{spammer}/block", why="Publicité"
        )
        held = f"/dossiers/{dossier}/keeping"
        lawyer.submits(held, f"{held}/hold", reason="Appel en cours")
        soon = datetime.now(UTC).date() + timedelta(days=9)
        due = {"due_on": soon.isoformat(), "what": "Conclusions en réponse"}
        lawyer.submits("/deadlines/new", "/deadlines/new", dossier="2026-0042", **due)
        lawyer.brings("/import", "clients.csv", MORE.encode())
