"""The nightly clean-up: old words go, that they came stays, and no document is ever touched."""

import json
import os
from datetime import timedelta
from typing import Any

import pytest
from peewee import fn

from appliance.demo import cast
from appliance.disk import sha256_of
from appliance.errors import StoppedError
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.store.models import ChoreStatus, MessageStatus
from tests.integration.conftest import Office
from tests.integration.keeper import DAY, Keeper, keeper
from tests.support import until

BAIL = cast.pdf("CONTRAT DE BAIL")
ODD = cast.pdf("INCONNU")


@pytest.fixture
def kept(office: Office, meta: Meta) -> Keeper:
    """One document filed with a caption, one that waits, one greeting; all told and answered."""
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf", caption="mon bail")
    meta.phone(cast.STRANGER, "Inconnu").sends(ODD, filename="x.pdf")
    meta.phone(cast.BEN_YOUSSEF, "Amel").writes("Bonjour")
    meta.settle()
    office.rests()
    return keeper(office)


def message(**equal: Any) -> models.Message:
    return models.Message.get(
        *(getattr(models.Message, name) == value for name, value in equal.items())
    )


def bodies() -> list[int]:
    return [len(bytes(row.body)) for row in models.WebhookBody.select()]


def test_nothing_goes_before_its_time(kept: Keeper) -> None:
    kept.clock.pass_(89 * DAY)

    night = kept.night()

    assert (night.messages, night.bodies, night.outgoing, night.files) == (0, 0, 0, 0)
    assert message(type="text").body == "Bonjour"


def test_after_ninety_days_the_words_are_gone_and_what_proves_is_there(kept: Keeper) -> None:
    before, document = message(type="text"), models.Document.get(status="filed")
    kept.clock.pass_(91 * DAY)

    night = kept.night()

    greeting, filed = message(type="text"), message(document=document.id)
    assert (greeting.body, greeting.raw, greeting.profile_name) == (None, "{}", None)
    assert (filed.body, filed.raw, filed.profile_name) == (None, "{}", "Amel")
    assert (greeting.wamid, greeting.sender) == (before.wamid, before.sender)
    assert (greeting.received_at, greeting.sent_at) == (before.received_at, before.sent_at)
    assert night.messages == 2
    assert models.Document.get_by_id(document.id).__data__ == document.__data__


def test_a_document_that_waits_keeps_the_words_that_came_with_it(kept: Keeper) -> None:
    kept.clock.pass_(400 * DAY)

    kept.night()

    waiting = models.Document.get(status="pending")
    assert json.loads(message(document=waiting.id).raw)["document"]["filename"] == "x.pdf"
    assert kept.shelf.path(waiting.sha256).read_bytes() == ODD


def test_no_bytes_of_a_document_are_touched(kept: Keeper) -> None:
    files = {path: (kept.office.folder / path).read_bytes() for path in kept.office.files}
    kept.clock.pass_(4000 * DAY)

    night = kept.night()

    assert {path: (kept.office.folder / path).read_bytes() for path in kept.office.files} == files
    assert {sha256_of(path) for path in kept.media.glob("??/*")} == {
        row.sha256 for row in models.Document.select()
    }
    assert (night.files, models.Media.select().count()) == (0, 0), "what Meta had is forgotten"


def test_a_body_is_emptied_only_when_the_inventory_has_compared_it(kept: Keeper) -> None:
    kept.clock.pass_(91 * DAY)
    kept.care.cleaning.run(lambda: False)
    assert all(bodies()), "nobody has compared them yet"

    kept.night()

    waits = message(sender=f"+{cast.STRANGER}", type="document").webhook_body_id
    full = {row.id for row in models.WebhookBody.select() if row.body}
    assert full == {waits}, "what waits for a person is still whole"


def test_a_message_that_meta_repeats_after_the_clean_up_is_known(kept: Keeper, meta: Meta) -> None:
    kept.clock.pass_(91 * DAY)
    kept.night()
    before = [models.Document.select().count(), models.Message.select().count()]

    meta.repeat()
    meta.settle()
    kept.office.rests()

    assert [models.Document.select().count(), models.Message.select().count()] == before
    assert kept.inventory().missing == []


def test_what_was_sent_goes_and_what_a_person_must_see_stays(kept: Keeper) -> None:
    failed, unknown = models.Outgoing.select().where(models.Outgoing.channel == "email").limit(2)
    kept.write(
        models.Outgoing.update(status="failed", error="no")
        .where(models.Outgoing.id == failed.id)
        .execute
    )
    kept.write(
        models.Outgoing.update(status="unknown", error="?")
        .where(models.Outgoing.id == unknown.id)
        .execute
    )
    kept.clock.pass_(91 * DAY)

    night = kept.night()

    assert night.outgoing > 0
    left = {row.id: row.status for row in models.Outgoing.select()}
    assert left[failed.id] == "failed"
    assert left[unknown.id] == "unknown"
    assert (
        not models.OutgoingItem.select()
        .where(models.OutgoingItem.outgoing.not_in(list(left)))
        .exists()
    )


def test_a_failed_message_stays_whole_until_a_person_has_seen_it(
    office: Office, meta: Meta
) -> None:
    meta.faults.always("media_info", 404)
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(BAIL, filename="bail.pdf")
    meta.settle()
    office.rests()
    kept = keeper(office)
    kept.clock.pass_(400 * DAY)

    kept.night()

    failed = message(type="document")
    assert failed.status == MessageStatus.ERROR
    assert json.loads(failed.raw)["document"]["filename"] == "bail.pdf"
    assert b"bail.pdf" in bytes(failed.webhook_body.body)


def test_the_words_of_a_client_under_legal_hold_stay(kept: Keeper) -> None:
    held = kept.dossier("2026-0042")
    assert kept.care.holds.begin(held.id, "litige", "Salma")
    kept.clock.pass_(400 * DAY)

    assert kept.night().messages == 0
    assert message(type="text").body == "Bonjour"
    assert models.Outgoing.select().where(models.Outgoing.dossier == held).exists()

    assert kept.care.holds.end(held.id, "Salma")
    assert kept.night().messages == 2
    assert message(type="text").body is None


def test_finished_work_goes_by_its_age_and_its_number(kept: Keeper) -> None:
    def chore(number: int, status: ChoreStatus, days: int) -> None:
        at = kept.clock.now() - days * DAY
        models.Chore.create(
            kind="read", subject_id=number, status=status, created_at=at, done_at=at
        )

    def unit() -> None:
        models.Chore.delete().execute()
        for number in range(1100):
            chore(number, ChoreStatus.DONE, 0)
        chore(2000, ChoreStatus.DONE, 2)
        chore(2001, ChoreStatus.FAILED, 6)
        chore(2002, ChoreStatus.FAILED, 8)
        chore(2003, ChoreStatus.OPEN, 300)

    kept.write(unit)
    kept.night()

    left = {row.subject_id for row in models.Chore.select()}
    assert {2001, 2003} <= left
    assert left.isdisjoint({2000, 2002})
    assert models.Chore.select().where(models.Chore.status == "done").count() <= 1000


def test_bytes_that_were_never_filed_go_and_a_row_said_so_first(office: Office, meta: Meta) -> None:
    kept = keeper(office)
    sha256 = "ab" + "0" * 62
    path = kept.shelf.path(sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 1000)
    now = kept.clock.now()
    values = {"media_id": "1", "sha256": sha256, "status": "downloaded", "seen_at": now}
    kept.write(lambda: models.Media.create(**values, expires_at=now + 7 * DAY))
    kept.clock.pass_(91 * DAY)

    night = kept.night()

    assert not path.exists()
    assert (night.media, night.files, night.file_bytes) == (1, 1, 1000)
    leaving = models.Leaving.get()
    assert (leaving.sha256, leaving.outcome) == (sha256, "removed")


def test_a_crash_between_the_row_and_the_bytes_is_made_good_the_next_night(office: Office) -> None:
    kept = keeper(office)
    sha256 = "cd" + "1" * 62
    path = kept.shelf.path(sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    kept.write(lambda: models.Leaving.create(sha256=sha256, decided_at=kept.clock.now()))

    kept.night()

    assert not path.exists()
    assert models.Leaving.get().settled_at is not None


def test_bytes_that_are_a_documents_again_stay_whatever_was_decided(kept: Keeper) -> None:
    document = models.Document.get(status="filed")
    decided = {"sha256": document.sha256, "decided_at": kept.clock.now()}
    kept.write(lambda: models.Leaving.create(**decided))

    kept.night()

    assert kept.shelf.path(document.sha256).read_bytes() == BAIL
    assert models.Leaving.get().outcome == "kept"


def test_a_file_that_no_row_knows_is_named_and_never_removed(kept: Keeper) -> None:
    lone = kept.shelf.path("ef" + "2" * 62)
    lone.parent.mkdir(parents=True)
    lone.write_bytes(b"after an old copy of the store was put back, this is all there is")
    young = kept.shelf.path("aa" + "3" * 62)
    young.parent.mkdir(parents=True, exist_ok=True)
    young.write_bytes(b"being fetched at this moment")
    kept.clock.pass_(9 * DAY)
    now = kept.clock.now().timestamp()
    os.utime(young, (now, now))

    night = kept.night()

    assert json.loads(night.orphans) == [f"ef/{lone.name}"]
    assert lone.exists()


def test_a_stop_ends_it_and_the_next_night_does_the_rest(kept: Keeper) -> None:
    kept.clock.pass_(91 * DAY)
    kept.inventory()
    looks = iter([False, True])

    with pytest.raises(StoppedError):
        kept.care.cleaning.run(lambda: next(looks))
    cut = models.CleanUp.get()
    assert cut.ended_at is None
    assert cut.outgoing > 0, "what went before is counted"

    assert kept.night().messages > 0
    assert message(type="text").body is None


def test_sessions_that_ended_are_forgotten(kept: Keeper) -> None:
    kept.users.sign_in("Nour", "un mot de passe long", "here")
    kept.clock.pass_(timedelta(hours=13))

    assert kept.night().sessions == 1
    until(lambda: models.Session.select().count() == 0)


def test_attempts_are_kept_as_long_as_the_jobs_that_they_were_at(kept: Keeper) -> None:
    noted = {row.outcome for row in models.Attempt.select()}
    assert "done" in noted
    count = models.Attempt.select().count()
    kept.clock.pass_(2 * DAY)

    night = kept.night()

    assert night.attempts == count - models.Attempt.select().count() > 0
    assert models.Attempt.select().where(models.Attempt.outcome == "done").count() == 0
    counted = models.AttemptHour.select(fn.SUM(models.AttemptHour.done)).scalar()
    assert counted == night.attempts
