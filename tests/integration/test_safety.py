"""A document's safety, from its arrival on: marked, scanned, put away, brought back, never lost."""

import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.chores import Kind
from appliance.clock import SystemClock
from appliance.demo import cast
from appliance.errors import PermanentError, TemporaryError
from appliance.gateways.clamd import Clamd
from appliance.outbox.letters import Letters
from appliance.safety import fitting
from appliance.safety.book import Bell, Seams, reason_of
from appliance.safety.findings import CHECKED, RELEASED, TEXTS, Finding
from appliance.safety.quarantine import MAGIC
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.store.models import Chore, ChoreStatus, Document, Safety
from appliance.upkeep.inventory import Places, take
from appliance.wording import Wording
from tests.clamd import PROGRAM, SIGNATURE, STREAM_MAX, Scanner, eicar
from tests.hostile_files import FILES
from tests.integration.conftest import Office
from tests.support import until

LETTER = "lettre.txt"


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanner]:
    """A real scanner at a fixed address, which each test starts and stops as it likes."""
    if PROGRAM is None:
        pytest.skip("clamd is not installed")
    made = Scanner(tmp_path_factory.mktemp("clamd"))
    yield made
    made.stop()


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """With a scanner, for the tests that ask for one."""
    if "clamd" not in request.fixturenames:
        return {}
    scanner: Scanner = request.getfixturevalue("clamd")
    return {"GREFFIER_DOCUMENTS_ANTIVIRUS": scanner.address}


@pytest.fixture
def amel(office: Office, meta: Meta) -> Phone:
    return meta.phone(cast.BEN_YOUSSEF, "Amel")


def filed(office: Office, meta: Meta, phone: Phone, data: bytes, name: str) -> Document:
    """Send it, and let everything be done; its document."""
    phone.sends(data, filename=name)
    meta.settle()
    office.rests(60)
    return newest()


def newest() -> Document:
    return Document.select().order_by(Document.id.desc()).get()


def original(office: Office, document: Document) -> Path:
    return office.config.firm.data / "media" / document.sha256[:2] / document.sha256


def held(office: Office) -> list[Path]:
    return sorted((office.config.firm.data / "quarantine").glob("*"))


def audited(action: str) -> list[str]:
    rows = models.AuditEntry.select().where(models.AuditEntry.action == action)
    return [row.actor for row in rows]


def missing(office: Office) -> list[str]:
    places = Places(office.folder, office.config.firm.data / "media")
    return take(places, 0, None, lambda: False).missing


def test_a_document_with_macros_is_filed_confirmed_and_marked(
    office: Office, meta: Meta, amel: Phone
) -> None:
    document = filed(office, meta, amel, FILES["docm-as-docx"](), "lettre.docx")

    assert (office.folder / document.local_path).name.endswith("lettre.docm")
    assert document.status == "filed"
    assert document.safety == Safety.TO_CHECK
    assert reason_of(document) == TEXTS[Finding.MACRO]
    assert len(amel.received) == 1
    assert "macro" not in amel.received[0].text


def test_what_is_well_is_said_to_be_and_what_comes_next_is_asked_for(
    office: Office, meta: Meta, amel: Phone
) -> None:
    document = filed(office, meta, amel, cast.pdf("BAIL"), "bail.pdf")

    assert (document.safety, document.safety_reason) == (Safety.OK, None)
    assert office.examiner.may_leave(document)
    assert {chore.kind for chore in Chore.select()} >= {Kind.EXAMINE, Kind.DEPICT}


def test_an_original_can_be_written_by_nobody_and_the_filed_copy_by_people(
    office: Office, meta: Meta, amel: Phone
) -> None:
    document = filed(office, meta, amel, cast.pdf("BAIL"), "bail.pdf")

    assert stat.S_IMODE(original(office, document).stat().st_mode) == 0o440
    assert (office.folder / document.local_path).stat().st_mode & stat.S_IWUSR


def test_a_scanner_that_is_away_keeps_nothing_waiting_and_scans_when_it_is_back(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.stop()
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    meta.settle()
    scan = Chore.kind == Kind.SCAN.value
    until(lambda: amel.received and Chore.select().where(scan, Chore.error.is_null(False)).exists())

    document = newest()
    assert (document.status, document.safety, document.scanned_at) == ("filed", Safety.OK, None)
    assert not office.examiner.may_leave(document)
    assert office.examiner.scanner is not None
    assert "start clamd" in (office.examiner.scanner.trouble or "")
    until(lambda: Chore.get(scan).attempts == 0, what="being away counted as an attempt")

    clamd.start()
    office.rests()
    assert newest().scanned_at is not None
    assert office.examiner.may_leave(newest())
    assert office.examiner.scanner.trouble is None


def test_an_infected_document_is_put_away_unreadable_and_the_lawyer_is_told(
    clamd: Scanner, office: Office, meta: Meta, mailbox: Mailbox, amel: Phone
) -> None:
    clamd.start()
    document = filed(office, meta, amel, eicar(), LETTER)

    assert document.safety == Safety.QUARANTINED
    assert not office.examiner.may_leave(document)
    assert document.local_path is None
    assert office.files == set()
    assert not original(office, document).exists()
    (away,) = held(office)
    assert away.name == f"{document.id}-{document.sha256}.quarantined"
    assert away.read_bytes().startswith(MAGIC)
    assert eicar() not in away.read_bytes()
    assert audited("document quarantined") == ["greffier"]
    assert missing(office) == []
    told = [letter for letter in mailbox.received if SIGNATURE in letter.text]
    assert len(told) == 1
    assert SIGNATURE not in told[0].subject
    assert "2026-0042" in told[0].text
    clamd.stop()


def test_of_a_document_in_quarantine_no_letter_says_that_it_waits_to_be_filed(
    clamd: Scanner, office: Office, meta: Meta
) -> None:
    clamd.start()
    karim = meta.phone(cast.GHARBI, "Karim")  # who has two dossiers: somebody is to choose
    document = filed(office, meta, karim, eicar(), LETTER)
    assert (document.status, document.safety) == ("pending", Safety.QUARANTINED)

    letters = Letters(Wording("fr", "Africa/Tunis"), cast.FIRM, "http://localhost:8090/")
    sent = list(models.Outgoing.select().where(models.Outgoing.channel == "email"))
    assert {row.kind for row in sent} == {"action_needed", "alert"}
    for row in sent:  # as it would be said now: the scanner may have been slower than the post
        letter = letters.parcel(row)
        told = " ".join(letter.text.split())
        assert "quarantaine" in told
        assert "« Sûreté »" in told, "where it is decided"
        for wrong in ("rattacher", "à classer", "dossier reste à choisir"):
            assert wrong not in told + letter.subject, wrong
    clamd.stop()


def test_a_client_whose_document_is_infected_hears_that_it_came_and_nothing_else(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.start()
    filed(office, meta, amel, eicar(), LETTER)

    (confirmation,) = amel.received
    assert "reçu" in confirmation.text
    assert not {"virus", "Eicar", "quarantaine"} & set(confirmation.text.split())
    clamd.stop()


def test_what_is_in_quarantine_stays_there_when_it_is_sent_again(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.start()
    first = filed(office, meta, amel, eicar(), LETTER)
    clamd.stop()
    again = filed(office, meta, amel, eicar(), LETTER)

    assert again.id == first.id
    assert not original(office, first).exists()
    assert not any(LETTER in path for path in office.files)
    assert len(held(office)) == 1


def test_the_same_bytes_from_somebody_else_are_put_away_without_asking_again(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.start()
    filed(office, meta, amel, eicar(), LETTER)
    clamd.stop()
    other = filed(office, meta, meta.phone(cast.STRANGER, "Sonia"), eicar(), LETTER)

    assert other.safety == Safety.QUARANTINED
    assert not any(LETTER in path for path in office.files)
    assert len(held(office)) == 2
    assert missing(office) == []


def test_a_document_that_a_client_files_from_quarantine_stays_in_quarantine(
    clamd: Scanner, office: Office, meta: Meta
) -> None:
    clamd.start()
    karim = meta.phone(cast.GHARBI, "Karim")
    pending = filed(office, meta, karim, eicar(), LETTER)
    (asked,) = karim.received
    rows = asked.body["interactive"]["action"]["sections"][0]["rows"]
    karim.taps(asked, rows[0]["id"])
    meta.settle()
    office.rests()

    document = Document.get_by_id(pending.id)
    assert (document.status, document.safety) == ("filed", Safety.QUARANTINED)
    assert document.dossier is not None
    assert not any(LETTER in path for path in office.files)

    assert office.examiner.release(document.id, "Admin")
    assert Document.get_by_id(document.id).local_path.startswith("Karim Gharbi/2026-00")
    assert any(path.startswith("Karim Gharbi/2026-00") for path in office.files)
    clamd.stop()


def test_a_released_document_is_back_as_it_came_and_says_who_did_it(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.start()
    document = filed(office, meta, amel, eicar(), LETTER)

    assert office.examiner.release(document.id, "Admin")
    assert not office.examiner.release(document.id, "Admin")

    back = Document.get_by_id(document.id)
    assert (office.folder / back.local_path).read_bytes() == eicar()
    assert original(office, back).read_bytes() == eicar()
    assert held(office) == []
    assert (back.safety, reason_of(back)) == (Safety.TO_CHECK, RELEASED)
    assert office.examiner.may_leave(back)
    assert audited("document released") == ["Admin"]
    assert missing(office) == []

    office.chores.wake([office.store.write(lambda: office.chores.post(Kind.SCAN, document.id))])
    office.rests()
    assert Document.get_by_id(document.id).safety == Safety.TO_CHECK
    clamd.stop()


def test_power_that_fails_behind_the_rows_leaves_a_start_to_finish_the_removal(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.stop()
    amel.sends(eicar(), filename=LETTER, mime_type="text/plain")
    meta.settle()
    until(lambda: Document.select().where(Document.safety == Safety.OK).exists())
    document = newest()
    office.chores.stop()
    found = PermanentError(TEXTS[Finding.INFECTED], signature=SIGNATURE)
    office.store.write(lambda: office.examiner._book.condemn(document.sha256, found))
    assert original(office, document).exists()

    office.examiner.sweep()
    assert not original(office, document).exists()
    assert not (office.folder / document.local_path).exists()
    assert len(held(office)) == 1
    office.examiner.sweep()
    assert len(held(office)) == 1
    assert missing(office) == []


def test_power_that_fails_after_a_release_was_written_brings_it_back_at_the_next_start(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.start()
    document = filed(office, meta, amel, eicar(), LETTER)
    office.store.write(lambda: office.examiner._book.release(document.id, "Admin"))
    assert missing(office) == []

    office.examiner.sweep()
    back = Document.get_by_id(document.id)
    assert (office.folder / back.local_path).read_bytes() == eicar()
    assert held(office) == []
    clamd.stop()


def test_power_that_fails_before_the_copy_of_a_released_document_is_removed_makes_no_second_file(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.start()
    document = filed(office, meta, amel, eicar(), LETTER)
    office.examiner.release(document.id, "Admin")
    back = Document.get_by_id(document.id)
    office.examiner._quarantine.hold(back)
    assert len(held(office)) == 1

    office.examiner.sweep()
    assert held(office) == []
    assert len([path for path in office.files if "lettre" in path]) == 1
    clamd.stop()


def mirrored() -> list[int]:
    return [chore.subject_id for chore in Chore.select().where(Chore.kind == Kind.MIRROR.value)]


@pytest.fixture
def drive(office: Office) -> Office:
    """The same office with a copy on Drive, as far as safety is concerned."""
    chores = office.chores
    works = fitting.Works(office.store, SystemClock(), chores, office.premises)
    seams = Seams(
        lambda document_id: [chores.post(Kind.MIRROR, document_id)],
        Bell(lambda *_: [], lambda _: None),
        lambda *_: None,
    )
    fitting.examiner(office.config, works, office.examiner.scanner, seams)
    return office


def test_a_document_goes_to_drive_once_it_was_looked_into(
    drive: Office, meta: Meta, amel: Phone
) -> None:
    document = filed(drive, meta, amel, cast.pdf("BAIL"), "bail.pdf")

    assert mirrored() == [document.id]


def test_with_a_scanner_a_document_goes_to_drive_only_after_it_was_scanned(
    clamd: Scanner, drive: Office, meta: Meta, amel: Phone
) -> None:
    clamd.stop()
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    meta.settle()
    until(lambda: Chore.select().where(Chore.error.is_null(False)).exists())
    assert mirrored() == []

    clamd.start()
    drive.rests()
    assert mirrored() == [newest().id]
    filed(drive, meta, amel, eicar(), LETTER)
    assert newest().safety == Safety.QUARANTINED
    assert newest().id not in mirrored()
    clamd.stop()


def test_what_is_too_large_for_the_scanner_leaves_once_a_person_has_checked_it(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.start()
    amel.sends(b"a" * (STREAM_MAX + 1_000_000), filename="journal.txt", mime_type="text/plain")
    meta.settle()
    office.rests(60)
    document = newest()
    assert reason_of(document) == TEXTS[Finding.UNSCANNABLE]
    assert not office.examiner.may_leave(document)

    assert office.examiner.check(document.id, "Salma")
    assert office.examiner.may_leave(Document.get_by_id(document.id))
    clamd.stop()


def test_a_copy_in_quarantine_that_a_failing_disk_cut_is_made_again_before_anything_is_removed(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.stop()
    amel.sends(eicar(), filename=LETTER, mime_type="text/plain")
    meta.settle()
    until(lambda: Document.select().where(Document.safety == Safety.OK).exists())
    document = newest()
    folder = office.config.firm.data / "quarantine"
    folder.mkdir()
    (folder / f"{document.id}-{document.sha256}.quarantined").write_bytes(MAGIC + b"half")

    clamd.start()
    office.rests()
    assert office.examiner.release(document.id, "Admin")
    assert original(office, document).read_bytes() == eicar()
    clamd.stop()


def test_a_copy_that_somebody_took_out_of_quarantine_keeps_no_appliance_from_starting(
    clamd: Scanner, office: Office, meta: Meta, amel: Phone
) -> None:
    clamd.start()
    document = filed(office, meta, amel, eicar(), LETTER)
    held(office)[0].unlink()

    office.examiner.sweep()

    assert [document.name in sentence for sentence in missing(office)] == [True]
    clamd.stop()


def test_a_person_who_has_checked_a_document_is_not_asked_again(
    office: Office, meta: Meta, amel: Phone
) -> None:
    document = filed(office, meta, amel, FILES["pdf-script"](), "acte.pdf")

    assert office.examiner.check(document.id, "Salma")
    assert not office.examiner.check(document.id, "Salma")
    office.store.write(lambda: office.examiner.doubt(document.id, PermanentError("odd")))
    office.chores.wake([office.store.write(lambda: office.chores.post(Kind.EXAMINE, document.id))])
    office.rests()

    checked = Document.get_by_id(document.id)
    assert (checked.safety, reason_of(checked)) == (Safety.OK, CHECKED)
    assert audited("document checked") == ["Salma"]


def test_what_decoding_finds_later_marks_a_document_that_looked_well(
    office: Office, meta: Meta, amel: Phone
) -> None:
    document = filed(office, meta, amel, cast.pdf("BAIL"), "bail.pdf")
    office.store.write(lambda: office.examiner.doubt(document.id, PermanentError("cannot be read")))

    doubted = Document.get_by_id(document.id)
    assert (doubted.safety, reason_of(doubted)) == (Safety.TO_CHECK, "cannot be read")


def test_documents_of_before_are_looked_into_at_a_start(
    office: Office, meta: Meta, amel: Phone
) -> None:
    document = filed(office, meta, amel, FILES["zip-with-exe"](), "pieces.zip")
    change = {Document.safety: Safety.UNEXAMINED, Document.safety_reason: None}
    office.store.write(Document.update(change).execute)
    office.store.write(Chore.delete().execute)

    office.examiner.sweep()
    office.chores.call_in([Kind.EXAMINE])
    (chore,) = Chore.select().where(Chore.kind == Kind.EXAMINE.value)
    office.chores.run(chore.id)
    until(lambda: Document.get_by_id(document.id).safety == Safety.TO_CHECK)


def test_a_document_whose_bytes_are_gone_is_shown_as_not_looked_into(
    office: Office, meta: Meta, amel: Phone
) -> None:
    document = filed(office, meta, amel, cast.pdf("BAIL"), "bail.pdf")
    original(office, document).unlink()
    (office.folder / document.local_path).unlink()
    office.chores.wake([office.store.write(lambda: office.chores.post(Kind.EXAMINE, document.id))])

    is_failed = (Chore.kind == Kind.EXAMINE.value, Chore.status == ChoreStatus.FAILED)
    until(lambda: Chore.select().where(*is_failed).exists())
    assert "gone" in Chore.get(*is_failed).error


def _hang_up(listener: socket.socket) -> None:
    listener.accept()[0].close()


def test_a_scanner_that_breaks_off_counts_and_one_that_is_away_does_not(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100_000)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"clamd://127.0.0.1:{listener.getsockname()[1]}"
        hangs_up = threading.Thread(target=_hang_up, args=(listener,))
        hangs_up.start()
        with pytest.raises(TemporaryError) as broken:
            Clamd(address, SystemClock()).scan(path)
        hangs_up.join()
    with pytest.raises(TemporaryError) as away:
        Clamd(address, SystemClock()).scan(path)

    assert broken.value.counts
    assert not away.value.counts


def test_an_answer_that_nobody_understands_is_not_taken_for_a_clean_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")

    def answer(listener: socket.socket) -> None:
        connection = listener.accept()[0]
        with connection:
            while not connection.recv(4096).endswith(bytes(4)):
                pass
            connection.sendall(b"stream: Can't allocate memory ERROR\0")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"clamd://127.0.0.1:{listener.getsockname()[1]}"
        server = threading.Thread(target=answer, args=(listener,))
        server.start()
        with pytest.raises(TemporaryError, match="allocate"):
            Clamd(address, SystemClock()).scan(path)
        server.join()
