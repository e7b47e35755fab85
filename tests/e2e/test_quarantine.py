"""Power fails while an infected document is put away: it is in one place, and told once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.demo import cast
from tests.clamd import PROGRAM, SIGNATURE, Scanner, eicar
from tests.e2e.office import Office, Running, world
from tests.support import until

QUARANTINED = "SELECT 1 FROM documents WHERE safety = 'quarantined'"
# A receipt waits for its burst, and the chain is looked at once a day.
UNDER_WAY = (
    "SELECT 1 FROM chores WHERE (due_at IS NOT NULL OR leased_until IS NOT NULL) "
    "AND kind NOT IN ('prove', 'witness')"
)
MOMENTS: dict[str, Callable[[Office], bool]] = {
    "the folder is there": lambda office: (office.data / "quarantine").is_dir(),
    "the copy is there": lambda office: bool(copies(office)),
    "the rows say so": lambda office: bool(office.rows(QUARANTINED)),
}


def copies(office: Office) -> list[Path]:
    return list((office.data / "quarantine").glob("*.quarantined"))


def originals(office: Office) -> list[Path]:
    return [path for path in (office.data / "media").rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanner]:
    if PROGRAM is None:
        pytest.skip("clamd is not installed")
    made = Scanner(tmp_path_factory.mktemp("clamd"))
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_power_cut_leaves_an_infected_document_in_quarantine_and_nowhere_else(
    clamd: Scanner, tmp_path: Path, moment: str
) -> None:
    with world() as (meta, mailbox):
        office = Office.of(tmp_path / "data", meta, mailbox)
        office.settings["DOCUMENTS_ANTIVIRUS"] = clamd.address
        office.furnish()
        phone = meta.phone(cast.BEN_YOUSSEF, "Amel")
        running = Running(office)
        try:
            running.await_doors()
            meta.subscribe(running.webhook)
            phone.sends(eicar(), filename="lettre.txt", mime_type="text/plain")
            until(lambda: MOMENTS[moment](office), within=30)
        finally:
            running.kill()
        again(office)

        assert office.rows("SELECT safety, status FROM documents") == [("quarantined", "filed")]
        assert len(copies(office)) == 1
        assert originals(office) == []
        assert not any("lettre" in path for path in office.files)
        letters = {each.message_id for each in mailbox.received if SIGNATURE in each.text}
        assert len(letters) == 1
        assert len(phone.received) == 1


def again(office: Office) -> None:
    """The next start, until all is done."""
    with office.open(is_quiet=False):
        until(lambda: office.is_idle() and not office.rows(UNDER_WAY), within=60)
