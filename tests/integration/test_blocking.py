"""A number that is blocked is received and kept like any other, and nobody hears of it; a client's
never is."""

from datetime import timedelta

import pytest

from appliance.clock import SystemClock
from appliance.dashboard.arrivals import ArrivalsBoard
from appliance.dashboard.overview import overview
from appliance.demo import cast
from appliance.errors import GreffierError, PermanentError
from appliance.filing import aside
from appliance.filing.gestures import Gestures, Rejection
from appliance.firm.blocking import IS_CLIENTS, MAY_BE_CLIENTS, NAMELESS, Blocking
from appliance.firm.csv_import import parse
from appliance.firm.drafts import ClientDraft
from appliance.firm.editing import Editor
from appliance.firm.imports import Imports
from appliance.firm.looks import Looks
from appliance.firm.register import Register
from appliance.firm.scope import EVERYTHING
from appliance.firm.users import Users
from appliance.safety import waiting
from appliance.safety.book import Bell, SafetyBook, Seams
from appliance.simulator.mailbox import Mailbox
from appliance.simulator.phone import Phone
from appliance.simulator.whatsapp import Meta
from appliance.store import models, rows
from appliance.store.models import Correspondent, Document, Message, Outgoing, Safety
from tests.hostile_files import FILES
from tests.integration.conftest import Office, keeping_board
from tests.support import until

NOUR = "Nour"
SPAM = "21699000111"
AGES = timedelta(days=1)


class Desk:
    """The office, and Nour, who blocks."""

    def __init__(self, office: Office, meta: Meta) -> None:
        self.office, self.meta = office, meta
        self.store, self.clock = office.store, SystemClock()
        self.users = Users(self.store, self.clock, 12)
        self.blocking = Blocking(self.store, self.clock, self.users.audit, aside.freed)
        mover = office.cabinets.mover
        self.gestures = Gestures(self.store, mover, None, self.blocking)  # type: ignore[arg-type]
        self.editor = Editor(self.store, self.clock, self.users, self.blocking)
        self.spammer = meta.phone(SPAM, "Gagnez vite")
        self.sent = 0

    def sends(self, phone: Phone | None = None) -> Document:
        """They send a paper like no other; the document that it became."""
        self.sent += 1
        file = cast.pdf(f"OFFRE {self.sent}")
        wamid = (phone or self.spammer).sends(file, filename=f"offre {self.sent}.pdf")
        self.rests()
        found: Document = Message.get(wamid=wamid).document
        return found

    def writes(self, words: str) -> Message:
        wamid = self.spammer.writes(words)
        self.rests()
        found: Message = Message.get(wamid=wamid)
        return found

    def rests(self) -> None:
        self.meta.settle()
        self.office.rests()
        self.meta.settle()

    @property
    def person(self) -> Correspondent:
        found: Correspondent = Message.get(sender=f"+{SPAM}").correspondent
        return found

    def block(self, why: str = "") -> str:
        outcome = self.gestures.block(self.person.id, why, NOUR, EVERYTHING)
        assert outcome.error is None
        return outcome.gesture

    def refused(self) -> str:
        outcome = self.gestures.block(self.person.id, "", NOUR, EVERYTHING)
        assert isinstance(outcome.error, PermanentError)
        return outcome.error.text

    def pile(self) -> list[int]:
        return [row.id for row in Document.select().where(Document.waits())]

    def reasons(self) -> list[str | None]:
        return [row.rejected_reason for row in Document.select().order_by(Document.id)]

    def audit(self) -> list[tuple[str, str, str | None]]:
        query = models.AuditEntry.select().order_by(models.AuditEntry.id)
        told = [(row.actor, row.action, row.detail) for row in query]
        return [each for each in told if "block" in each[1]]

    def answers(self) -> list[str]:
        """What the firm has posted to the number."""
        return [row.kind for row in Outgoing.select().where(Outgoing.channel == "whatsapp")]


@pytest.fixture
def desk(office: Office, meta: Meta) -> Desk:
    return Desk(office, meta)


# What came before goes with it, in one gesture.


def test_all_that_waits_from_a_number_goes_in_one_gesture_and_comes_back_in_one(
    desk: Desk, meta: Meta
) -> None:
    desk.writes("Gagnez de l'argent")
    theirs = [desk.sends().id, desk.sends().id]
    other = desk.sends(meta.phone("21655000222", "Un autre")).id
    gesture = desk.block("publicité")
    assert desk.pile() == [other]
    assert desk.reasons()[:2] == [Rejection.BLOCKED] * 2
    person = desk.person
    assert (person.blocked_by, person.blocked_why) == (NOUR, "publicité")
    assert desk.audit() == [(NOUR, "number blocked", "publicité")]

    assert desk.gestures.last(NOUR, desk.clock.now() - AGES) == gesture
    outcome = desk.gestures.undo(gesture, NOUR)
    assert (sorted(outcome.done), outcome.person) == (theirs, person.id)
    assert desk.pile() == [*theirs, other]
    assert desk.person.blocked_at is None, "an undo that leaves them muted would be a trap"
    assert desk.audit()[1:] == [(NOUR, "number unblocked", None)]


def test_a_gesture_that_was_cut_short_is_ended_by_the_same_key(desk: Desk) -> None:
    """As after a power cut: blocked is committed, and nothing is set aside yet."""
    first = desk.sends()
    gesture = desk.blocking.block(desk.person.id, "", NOUR, "g1", EVERYTHING)
    assert desk.pile() == [first.id]
    assert desk.block() == gesture == "g1"
    assert desk.pile() == []
    assert len(desk.audit()) == 1
    assert desk.gestures.undo("g1", NOUR).done == [first.id]
    assert desk.person.blocked_at is None


def test_an_undo_that_was_cut_short_is_ended_by_the_same_key(desk: Desk) -> None:
    """As after a power cut: they are heard again, and their documents are still set aside."""
    theirs = [desk.sends().id, desk.sends().id]
    gesture = desk.block()
    desk.blocking.undo(gesture, NOUR)
    assert (desk.person.blocked_at, desk.pile()) == (None, [])
    assert desk.gestures.last(NOUR, desk.clock.now() - AGES) == gesture
    assert sorted(desk.gestures.undo(gesture, NOUR).done) == theirs
    assert desk.pile() == theirs


def test_what_somebody_else_blocked_is_not_unblocked_by_my_undo(desk: Desk) -> None:
    desk.sends()
    desk.block()
    back = Document.get().id
    desk.gestures.bring_back([back], "Salma")
    again = desk.gestures.block(desk.person.id, "", "Salma", EVERYTHING)
    assert again.done == [back]
    assert desk.gestures.undo(again.gesture, "Salma").person is None
    assert desk.person.blocked_at is not None


# What comes afterwards.


def test_what_a_blocked_number_sends_is_kept_and_nobody_hears_of_it(
    desk: Desk, mailbox: Mailbox, office: Office
) -> None:
    desk.writes("Bonjour")
    desk.block()
    said, letters = len(desk.spammer.received), len(mailbox.received)
    document, words = desk.sends(), desk.writes("Quels sont vos horaires ?")
    assert words.status == "processed"
    assert words.correspondent_id == aside.sender_of(document)
    assert document.status == "pending"
    assert (document.rejected_reason, document.rejected_by) == (Rejection.BLOCKED, "greffier")
    assert (office.folder / document.local_path).is_file()
    until(lambda: Document.get_by_id(document.id).safety == "ok", 20, "it was not examined")
    assert len(desk.spammer.received) == said
    assert len(mailbox.received) == letters
    assert all(delivery.status == 200 for delivery in desk.meta.deliveries)


def test_a_blocked_number_asks_for_nobodys_attention_on_today(desk: Desk) -> None:
    desk.writes("Bonjour")
    desk.sends()
    zone = desk.office.config.firm.zone
    arrivals = ArrivalsBoard(Looks(desk.store, desk.clock), desk.clock, zone)
    assert arrivals.seen(EVERYTHING, 1).today
    assert overview(desk.clock.now(), zone).counts.received_today == 2
    desk.block()
    desk.sends()
    failed = desk.writes("Encore moi")
    desk.store.write(lambda: rows.update(Message, failed.id, status="error", error="x"))
    seen = overview(desk.clock.now(), zone)
    assert (seen.counts.received_today, seen.counts.pending, seen.counts.errors) == (0, 0, 0)
    assert (seen.errors, seen.waits_since) == ([], None)
    assert seen.counts.all_errors == 1, "who runs the system sees that something failed"
    assert arrivals.seen(EVERYTHING, 1).today == []


def test_a_file_that_cannot_be_fetched_of_a_blocked_number_costs_nobody_a_letter(
    desk: Desk, mailbox: Mailbox
) -> None:
    desk.writes("Bonjour")
    desk.block()
    letters = len(mailbox.received)
    fault = {"code": 131052, "title": "Something went wrong"}
    wamid = desk.spammer.posts(
        {"type": "image", "image": {"mime_type": "image/jpeg"}, "errors": [fault]}
    )
    desk.rests()
    assert Message.get(wamid=wamid).status == "error"
    assert len(mailbox.received) == letters
    assert not models.OutgoingItem.select().where(models.OutgoingItem.kind == "unreadable").exists()


def test_a_file_that_is_lost_of_a_blocked_number_counts_no_days_down(desk: Desk) -> None:
    fault = {"code": 131052, "title": "Something went wrong"}
    desk.spammer.posts({"type": "image", "image": {"mime_type": "image/jpeg"}, "errors": [fault]})
    desk.rests()
    countdown = keeping_board(desk.store, desk.clock).countdown
    assert len(countdown.missing()) == 1
    desk.block()
    assert countdown.missing() == []


def test_a_doubt_about_a_blocked_number_waits_on_its_page_and_not_on_today(desk: Desk) -> None:
    desk.writes("Bonjour")
    zone = desk.office.config.firm.zone
    desk.spammer.changes_number("21699000999")
    desk.rests()
    assert overview(desk.clock.now(), zone).doubts.count == 1
    desk.block()
    assert overview(desk.clock.now(), zone).doubts.count == 0
    assert len(desk.office.people.open_events()) == 1


def test_what_is_on_its_way_when_they_are_blocked_is_set_aside_like_the_rest(desk: Desk) -> None:
    desk.writes("Bonjour")
    said = len(desk.spammer.received)
    desk.meta.faults.on("media_info", 503)
    wamid = desk.spammer.sends(cast.pdf("OFFRE"), filename="offre.pdf")

    def has_failed() -> bool:
        row = Message.get_or_none(wamid=wamid)
        return row is not None and row.error is not None

    until(has_failed, 20, "it was fetched at once")
    desk.block()
    desk.rests()
    assert Message.get(wamid=wamid).document.rejected_reason == Rejection.BLOCKED
    assert desk.pile() == []
    assert len(desk.spammer.received) == said


def test_a_document_that_was_reserved_before_the_power_failed_is_set_aside_at_last(
    desk: Desk,
) -> None:
    """The row is there, its last commit is not: the step is repeated, and finds them blocked."""
    document = desk.sends()
    message = Message.get(document=document.id)
    desk.store.write(lambda: rows.update(Document, document.id, stored_at=None, local_path=None))
    again = {"status": "received", "due_at": desk.clock.now()}
    desk.store.write(lambda: rows.update(Message, message.id, **again))
    desk.block()
    desk.office.jobs.wake("message", message.id)
    desk.rests()
    seen = Document.get_by_id(document.id)
    assert (seen.rejected_reason, seen.stored_at is None) == (Rejection.BLOCKED, False)


def test_the_same_file_again_stays_out_of_sight(desk: Desk) -> None:
    file = cast.pdf("OFFRE")
    desk.spammer.sends(file, filename="offre.pdf")
    desk.rests()
    desk.block()
    desk.spammer.sends(file, filename="offre.pdf")
    desk.rests()
    assert Document.select().count() == 1
    assert desk.pile() == []


def test_what_somebody_brought_back_is_not_taken_away_by_the_next_message(desk: Desk) -> None:
    file = cast.pdf("OFFRE")
    desk.spammer.sends(file, filename="offre.pdf")
    desk.rests()
    desk.block()
    document = Document.get()
    desk.gestures.bring_back([document.id], NOUR)
    desk.spammer.sends(file, filename="offre.pdf")
    desk.rests()
    assert desk.pile() == [document.id]


def test_a_stop_of_a_blocked_number_holds_without_an_answer(desk: Desk) -> None:
    desk.writes("Bonjour")
    desk.block()
    said = len(desk.spammer.received)
    desk.writes("STOP")
    assert desk.person.opted_out_at is not None
    assert len(desk.spammer.received) == said


@pytest.mark.parametrize("settings", [{"GREFFIER_WHATSAPP_CONFIRM_AFTER": "4s"}])
def test_a_confirmation_that_has_not_left_when_they_are_blocked_never_leaves(desk: Desk) -> None:
    desk.spammer.sends(cast.pdf("OFFRE"), filename="offre.pdf")
    desk.meta.settle()
    until(lambda: "confirmation_unknown" in desk.answers(), 20, "it was not posted")
    desk.block()
    desk.rests()
    assert desk.spammer.received == []
    assert desk.answers() == []


def test_a_virus_of_a_blocked_number_is_put_away_and_rings_no_bell(desk: Desk) -> None:
    desk.writes("Bonjour")
    desk.block()
    document = desk.sends()
    rung: list[str] = []

    def tell(key: str, _: GreffierError, __: str | None) -> list[object]:
        rung.append(key)
        return []

    seams = Seams(lambda _: [], Bell(tell, lambda _: None), desk.users.audit)
    book = SafetyBook(desk.clock, seams)
    found = PermanentError("%(signature)s", signature="Eicar")
    desk.store.write(lambda: book.condemn(document.sha256, found))
    assert Document.get_by_id(document.id).safety == Safety.QUARANTINED
    assert rung == []

    desk.gestures.bring_back([document.id], NOUR)
    desk.store.write(lambda: rows.update(Document, document.id, safety=Safety.OK))
    desk.store.write(lambda: book.condemn(document.sha256, found))
    assert rung == [f"quarantine:{document.id}"], "of anybody else it rings"


def test_nobody_has_to_check_what_comes_from_a_blocked_number(desk: Desk) -> None:
    desk.writes("Bonjour")
    desk.block()
    desk.spammer.sends(FILES["docm-as-docx"](), filename="lettre.docx")
    desk.rests()
    document = Document.get()
    until(lambda: Document.get_by_id(document.id).safety == Safety.TO_CHECK, 20)
    assert waiting.to_check() == 0
    desk.gestures.bring_back([document.id], NOUR)
    assert waiting.to_check() == 1


def test_unblocked_they_are_heard_again_and_what_came_can_be_brought_back(desk: Desk) -> None:
    desk.writes("Bonjour")
    desk.block()
    kept = desk.sends()
    assert desk.blocking.unblock(desk.person.id, NOUR)
    assert not desk.blocking.unblock(desk.person.id, NOUR)
    assert desk.pile() == [], "what came meanwhile stays where it is until somebody wants it"
    desk.gestures.bring_back([kept.id], NOUR)
    new = desk.sends()
    assert desk.pile() == [kept.id, new.id]
    assert "confirmation_unknown" in desk.answers()


# A client is never muted.


def test_a_clients_number_is_not_blocked_and_the_sentence_says_why(desk: Desk, meta: Meta) -> None:
    meta.phone(cast.GHARBI, "Karim").writes("Bonjour")
    desk.rests()
    karim = Message.get(sender=f"+{cast.GHARBI}").correspondent_id
    outcome = desk.gestures.block(karim, "", NOUR, EVERYTHING)
    assert isinstance(outcome.error, PermanentError)
    assert outcome.error.text == IS_CLIENTS
    assert outcome.error.values == {"name": "Karim Gharbi"}
    assert Correspondent.get_by_id(karim).blocked_at is None
    assert desk.audit() == []


ENDED = "a client's number; documents that wait again: 2"


def test_a_number_that_is_given_to_a_client_is_heard_from_that_commit_on(desk: Desk) -> None:
    desk.sends()
    desk.block()
    desk.sends()
    client = models.Client.get(models.Client.name == "Karim Gharbi").id
    assert desk.editor.add_number(client, f"+{SPAM}", EVERYTHING, NOUR)
    assert desk.person.blocked_at is None
    assert len(desk.pile()) == 2, "what they sent while they were muted is not lost to sight"
    assert desk.audit()[-1] == (NOUR, "block ended", ENDED)
    assert desk.refused() == IS_CLIENTS


def test_a_client_who_is_written_down_with_that_number_is_heard(desk: Desk) -> None:
    desk.sends()
    desk.block()
    desk.editor.add_client(ClientDraft("Ali Ben Salah"), f"+{SPAM}", EVERYTHING, NOUR)
    assert desk.person.blocked_at is None
    assert len(desk.pile()) == 1


def test_a_list_that_names_the_number_ends_the_block_unless_its_line_is_refused(
    desk: Desk,
) -> None:
    desk.sends()
    desk.block()
    imports = Imports(
        desk.store,
        desk.clock,
        Register(desk.store, desk.clock),
        desk.users,
        desk.blocking,
        "TN",
    )
    head = "client;téléphone;dossier\n"
    imports.take(f"{head}Autre;+{SPAM};2026-0042\n".encode(), "l.csv", NOUR, dry_run=False)
    assert desk.person.blocked_at is not None, "the dossier is another client's"
    imports.take(f"{head}Ali;+{SPAM};2026-0900\n".encode(), "l.csv", NOUR, dry_run=True)
    assert desk.person.blocked_at is not None
    imports.take(f"{head}Ali;+{SPAM};2026-0900\n".encode(), "l.csv", NOUR, dry_run=False)
    assert desk.person.blocked_at is None
    assert desk.audit()[-1][:2] == (NOUR, "block ended")
    assert len(desk.pile()) == 1


def test_however_a_number_became_a_clients_its_next_message_is_heard(
    desk: Desk, mailbox: Mailbox
) -> None:
    """By a way that knows of no block: what arrives decides for itself."""
    desk.sends()
    desk.block()
    line = f"client;téléphone;dossier\nAli;+{SPAM};2026-0900\n"
    Register(desk.store, desk.clock).import_file(parse(line.encode(), "TN"))
    assert desk.person.blocked_at is not None
    letters = len(mailbox.received)
    document = desk.sends()
    assert (document.status, document.rejected_at) == ("filed", None)
    assert desk.audit()[-1] == (
        "greffier",
        "block ended",
        "a client's number; documents that wait again: 1",
    )
    mailbox.wait_for(letters + 1)
    assert "confirmation" in desk.answers()


def moved_to(desk: Desk, meta: Meta, number: str) -> Phone:
    """A client whom the firm knows has another number, as Meta tells; nobody has said yet whether
    it is still the same person."""
    karim = meta.phone(cast.GHARBI, "Karim")
    karim.writes("Bonjour")
    desk.rests()
    karim.changes_number(number)
    desk.rests()
    return karim


def test_a_client_whose_number_changed_is_not_blocked_before_somebody_said_who_it_is(
    desk: Desk, meta: Meta
) -> None:
    document = desk.sends(moved_to(desk, meta, "21699000222"))
    assert (document.client_id, document.reason) == (None, "identity_changed")
    person = Message.get(document=document.id).correspondent

    refused = desk.gestures.block(person.id, "", NOUR, EVERYTHING)

    assert isinstance(refused.error, PermanentError)
    assert refused.error.text == MAY_BE_CLIENTS
    assert desk.pile() == [document.id]
    assert desk.blocking.is_refused(person, EVERYTHING)
    [event] = desk.office.people.open_events()
    assert desk.office.people.reject(event.id, NOUR)
    stranger = desk.sends(meta.phone("21699000222", "Karim"))
    other = Message.get(document=stranger.id).correspondent_id
    assert other != person.id
    assert desk.gestures.block(other, "", NOUR, EVERYTHING).error is None


def test_a_client_who_moves_to_a_number_that_was_blocked_is_heard(desk: Desk, meta: Meta) -> None:
    before = desk.sends()
    desk.block()
    karim = moved_to(desk, meta, SPAM)

    document = desk.sends(karim)

    assert desk.pile() == [before.id, document.id]
    assert desk.person.blocked_at is None
    told = "perhaps a client's number; documents that wait again: 1"
    assert desk.audit()[-1] == ("greffier", "block ended", told)
    doubts = overview(desk.clock.now(), desk.office.config.firm.zone).doubts
    assert doubts.count == len(desk.office.people.open_events()) > 0


def test_those_whom_nothing_names_are_not_blocked_together(desk: Desk) -> None:
    people, now = desk.office.people, desk.clock.now()
    person = desk.store.write(lambda: people.correspondent_of("", None, sent_at=now))

    refused = desk.gestures.block(person.id, "", NOUR, EVERYTHING)

    assert isinstance(refused.error, PermanentError)
    assert refused.error.text == NAMELESS
    assert desk.blocking.is_refused(person, EVERYTHING)
