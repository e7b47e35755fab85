"""`greffier verify`: all receipts, and one that somebody shows, checked from outside."""

import re
from pathlib import Path

import requests

from appliance.demo import cast
from tests.e2e.office import Office, Running, world
from tests.support import until

PROVED = "SELECT count(*) FROM proofs"


def test_where_no_receipt_was_made_there_is_none_to_check(tmp_path: Path) -> None:
    office = Office(tmp_path / "data")

    answer = office.greffier("verify")

    assert answer.returncode == 1
    assert "no receipt was made here yet" in answer.stderr


def test_help_says_what_is_checked(tmp_path: Path) -> None:
    answer = Office(tmp_path / "data").greffier_here("verify", "--help")

    assert answer.returncode == 0
    assert "[FILE]" in answer.stdout
    assert "altered, removed, inserted or reordered" in answer.stdout


def test_a_day_is_proved_and_what_is_done_to_it_afterwards_is_found(tmp_path: Path) -> None:
    with world() as (meta, mailbox):
        office = Office.of(tmp_path / "data", meta, mailbox)
        office.furnish()
        with office.open() as greffier:
            meta.subscribe(greffier.webhook)
            for number in (cast.BEN_YOUSSEF, cast.CARTHAGE, cast.MANSOUR):
                meta.phone(number, "client").sends(cast.pdf(number), filename="pièce.pdf")
            meta.settle()
            office.rests()
            assert office.greffier("verify").stdout.startswith("no receipt was made yet\n")
        for whose, count in (("dossier_id = 1", 1), ("1", 3)):
            _end_bursts(office, whose)
            with office.open() as greffier:
                until(lambda count=count: office.rows(PROVED) == [(count,)], 60)  # type: ignore[misc]
                if count == 3:
                    shown = _downloaded(greffier, tmp_path)
                    _stands(office, shown)
        _stands(office, shown)

    (file,) = [each for each in office.files if "Bail rue de Marseille" in each]
    (office.folder / file).write_bytes(b"changed")
    answer = office.greffier("verify", str(shown))
    assert answer.returncode == 0
    assert "kept, but the copy in the folders was moved or changed" in answer.stdout

    office.change("DROP TRIGGER proofs_are_kept")
    office.change("DELETE FROM proofs WHERE number = 1")
    answer = office.greffier("verify", str(shown))
    assert answer.returncode == 1
    assert "Receipt No 1 was removed." in answer.stdout
    assert "receipt No 1 was made by Greffier, but stands in the chain no more" in answer.stdout

    office.change("DROP TRIGGER audit_log_stands")
    office.change("UPDATE audit_log SET actor = 'nobody' WHERE number = 1")
    answer = office.greffier("verify")
    assert "Entry No 1 of the audit log was altered after it was made." in answer.stdout


def _end_bursts(office: Office, whose: str) -> None:
    """The minutes pass in which more could come to these deliveries."""
    of_these = f"subject_id IN (SELECT id FROM deliveries WHERE {whose})"
    waiting = f"kind = 'prove' AND due_at IS NOT NULL AND {of_these}"
    office.change(f"UPDATE chores SET due_at = created_at WHERE {waiting}")


def _downloaded(greffier: Running, folder: Path) -> Path:
    """The receipt of the first dossier, as a lawyer gets it from the page."""
    with requests.Session() as browser:
        greffier.sign_in(browser)
        page = browser.get(f"{greffier.dashboard}/dossiers/1/pieces", timeout=10).text
        (link,) = re.findall(r'href="(/receipts/\d+\.pdf)"', page)
        path = folder / Path(link).name
        path.write_bytes(browser.get(f"{greffier.dashboard}{link}", timeout=10).content)
    return path


def _stands(office: Office, shown: Path) -> None:
    answer = office.greffier("verify", str(shown))

    assert (answer.returncode, answer.stderr) == (0, "")
    lines = answer.stdout.splitlines()
    assert lines[0] == "3 receipts as made; the last is No 3"
    assert re.fullmatch(r"its fingerprint: ([0-9a-f]{8} ){7}[0-9a-f]{8}", lines[1])
    assert re.fullmatch(r"receipt No 1 is genuine: .*", lines[2])
    assert lines[3] == "  pièce.pdf: in its place"
    assert re.fullmatch(r"\d+ entries of the audit log as made; the last is No \d+", lines[4])
