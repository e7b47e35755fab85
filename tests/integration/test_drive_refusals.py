"""Every row of the table of what Google refuses: what becomes of the document, and what is said."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.chores import Kind
from appliance.gateways import drive_answers
from appliance.gateways.google_refusals import until_midnight
from appliance.simulator.drive_faults import Refuse
from appliance.simulator.google_drive import Drive
from appliance.store import rows
from appliance.store.models import AuditEntry, DriveState
from tests.drive_rig import Rig, folders_on, on_drive, open_rig

LARGE = b"0123456789abcdef" * (400 * 1024)  # 6.5 MB


@pytest.fixture
def drive() -> Iterator[Drive]:
    with Drive() as played:
        yield played


@pytest.fixture
def rig(drive: Drive, tmp_path: Path) -> Iterator[Rig]:
    with open_rig(drive, tmp_path) as made:
        yield made


@pytest.fixture
def ready(rig: Rig) -> Rig:
    """Its folders are there: the next fault meets a document."""
    rig.file("first.pdf", b"first")
    rig.rests()
    return rig


def state() -> DriveState:
    found = rows.find(DriveState, id=1)
    assert found is not None
    return found


PASSING = [
    (403, "rateLimitExceeded"),
    (403, "userRateLimitExceeded"),
    (403, "sharingRateLimitExceeded"),
    (429, "rateLimitExceeded"),
    (408, ""),
    (500, "internalError"),
    (500, "backendError"),
    (502, ""),
    (503, "transientError"),
    (504, ""),
]


@pytest.mark.parametrize(("status", "reason"), PASSING)
def test_what_passes_is_waited_for_longer_and_longer(
    ready: Rig, drive: Drive, status: int, reason: str
) -> None:
    drive.faults.on("create", *[Refuse(status, reason)] * 5)
    document = ready.file("a.pdf", b"a")

    waits = []
    while ready.row(document).drive_status != "mirrored":
        ready.settle()
        chore = ready.chore_of(document)
        if chore.due_at is None:
            break
        assert chore.attempts == 0
        waits.append((chore.due_at - ready.clock.now()).total_seconds())
        ready.clock.pass_(chore.due_at - ready.clock.now())
        ready.wake_due()

    assert len(waits) == 5
    assert all(2**n <= wait <= 2**n * 1.25 for n, wait in enumerate(waits))
    assert [kept.path.rpartition("/")[2] for kept in on_drive(drive)] == ["a.pdf", "first.pdf"]
    assert ready.rung.alerts == {}


def test_google_is_believed_when_it_says_how_long(ready: Rig, drive: Drive) -> None:
    drive.faults.on("create", Refuse(429, retry_after=90))
    document = ready.file("a.pdf", b"a")
    ready.settle()
    wait = ready.chore_of(document).due_at - ready.clock.now()
    assert timedelta(seconds=90) <= wait <= timedelta(seconds=91)

    asked = len(drive.requests)
    other = ready.file("b.pdf", b"b")  # Google asked all of us to wait
    ready.settle()
    assert len(drive.requests) == asked
    ready.rests()
    assert ready.row(other).drive_status == "mirrored"


@pytest.mark.parametrize("fault", ["drop", "drop_after", "html"])
@pytest.mark.parametrize("size", [10, len(LARGE)])
def test_an_answer_that_never_came_makes_no_second_file(
    ready: Rig, drive: Drive, fault: str, size: int
) -> None:
    operation = "create" if size == 10 else "upload_chunk"
    # httplib2 repeats what was dropped up to three times by itself: all of them are dropped.
    drive.faults.on(operation, *[fault] * 4)
    ready.file("a.pdf", LARGE[:size])
    ready.rests()

    assert [kept.path.rpartition("/")[2] for kept in on_drive(drive)] == ["a.pdf", "first.pdf"]
    assert ready.differences() == []


@pytest.mark.parametrize("fault", ["drop", "drop_after"])
def test_a_folder_whose_answer_was_lost_is_made_once(rig: Rig, drive: Drive, fault: str) -> None:
    drive.faults.on("create", *[fault] * 3, *[None, fault] * 4)
    rig.file("a.pdf", b"a")
    rig.rests()

    assert len(folders_on(drive)) == 3
    assert len(on_drive(drive)) == 1


def test_the_answer_to_the_last_chunk_is_lost_and_there_is_one_file(
    ready: Rig, drive: Drive
) -> None:
    drive.faults.on("upload_chunk", None, None, None, *["drop_after"] * 3)
    ready.file("a.pdf", LARGE)
    ready.rests()

    assert len(on_drive(drive)) == 2
    assert ready.differences() == []


def test_a_token_that_has_just_expired_costs_nothing(ready: Rig, drive: Drive) -> None:
    drive.faults.on("create", "token_expiry")
    document = ready.file("a.pdf", b"a")
    ready.settle()

    assert ready.row(document).drive_status == "mirrored"


def test_401_after_a_new_token_pauses_everything_until_google_lets_us(
    ready: Rig, drive: Drive
) -> None:
    for operation in ("create", "about"):
        drive.faults.always(operation, Refuse(401, "authError"))
    document = ready.file("a.pdf", b"a")
    ready.settle()

    assert state().hold == "reconnect"
    assert list(ready.rung.alerts) == [f"drive:reconnect:{ready.clock.now().date()}"]
    asked = len(drive.requests)
    ready.file("b.pdf", b"b")
    ready.settle()
    assert len(drive.requests) == asked  # nobody asks in vain
    assert ready.chore_of(document).attempts == 0

    drive.faults.clear()
    assert ready.watch.look()  # once an hour
    ready.settle()
    assert len(on_drive(drive)) == 3
    assert state().hold is None


def test_a_sign_in_that_was_taken_back_pauses_until_somebody_connects(
    ready: Rig, drive: Drive
) -> None:
    drive.revoke()
    documents = [ready.file(f"{n}.pdf", b"%d" % n) for n in range(3)]
    ready.settle()

    assert state().hold == "reconnect"
    assert "connect again, on the page" in state().error
    assert len(ready.rung.alerts) == 1
    assert not ready.watch.look()

    ready.joining._wallet.keep(drive.signed_in()["refresh_token"])
    ready.joining._join("admin")
    ready.settle()
    assert {ready.row(document).drive_status for document in documents} == {"mirrored"}
    assert len(on_drive(drive)) == 4


def test_after_seven_days_the_consent_screen_is_named(ready: Rig, drive: Drive) -> None:
    ready.clock.pass_(timedelta(days=7, minutes=3))
    drive.revoke()
    ready.file("a.pdf", b"a")
    ready.settle()

    assert "“Testing”" in state().error
    assert "“In production”" in state().error


def test_a_key_file_that_google_does_not_know_says_so(ready: Rig, drive: Drive) -> None:
    ready.joining._wallet.credentials()._client_id = "somebody-else"
    drive.expire_tokens()
    ready.file("a.pdf", b"a")
    ready.settle()

    assert state().hold == "reconnect"
    assert "does not know the key file (invalid_client)" in state().error


@pytest.mark.parametrize("status", [403, 400])
def test_a_full_drive_is_told_at_once_and_looked_at_every_hour(
    ready: Rig, drive: Drive, status: int
) -> None:
    drive.faults.always("create", Refuse(status, "storageQuotaExceeded"))
    document = ready.file("a.pdf", b"a")
    ready.settle()

    assert (state().hold, state().until_at) == ("hourly", ready.clock.now() + timedelta(hours=1))
    assert "empty its bin or buy storage" in next(iter(ready.rung.alerts.values()))
    ready.clock.pass_(timedelta(minutes=59))
    asked = len(drive.requests)
    ready.wake_due()
    ready.settle()
    assert len(drive.requests) == asked

    drive.faults.clear()
    ready.rests(step=timedelta(minutes=2))
    assert ready.row(document).drive_status == "mirrored"
    assert state().hold is None


def test_a_really_full_drive_is_the_same_row(ready: Rig, drive: Drive) -> None:
    drive.quota_limit = 1000
    document = ready.file("a.pdf", LARGE)
    ready.settle()
    assert state().hold == "hourly"

    drive.quota_limit = 10**9
    ready.rests(step=timedelta(minutes=61))
    assert ready.row(document).drive_status == "mirrored"


def test_what_google_allows_in_a_day_is_waited_for_until_midnight_in_california(
    ready: Rig, drive: Drive
) -> None:
    drive.faults.on("create", Refuse(403, "dailyLimitExceeded"))
    document = ready.file("a.pdf", b"a")
    ready.settle()

    at = datetime(2026, 11, 24, 8, tzinfo=UTC)  # Hands stand at the 23rd, 9:00 UTC
    assert (state().hold, state().until_at) == ("daily", at)
    assert len(ready.rung.alerts) == 1
    ready.rests(step=timedelta(hours=1))
    assert ready.clock.now() >= at
    assert ready.row(document).drive_status == "mirrored"


def test_midnight_in_california_follows_its_summer_time() -> None:
    assert until_midnight(datetime(2026, 7, 1, 6, tzinfo=UTC)) == timedelta(hours=1)
    assert until_midnight(datetime(2026, 12, 1, 7, tzinfo=UTC)) == timedelta(hours=1)
    assert until_midnight(datetime(2026, 3, 8, 9, tzinfo=UTC)) == timedelta(hours=22)


REFUSED = [
    ("insufficientFilePermissions", "let its owner give it the right to edit"),
    ("appNotAuthorizedToFile", "send the document again"),
    ("domainPolicy", "let them allow the app"),
    ("insufficientParentPermissions", "let its owner give it the right to edit"),
    ("teamDriveFileLimitExceeded", "name another in [drive] shared_drive"),
    ("teamDriveHierarchyTooDeep", "further up"),
    ("cannotShareSomethingNew", "see what the account may do there"),
]


@pytest.mark.parametrize(("reason", "remedy"), REFUSED)
def test_what_is_refused_for_good_is_shown_with_its_remedy_and_told(
    ready: Rig, drive: Drive, reason: str, remedy: str
) -> None:
    drive.faults.on("create", Refuse(403, reason))
    document = ready.file("a.pdf", b"a")
    ready.settle()

    chore = ready.chore_of(document)
    assert (chore.status, ready.row(document).drive_status) == ("failed", "failed")
    assert remedy in chore.error
    assert len(ready.rung.alerts) == 1

    assert ready.deciding.retry(chore.id)
    ready.rests()
    assert ready.row(document).drive_status == "mirrored"


@pytest.mark.parametrize("reason", ["badRequest", "invalid", "invalidParameter"])
def test_what_google_does_not_understand_is_a_bug_of_ours(
    ready: Rig, drive: Drive, reason: str
) -> None:
    drive.faults.on("create", Refuse(400, reason))
    document = ready.file("a.pdf", b"a")
    ready.settle()

    assert "tell your support" in ready.chore_of(document).error
    assert f"400 {reason}" in ready.chore_of(document).error


def test_the_api_that_is_not_switched_on_is_looked_at_every_hour(ready: Rig, drive: Drive) -> None:
    drive.faults.on("create", Refuse(403, "accessNotConfigured"))
    ready.file("a.pdf", b"a")
    ready.settle()

    assert state().hold == "hourly"
    assert "switch it on there" in state().error
    ready.rests(step=timedelta(minutes=61))


def test_a_full_folder_is_followed_by_another(ready: Rig, drive: Drive) -> None:
    drive.faults.on("create", Refuse(403, "numChildrenInNonRootLimitExceeded"))
    ready.file("a.pdf", b"a")
    ready.rests()

    assert [path for path in folders_on(drive) if path.endswith(" (2)")]
    assert ready.differences() == []


def test_a_folder_removed_on_drive_is_made_again_and_told(ready: Rig, drive: Drive) -> None:
    dossier = drive.at("Dossiers/Amel Ben Youssef/2026-0042 - Bail rue de Marseille")
    drive.person.deletes(dossier.id)
    document = ready.file("a.pdf", b"a")
    ready.rests()

    again = drive.at(dossier.path)
    assert again.id != dossier.id
    assert ready.row(document).drive_status == "mirrored"
    assert "made it again" in next(iter(ready.rung.alerts.values()))
    actions = [entry.action for entry in AuditEntry.select()]
    assert "folder made again on drive" in actions


def test_a_removed_folder_that_many_need_at_once_is_made_again_once(
    ready: Rig, drive: Drive
) -> None:
    dossier = drive.at("Dossiers/Amel Ben Youssef/2026-0042 - Bail rue de Marseille")
    for round_ in range(5):
        drive.person.deletes(drive.at(dossier.path).id)
        for number in range(6):
            ready.file(f"{round_} {number}.pdf", b"%d %d" % (round_, number))
        ready.rests()
        assert len(folders_on(drive)) == 3
        assert len(on_drive(drive)) == 6


def test_all_folders_removed_on_drive_are_made_again(ready: Rig, drive: Drive) -> None:
    drive.person.deletes(drive.at("Dossiers").id)
    document = ready.file("a.pdf", b"a")
    ready.rests()

    assert len(folders_on(drive)) == 3
    assert ready.row(document).drive_status == "mirrored"


def test_a_folder_that_may_not_be_seen_any_more_is_made_again(ready: Rig, drive: Drive) -> None:
    drive.person.takes_permission_away(drive.at("Dossiers").id)
    document = ready.file("a.pdf", b"a")
    ready.rests()

    assert ready.row(document).drive_status == "mirrored"


def test_a_session_that_died_is_begun_again_with_the_same_id(ready: Rig, drive: Drive) -> None:
    drive.faults.on("upload_chunk", None, "session_death", None, 503)
    document = ready.file("a.pdf", LARGE)
    ready.settle()
    drive.kill_sessions()
    ready.rests()

    assert ready.row(document).drive_status == "mirrored"
    assert len(on_drive(drive)) == 2
    assert len([one for one in drive.requests if one.operation == "upload_start"]) == 3


def test_other_bytes_under_our_id_are_never_overwritten(ready: Rig, drive: Drive) -> None:
    drive.faults.on("create", *["drop_after"] * 3)
    drive.faults.on("get", 503)
    document = ready.file("a.pdf", b"ours")
    ready.settle()
    copy = next(kept for kept in on_drive(drive) if kept.path.endswith("a.pdf"))
    drive.person.edits(copy.id, b"theirs")
    ready.rests()

    assert drive.bytes_of(copy.id) == b"theirs"
    assert ready.row(document).drive_status == "failed"
    assert "nothing was overwritten" in ready.chore_of(document).error
    assert len(ready.rung.alerts) == 1


def test_changes_that_google_has_forgotten_are_found_by_comparing(ready: Rig, drive: Drive) -> None:
    drive.forget_changes()
    copy = on_drive(drive)[0]
    drive.person.renames(copy.id, "autre.pdf")

    assert ready.sees() == 1
    assert ready.sees() == 0


def test_every_reason_of_the_table_has_a_remedy_and_a_next_step() -> None:
    for reason, row in drive_answers.REASONS.items():
        error = drive_answers.error_of(row, answer=reason)
        assert error.refusal == row.next
        assert error.reason


def test_uploads_that_wait_keep_nobody_else_waiting(ready: Rig, drive: Drive) -> None:
    drive.faults.always("create", "hang")
    for number in range(6):
        ready.file(f"{number}.pdf", b"x")
    done: list[int] = []
    ready.chores.on(Kind.EXAMINE, done.append)
    posted = ready.store.write(lambda: ready.chores.post(Kind.EXAMINE, 77))
    ready.chores.wake([posted])

    ready._wait(lambda: done == [77], 5)
    drive.stop()
