"""Whatever comes in wrong: one sentence that says what to do, and nothing lost."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from appliance.demo import cast
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.whatsapp import Meta
from tests.e2e.office import Answer, Office, Running, world
from tests.support import until

MB = 1024 * 1024
FULL = "the store cannot be written (database or disk is full): free disk space, or check the disk"


def refusal(answer: Answer) -> list[str]:
    """The lines of a command that could not begin: sentences, and no traceback."""
    assert (answer.returncode, answer.stdout) == (2, ""), answer
    return answer.stderr.splitlines()


def sentence(answer: Answer) -> str:
    """The one line of a command that could not begin."""
    (line,) = refusal(answer)
    return line


def message(wamid: str, text: str = "Bonjour") -> dict[str, object]:
    words = {"type": "text", "text": {"body": text}}
    return {"id": wamid, "from": cast.STRANGER, "timestamp": "1", **words}


def body_of(*messages: dict[str, object]) -> bytes:
    value = {"messaging_product": "whatsapp", "messages": messages}
    change = {"field": "messages", "value": value}
    return json.dumps({"entry": [{"id": "1", "changes": [change]}]}).encode()


# -- files and letters that fail: all are provoked first, and their end is awaited last


@dataclass
class Trouble:
    """Two offices: in one files and letters are bad, in the other Meta's files and mail are away.

    `wamids` by what is wrong; `said` is what a row said while it waited.
    """

    office: Office
    greffier: Running
    away: Office
    away_mailbox: Mailbox
    wamids: dict[str, str] = field(default_factory=dict)
    said: dict[str, object] = field(default_factory=dict)

    def fate(self, name: str, office: Office | None = None) -> tuple[str, str]:
        """The final status of a message, and why."""
        office = office or self.office
        where = "FROM whatsapp_messages WHERE wamid = ?"
        wamid = self.wamids[name]
        until(lambda: office.rows(f"SELECT 1 {where} AND due_at IS NULL", wamid), 30)
        status, why = office.rows(f"SELECT status, error {where}", wamid)[0]
        return status, why

    def letter(self, name: str) -> tuple[str, str]:
        """Status and error of the letter about a message that was filed."""
        found = (self.away if name == "no mail" else self.office).rows(
            "SELECT outbox.status, outbox.error FROM outbox "
            "JOIN outbox_items ON outgoing_id = outbox.id "
            "JOIN whatsapp_messages ON message_id = whatsapp_messages.id "
            "WHERE outbox_items.kind = 'filed' AND wamid = ?",
            self.wamids[name],
        )
        return found[0] if found else ("", "")


@pytest.fixture(scope="module")
def trouble(
    tmp_path_factory: pytest.TempPathFactory,
    office: Office,
    greffier: Running,
    meta: Meta,
    mailbox: Mailbox,
) -> Iterator[Trouble]:
    with world() as (other, away_mailbox):
        away = Office.of(tmp_path_factory.mktemp("away") / "data", other, away_mailbox)
        away.furnish()
        with away.open() as running:
            other.subscribe(running.webhook)
            made = Trouble(office, greffier, away, away_mailbox)
            _take_mail_and_files_away(made, other)
            _send_bad_files(made, meta, mailbox)
            yield made


def _take_mail_and_files_away(made: Trouble, meta: Meta) -> None:
    made.away_mailbox.stop()
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    made.wamids["no mail"] = amel.sends(cast.pdf("SANS COURRIER"), filename="a.pdf")
    until(lambda: made.letter("no mail")[1])
    made.said["no mail"] = made.letter("no mail")
    made.away_mailbox.start()
    meta.url_life = 0.0
    carthage = meta.phone(cast.CARTHAGE, "Carthage")
    made.wamids["404"] = carthage.sends(cast.pdf("INTROUVABLE"), filename="b.pdf")


def _send_bad_files(made: Trouble, meta: Meta, mailbox: Mailbox) -> None:
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    mailbox.faults.on("recipient", 550)
    made.wamids["refused letter"] = amel.sends(cast.pdf("REFUSEE"), filename="refusee.pdf")
    until(lambda: made.letter("refused letter")[1])
    meta.faults.on("media_info", 503)
    made.wamids["expired"] = amel.sends(cast.pdf("TROP TARD"), filename="tard.pdf")
    waits = "SELECT media_id FROM whatsapp_media_cache WHERE filename = ? AND error IS NOT NULL"
    until(lambda: made.office.rows(waits, "tard.pdf"))
    meta.expire_media(made.office.rows(waits, "tard.pdf")[0][0])
    meta.faults.on("media_bytes", *["wrong_bytes"] * 4)
    made.wamids["other bytes"] = amel.sends(cast.pdf("ALTERE"), filename="altere.pdf")
    made.wamids["too large"] = amel.sends(bytes(100 * MB + 1), filename="film.bin")


def test_a_file_that_meta_no_longer_has_is_said_to_be_gone(trouble: Trouble) -> None:
    status, why = trouble.fate("expired")

    assert status == "error"
    assert why.startswith("Meta no longer has this file (HTTP 400, code 100: Object with ID")
    assert why.endswith("; it keeps one 7 days: ask the client to send it again")


def test_a_file_that_is_too_large_is_not_fetched_and_said_so(trouble: Trouble) -> None:
    assert trouble.fate("too large") == (
        "error",
        (
            "the file is too large (105 MB; at most 100 MB): "
            "ask the client to send it in parts or another way"
        ),
    )


def test_a_letter_that_the_mail_server_refuses_is_shown_with_its_words(trouble: Trouble) -> None:
    reason = "the mail server refused the letter: 550 5.1.1 No such mailbox here"

    assert trouble.letter("refused letter") == ("failed", reason)
    assert "550 5.1.1 No such mailbox here" in trouble.greffier.page("/")


# -- a full disk


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of so many bytes, mounted there."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here ({error})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Fill it to the last byte; the file to delete when there is to be room again."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (64 * 1024, 4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return filler


@dataclass
class FullDisks:
    """What was answered and said while the data disk, then the documents' disk, was full."""

    office: Office
    running: Running
    meta: Meta
    answers: list[requests.Response] = field(default_factory=list)
    status: Answer | None = None
    kept_then: int = 0
    wamids: list[str] = field(default_factory=list)
    waits: str = ""


@pytest.fixture(scope="module")
def full_disks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullDisks]:
    place = tmp_path_factory.mktemp("disks")
    with (
        small_disk(place / "data", "24m") as data,
        small_disk(place / "documents", "4m") as documents,
        world() as (meta, mailbox),
    ):
        office = Office.of(data, meta, mailbox)
        office.settings["DOCUMENTS_FOLDER"] = documents / "Dossiers"
        office.furnish()
        with office.open(is_quiet=False) as running:  # its log cannot be written, and says so
            meta.subscribe(running.webhook)
            seen = FullDisks(office, running, meta)
            _fill_the_data_disk(seen, data)
            _fill_the_documents_disk(seen, documents)
            yield seen


def _fill_the_data_disk(seen: FullDisks, disk: Path) -> None:
    filler = fill(disk)
    amel = seen.meta.phone(cast.BEN_YOUSSEF, "Amel")
    for number in range(3):
        words = os.urandom(40_000).hex()
        seen.answers.append(seen.running.post(body_of(message(f"wamid.full-{number}", words))))
    for number in range(3):
        content = cast.pdf(f"PENDANT {number}")
        seen.wamids.append(amel.sends(content, filename=f"plein {number}.pdf", caption=words))
    until(lambda: len({d.ids for d in seen.meta.deliveries if d.status == 503}) == 3)
    seen.status = seen.office.greffier("status")
    seen.kept_then = seen.office.rows("SELECT count(*) FROM webhook_bodies")[0][0]
    filler.unlink()
    seen.meta.settle()
    seen.office.rests()


def _fill_the_documents_disk(seen: FullDisks, disk: Path) -> None:
    filler = fill(disk)
    amel = seen.meta.phone(cast.BEN_YOUSSEF, "Amel")
    content = cast.pdf("SANS PLACE") + os.urandom(20_000)
    wamid = amel.sends(content, filename="sans place.pdf")
    seen.wamids.append(wamid)
    waits = "SELECT error FROM whatsapp_messages WHERE wamid = ? AND error IS NOT NULL"
    until(lambda: seen.office.rows(waits, wamid))
    seen.waits = seen.office.rows(waits, wamid)[0][0]
    filler.unlink()


def test_a_full_disk_refuses_and_asks_meta_to_come_again(full_disks: FullDisks) -> None:
    for answer in full_disks.answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert answer.json() == {
            "error": {"code": "cannot_store", "message": "it cannot be stored now; send it again"}
        }
    assert full_disks.kept_then == 0


def test_a_full_disk_is_seen_in_the_status(full_disks: FullDisks) -> None:
    assert full_disks.status is not None
    assert full_disks.status.returncode == 2
    assert FULL in full_disks.status.stdout


# -- what keeps it from starting


def test_every_fault_of_a_configuration_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "my.ini"
    file.write_text(
        "[firm]\nlanguage = de\n[webhok]\n[webhook]\nport = 99999\nhots = x\n"
        "[whatsapp]\naccess_token = EAAG-very-secret\n"
    )
    office = Office(tmp_path / "data", {"QUEUE_WORKERS": "many"})

    assert refusal(office.greffier("run", "--config", str(file))) == [
        f'{file}:2: [firm] language: "de" is not one of fr, en, ar',
        f"{file}:3: [webhok]: there is no such section; did you mean [webhook]?",
        f'{file}:5: [webhook] port: "99999" is not a whole number from 0 to 65535',
        f"{file}:6: [webhook] hots: there is no such key; did you mean host?",
        (
            f"{file}:8: [whatsapp] access_token: a secret is never kept in this file; "
            "remove the line and run `greffier secret set whatsapp.access_token`"
        ),
        'environment GREFFIER_QUEUE_WORKERS: "many" is not a whole number from 1 to 64',
    ]
    assert not office.data.exists()


def test_every_missing_secret_is_named_with_the_command_that_sets_it(tmp_path: Path) -> None:
    assert refusal(Office(tmp_path / "data").greffier("run")) == [
        (
            "[whatsapp] phone_number_id: is missing; "
            "write it in config.ini, or set GREFFIER_WHATSAPP_PHONE_NUMBER_ID"
        ),
        (
            "[whatsapp] business_account_id: is missing; "
            "write it in config.ini, or set GREFFIER_WHATSAPP_BUSINESS_ACCOUNT_ID"
        ),
        "[whatsapp] access_token: is missing; run `greffier secret set whatsapp.access_token`",
        "[whatsapp] app_secret: is missing; run `greffier secret set whatsapp.app_secret`",
        "[whatsapp] verify_token: is missing; run `greffier secret set whatsapp.verify_token`",
    ]


def test_a_port_in_use_is_named_and_the_folder_is_free_again(tmp_path: Path, meta: Meta) -> None:
    office = Office.of(tmp_path / "data", meta)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        office.settings["WEBHOOK_PORT"] = port

        assert sentence(office.greffier("run")) == (
            f"[webhook] port: port {port} on 127.0.0.1 is in use by another program: "
            "stop that program, or choose another port in config.ini"
        )
    with office.open() as running:
        assert running.webhook.startswith(f"http://127.0.0.1:{port}/")


def test_a_second_one_on_the_same_data_is_refused_and_the_first_works_on(
    greffier: Running, office: Office
) -> None:
    assert sentence(office.greffier("run")) == (
        f"{office.data}: Greffier is already running on this data folder: "
        "stop it first (`greffier status`)"
    )
    assert greffier.is_alive
    assert office.greffier("status").stdout.startswith("Greffier: ")
    assert greffier.post(b'{"entry": [{"changes": []}]}').status_code == 200


def test_a_file_in_the_place_of_a_folder_is_named_and_left_alone(
    tmp_path: Path, meta: Meta
) -> None:
    file = tmp_path / "Dossiers"
    file.write_text("mine")
    office = Office.of(tmp_path / "data", meta)
    office.settings["DOCUMENTS_FOLDER"] = file

    assert sentence(office.greffier("run")) == (
        f"{file}: cannot be created or written: "
        "a file stands where a folder is needed; move that file away"
    )
    assert file.read_text() == "mine"


def test_a_file_in_the_place_of_the_data_folder_is_named_and_left_alone(
    tmp_path: Path, meta: Meta
) -> None:
    file = tmp_path / "data"
    file.write_text("mine")

    said = refusal(Office.of(file, meta).greffier("run"))

    assert all(line.startswith(str(file)) and "cannot be" in line for line in said), said
    assert file.read_text() == "mine"


def test_data_in_a_synchronised_folder_is_refused_before_there_is_a_database(
    tmp_path: Path, meta: Meta
) -> None:
    data = tmp_path / "Dropbox" / "greffier"

    assert sentence(Office.of(data, meta).greffier("run")) == (
        f"{data}: is kept in step by another program (Dropbox), which damages databases: choose "
        "a folder on this computer's own disk, such as C:\\Greffier or /var/lib/greffier"
    )
    assert list(data.glob("*.db*")) == []


def damage(store: Path) -> bytes:
    """Overwrite the inside of some pages, as a dying disk does."""
    content = bytearray(store.read_bytes())
    for start in range(4096 * 3, len(content), 4096):
        content[start : start + 200] = b"\xff" * 200
    store.write_bytes(content)
    return bytes(content)


def test_a_damaged_database_is_not_touched_and_a_copy_puts_it_right(
    tmp_path: Path, meta: Meta
) -> None:
    office = Office.of(tmp_path / "data", meta)
    office.know_clients()
    copy, store = tmp_path / "copy.db", office.data / "greffier.db"
    assert office.greffier("backup", str(copy)).returncode == 0
    damaged = damage(store)

    said = sentence(office.greffier("run"))
    assert said == (
        f"{store}: the database is damaged (database disk image is malformed); nothing was "
        "changed. Put the last good copy back with `greffier restore FILE`; "
        "copies are in `backups`"
    )
    assert store.read_bytes() == damaged
    checked = office.greffier_here("check")
    assert checked.returncode == 1
    assert "put the last good copy back with `greffier restore FILE`" in checked.stdout
    failed = office.greffier_here("backup")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.endswith("`greffier check` says what to mend\n")

    restored = office.greffier("restore", str(copy))

    assert restored.returncode == 0, restored.stderr
    kept = Path(restored.stdout.rpartition("the replaced one is ")[2].strip())
    assert kept.read_bytes() == damaged
    assert office.rows("SELECT count(*) FROM dossiers") == [(6,)]
    with office.open() as running:
        assert running.is_alive


# -- the register


def test_wrong_lines_of_an_import_are_named_and_the_good_ones_imported(tmp_path: Path) -> None:
    office = Office(tmp_path / "data")
    file = tmp_path / "clients.csv"
    file.write_text(
        "client;téléphone;email;vip;avocat;dossier;intitulé;statut\n"
        "Amel Ben Youssef;+216 20 111 222;;;;2026-0042;Bail;actif\n"
        ";20 111 333;;;;;;\n"
        "Karim Gharbi;12;;peut-être;;;;\n"
        "Karim Gharbi;22 333 444;;;;2026-0017;Divorce;ouvert\n"
        "Leïla Mansour;98 777 888;;;;2026-0055;Prud'hommes;actif\n"
    )

    answer = office.greffier("import", str(file))

    assert answer.returncode == 1
    assert answer.stdout.splitlines() == [
        "line 3: refused: the client's name is missing: write it on every line",
        "line 4: refused: “12” is not a phone number: write it like +216 20 123 456",
        "line 4: refused: “peut-être” does not say whether the client is VIP: write yes or no",
        "line 5: refused: the status “ouvert” is unknown: write active or closed (actif or clos)",
        "line 2: created: new client Amel Ben Youssef, phone +21620111222, new dossier 2026-0042",
        "line 6: created: new client Leïla Mansour, phone +21698777888, new dossier 2026-0055",
        "2 lines brought something new, 3 refused",
    ]
    assert office.rows("SELECT reference FROM dossiers") == [("2026-0042",), ("2026-0055",)]


# -- at the public door


@pytest.mark.parametrize("signature", ["", "sha256=00", "sha1=0"])
def test_a_wrong_signature_is_refused_and_nothing_kept(
    greffier: Running, office: Office, signature: str
) -> None:
    before = office.rows("SELECT count(*) FROM webhook_bodies")

    answer = greffier.post(body_of(message("wamid.forged")), signature=signature)

    assert answer.status_code == 401
    assert answer.json() == {
        "error": {
            "code": "bad_signature",
            "message": "the signature is missing or does not fit the body",
        }
    }
    assert office.rows("SELECT count(*) FROM webhook_bodies") == before


def test_a_body_that_is_too_large_is_refused(greffier: Running, office: Office) -> None:
    before = office.rows("SELECT count(*) FROM webhook_bodies")

    answer = greffier.post(b" " * (3 * MB + 1))

    assert answer.status_code == 413
    assert str(3 * MB) in answer.text
    assert office.rows("SELECT count(*) FROM webhook_bodies") == before


@pytest.mark.parametrize(
    ("bomb", "sentence"),
    [
        (b"[" * 200_000, "nested too deeply to be one of Meta's messages"),
        (b'{"entry":' * 50_000 + b"1" + b"}" * 50_000, "nested too deeply to be one of Meta's"),
        (b'{"entry": [' + b"9" * 5000 + b"]}", "holds a value no message of Meta's holds"),
        (b'{"object": "page"}', "no list `entry`: not a webhook body of Meta's"),
    ],
    ids=["brackets", "objects", "digits", "another's"],
)
def test_json_that_is_not_understood_is_accepted_kept_and_said(
    greffier: Running, office: Office, bomb: bytes, sentence: str
) -> None:
    answer = greffier.post(bomb)

    assert (answer.status_code, answer.json()) == (200, {"success": True, "queued": 0})
    assert _reason_of(office, bomb).startswith(sentence)


@pytest.mark.parametrize("body", [b"", b"bonjour", b"\xff\xfe{}", b'{"entry": ['])
def test_what_is_not_json_is_refused_kept_and_said(
    greffier: Running, office: Office, body: bytes
) -> None:
    answer = greffier.post(body)

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "not_json"
    assert error["message"].startswith("the body is not JSON: ")
    assert _reason_of(office, body) == error["message"]


def _reason_of(office: Office, body: bytes) -> str:
    """Why a body that was kept could not be read."""
    found = office.rows("SELECT body, error FROM webhook_bodies")
    return next(str(error) for kept, error in found if kept == body)


def test_one_message_that_cannot_be_read_does_not_cost_its_neighbours(
    greffier: Running, office: Office
) -> None:
    answer = greffier.post(
        body_of(message("wamid.before"), {"type": "text"}, message("wamid.after"))
    )

    assert answer.json() == {"success": True, "queued": 2}
    wamids = {wamid for (wamid,) in office.rows("SELECT wamid FROM whatsapp_messages")}
    assert {"wamid.before", "wamid.after"} <= wamids
    assert ("could not be read: KeyError 'id'",) in office.rows("SELECT error FROM notices")


# -- the end of what takes its time


def test_bytes_that_are_not_those_announced_are_never_filed(trouble: Trouble) -> None:
    assert trouble.fate("other bytes") == (
        "error",
        "the file that came is not the one WhatsApp announced: ask the client to send it again",
    )
    assert not [name for name in trouble.office.files if "altere" in name]


def test_a_file_that_cannot_be_found_is_tried_again_then_said(trouble: Trouble) -> None:
    assert trouble.fate("404", trouble.away) == (
        "error",
        "the file could not be fetched (HTTP 404): ask the client to send it again",
    )
    attempts = "SELECT attempts FROM whatsapp_messages WHERE wamid = ?"
    assert trouble.away.rows(attempts, trouble.wamids["404"]) == [(4,)]


def test_letters_wait_while_the_mail_server_is_away_and_come_later(trouble: Trouble) -> None:
    assert trouble.said["no mail"] == (
        "queued",
        (
            "the mail server cannot be reached: check [email] host and the network "
            "(ConnectionRefusedError)"
        ),
    )
    until(lambda: trouble.letter("no mail")[0] == "sent", 20)
    subjects = [letter.subject for letter in trouble.away_mailbox.received]
    assert subjects.count("[Greffier] Document classé") == 1


def test_whatever_failed_is_shown_with_its_reason(trouble: Trouble) -> None:
    for name in ("expired", "too large", "other bytes"):
        trouble.fate(name)

    page = trouble.greffier.page("/")

    assert "100 Mo au plus" in page
    assert "n’est pas celui que WhatsApp avait annoncé" in page
    assert "elle les garde 7 jours" in page


def test_what_came_while_a_disk_was_full_is_filed_exactly_once(full_disks: FullDisks) -> None:
    office = full_disks.office
    assert full_disks.waits == (
        f"The disk that holds {_dossier(office)} is full: free some space or move the folder."
    )
    office.rests(30)
    full_disks.meta.settle()
    rows = office.rows("SELECT wamid, status FROM whatsapp_messages")
    assert dict(rows) == dict.fromkeys(full_disks.wamids, "document_created")
    names = sorted(path.name[11:] for path in _dossier(office).iterdir())
    assert names == ["plein 0.pdf", "plein 1.pdf", "plein 2.pdf", "sans place.pdf"]
    confirmed = "SELECT count(*) FROM outbox_items WHERE kind = 'confirmation'"
    assert office.rows(confirmed) == [(4,)]


def _dossier(office: Office) -> Path:
    documents = Path(str(office.settings["DOCUMENTS_FOLDER"]))
    return documents / "Amel Ben Youssef" / "2026-0042 - Bail rue de Marseille"
