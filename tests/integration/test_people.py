"""Whoever writes is one person, as long as that is certain."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.firm import people as truths
from appliance.firm.csv_import import parse
from appliance.firm.parties import EventKind, IdentityChange
from appliance.firm.people import People
from appliance.firm.register import Register
from appliance.inbox.details import Edit, Revoke
from appliance.inbox.messages import Inbox
from appliance.jobs import Jobs
from appliance.queues import open_queue
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.store.models import Correspondent, Identifier
from appliance.traffic import Traffic
from tests.support import Hands

N1, N2, N3 = "+21620111222", "+21622333444", "+21698765432"
U1, U2, U9 = "TN.1001", "TN.1002", "TN.9009"
HOUR = timedelta(hours=1)


@dataclass
class Firm:
    """The people of a firm, and its list."""

    store: Store
    clock: Hands
    people: People
    register: Register

    def hears(
        self, sender: str, user_id: str | None = None, name: str | None = None, parent: str = ""
    ) -> Correspondent:
        """A message, one minute after the last."""
        self.clock.pass_(timedelta(minutes=1))
        now = self.clock.now()
        return self.store.write(
            lambda: self.people.correspondent_of(sender, user_id, parent or None, name, now)
        )

    def told(self, wamid: str = "wamid.s", **change: object) -> Correspondent:
        """A system message."""
        self.clock.pass_(timedelta(minutes=1))
        said = IdentityChange(**{"kind": EventKind.NUMBER_CHANGED, **change})  # type: ignore[arg-type]
        return self.store.write(lambda: self.people.change(said, wamid, self.clock.now()))

    def again(self, person: Correspondent) -> Correspondent:
        return Correspondent.get_by_id(person.id)

    def withheld(self, person: Correspondent) -> bool:
        return not truths.may_disclose(self.again(person))

    def clients(self, sender: str, user_id: str | None = None) -> int:
        return len(self.register.candidates(sender, user_id))

    def imports(self, text: str) -> None:
        self.register.import_file(parse(text.encode(), "TN"))

    def live(self, person: Correspondent) -> set[str]:
        table = Identifier
        query = table.select().where(table.correspondent == person, table.ended_at.is_null())
        return {row.value for row in query}


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        yield Firm(store, clock, People(store, clock), Register(store, clock))


def test_who_writes_again_is_the_same_person(firm: Firm) -> None:
    first = firm.hears(N1, U1)

    assert firm.hears(N1, U1) == first
    assert firm.hears(N1) == first
    assert firm.hears(U1, U1) == first
    assert Correspondent.select().count() == 1
    assert not firm.withheld(first)


def test_the_history_of_identifiers_says_when_each_was_seen(firm: Firm) -> None:
    person = firm.hears(N1, U1, parent="TN.ENT.5")
    first = firm.clock.now()
    firm.hears(N1)

    seen = {row.kind: row for row in Identifier.select()}

    assert {kind: row.value for kind, row in seen.items()} == {
        "wa_id": N1,
        "user_id": U1,
        "parent_user_id": "TN.ENT.5",
    }
    assert seen["wa_id"].first_seen_at == first
    assert seen["wa_id"].last_seen_at == firm.clock.now()
    assert seen["user_id"].last_seen_at == first
    assert {row.correspondent_id for row in seen.values()} == {person.id}


def test_a_user_id_that_shows_its_number_at_last_is_the_same_person(firm: Firm) -> None:
    person = firm.hears(U1, U1)

    assert firm.hears(N1, U1) == person
    assert firm.hears(N1) == person
    assert not firm.withheld(person)


def test_another_form_of_a_number_finds_its_owner_and_rewrites_nothing(firm: Firm) -> None:
    person = firm.hears("+5511988887777")

    assert firm.hears("+551188887777") == person
    assert firm.live(person) == {"+5511988887777", "+551188887777"}
    assert not firm.withheld(person)


def test_a_parent_id_finds_the_only_person_who_has_it(firm: Firm) -> None:
    person = firm.hears(U1, U1, parent="TN.ENT.5")

    found = firm.hears(U2, U2, parent="TN.ENT.5")

    assert found == person
    assert firm.withheld(person)


def test_a_parent_id_of_two_people_names_neither(firm: Firm) -> None:
    firm.hears(N1, U1, parent="TN.ENT.5")
    firm.hears(N2, U2, parent="TN.ENT.5")

    person = firm.hears(U9, U9, parent="TN.ENT.5")

    assert Correspondent.select().count() == 3
    assert not firm.withheld(person)


def test_a_number_and_a_user_id_of_two_people_go_by_the_number_and_are_flagged(firm: Firm) -> None:
    amel, karim = firm.hears(N1, U1), firm.hears(U2, U2)

    assert firm.hears(N1, U2) == amel
    assert firm.hears(N1, U2) == amel

    (event,) = firm.people.open_events()
    assert (event.kind, event.old_value, event.new_value) == ("conflict", N1, U2)
    assert (event.correspondent_id, event.other_id) == (amel.id, karim.id)
    assert firm.withheld(amel)
    assert firm.withheld(karim)
    assert firm.live(amel) == {N1, U1}
    assert firm.live(karim) == {U2}


def test_two_people_who_are_confirmed_to_be_one_have_all_their_names(firm: Firm) -> None:
    amel = firm.hears(N1)
    firm.hears(U2, U2)
    firm.hears(N1, U2)
    (event,) = firm.people.open_events()

    assert firm.people.confirm(event.id, "Nour")
    assert not firm.people.confirm(event.id, "Nour")
    assert firm.hears(U2, U2) == amel
    assert firm.hears(N1, U2) == amel
    assert firm.people.open_events() == []
    assert not firm.withheld(amel)


def test_two_people_who_are_not_one_leave_the_number_to_whoever_has_the_user_id(
    firm: Firm,
) -> None:
    amel, karim = firm.hears(N1, U1), firm.hears(U2, U2)
    firm.hears(N1, U2)
    (event,) = firm.people.open_events()

    assert firm.people.reject(event.id, "Nour")
    assert firm.hears(N1, U2) == karim
    assert firm.hears(U1, U1) == amel
    assert firm.people.open_events() == []
    assert not firm.withheld(karim)


def test_a_changed_number_is_the_same_person_of_whom_nothing_is_disclosed(firm: Firm) -> None:
    amel = firm.hears(N1, U1)

    firm.told(old_number=N1, new_number=N2, old_user_id=U1, new_user_id=U2)

    assert firm.hears(N2, U2) == amel
    assert firm.withheld(amel)
    assert firm.live(amel) == {N2, U2}
    (event,) = firm.people.open_events()
    assert (event.old_value, event.new_value, event.wamid) == (N1, N2, "wamid.s")


def test_the_same_system_message_twice_changes_nothing_twice(firm: Firm) -> None:
    amel = firm.hears(N1, U1)
    firm.told(old_number=N1, new_number=N2)
    (event,) = firm.people.open_events()
    firm.people.confirm(event.id, "Nour")

    assert firm.told(old_number=N1, new_number=N2) == amel
    assert not firm.withheld(amel)
    assert firm.people.open_events() == []


def test_a_user_id_that_changed_without_a_number_is_the_same_person(firm: Firm) -> None:
    amel = firm.hears(U1, U1)

    firm.told(kind=EventKind.USER_ID_CHANGED, old_user_id=U1, new_user_id=U2)

    assert firm.hears(U2, U2) == amel
    assert firm.withheld(amel)


def test_a_phone_in_other_hands_is_withheld_though_nothing_else_changed(firm: Firm) -> None:
    amel = firm.hears(N1, U1)

    firm.told(kind=EventKind.IDENTITY_CHANGED, old_number=N1)

    assert firm.withheld(amel)
    assert firm.live(amel) == {N1, U1}


def test_a_recycled_sim_is_a_new_person(firm: Firm) -> None:
    amel = firm.hears(N1, U1)
    firm.told(old_number=N1, new_number=N2, old_user_id=U1, new_user_id=U2)

    stranger = firm.hears(N1, U9)

    assert stranger != amel
    assert firm.hears(N1, U9) == stranger
    assert not firm.withheld(stranger)


def test_what_was_sent_before_the_change_is_still_the_persons_own(firm: Firm) -> None:
    amel = firm.hears(N1, U1)
    sent_at = firm.clock.now()
    firm.told(old_number=N1, new_number=N2, old_user_id=U1, new_user_id=U2)

    late = firm.store.write(lambda: firm.people.correspondent_of(N1, U1, None, None, sent_at))

    assert late == amel
    assert firm.live(amel) == {N2, U2}


def test_a_known_number_with_another_user_id_is_withheld(firm: Firm) -> None:
    amel = firm.hears(N1, U1)

    assert firm.hears(N1, U9) == amel
    assert firm.hears(N1, U9) == amel
    (event,) = firm.people.open_events()
    assert (event.kind, event.old_value, event.new_value) == ("other_user_id", U1, U9)
    assert firm.withheld(amel)


def test_a_known_user_id_from_another_number_is_withheld(firm: Firm) -> None:
    amel = firm.hears(N1, U1)

    assert firm.hears(N2, U1) == amel
    (event,) = firm.people.open_events()
    assert (event.kind, event.old_value, event.new_value) == ("other_number", N1, N2)
    assert firm.withheld(amel)


def test_once_confirmed_the_person_is_answered_again(firm: Firm) -> None:
    amel = firm.hears(N1, U1)
    firm.told(old_number=N1, new_number=N2)
    firm.hears(N2, U2)
    (event,) = firm.people.open_events()

    assert firm.people.confirm(event.id, "Nour")
    assert not firm.withheld(amel)
    assert firm.hears(N2, U2) == amel
    settled = models.IdentityEvent.get_by_id(event.id)
    assert (settled.settled_by, settled.verdict) == ("Nour", "confirmed")


def test_a_rejected_change_makes_a_new_person_of_all_that_came_with_it(firm: Firm) -> None:
    amel = firm.hears(N1, U1)
    firm.told(old_number=N1, new_number=N2)
    firm.hears(N2, U2)
    (event,) = firm.people.open_events()

    assert firm.people.reject(event.id, "Nour")
    assert not firm.people.reject(event.id, "Nour")
    stranger = firm.hears(N2, U2)
    assert stranger != amel
    assert firm.live(stranger) == {N2, U2}
    assert firm.live(amel) == {N1, U1}
    assert firm.hears(N1, U1) == amel
    assert not firm.withheld(amel)
    assert firm.people.open_events() == []


def test_a_rejected_user_id_takes_the_number_along(firm: Firm) -> None:
    amel = firm.hears(N1, U1)
    firm.hears(N1, U9)
    (event,) = firm.people.open_events()

    firm.people.reject(event.id, "Nour")

    stranger = firm.hears(N1, U9)
    assert stranger != amel
    assert firm.hears(U1, U1) == amel
    assert firm.people.open_events() == []


def test_a_rejected_identity_leaves_the_phone_to_a_new_person(firm: Firm) -> None:
    amel = firm.hears(N1, U1)
    firm.told(kind=EventKind.IDENTITY_CHANGED, old_number=N1)
    (event,) = firm.people.open_events()

    firm.people.reject(event.id, "Nour")

    assert firm.hears(N1, U1) != amel
    assert firm.people.open_events() == []


def test_who_wrote_before_the_news_came_is_joined_only_by_a_person(firm: Firm) -> None:
    amel = firm.hears(N1, U1)
    early = firm.hears(N2, U2)

    firm.told(old_number=N1, new_number=N2, new_user_id=U2)

    assert firm.hears(N2, U2) == early
    assert firm.withheld(amel)
    assert firm.withheld(early)
    (event,) = firm.people.open_events()
    firm.people.confirm(event.id, "Nour")
    assert firm.hears(N2, U2) == amel


def test_two_open_questions_are_both_to_be_settled(firm: Firm) -> None:
    amel = firm.hears(N1, U1)
    firm.told("wamid.a", old_number=N1, new_number=N2)
    firm.told("wamid.b", kind=EventKind.IDENTITY_CHANGED, old_number=N2)
    first, second = firm.people.open_events()

    firm.people.confirm(first.id, "Nour")
    assert firm.withheld(amel)
    firm.people.confirm(second.id, "Nour")
    assert not firm.withheld(amel)


CLIENT = f"client;phone;dossier;title\nAmel;{N1};2026-1;Bail\n"


def test_a_client_is_found_by_another_form_of_the_number(firm: Firm) -> None:
    firm.imports("client;phone\nJoão;+55 11 98888-7777\nMarta;+52 55 1234 5678\n")

    assert firm.clients("+551188887777") == 1
    assert firm.clients("+5215512345678") == 1
    assert firm.clients("+551138887777") == 0


def test_the_new_owner_of_a_former_number_is_no_client(firm: Firm) -> None:
    firm.imports(CLIENT)
    firm.hears(N1, U1)
    firm.clock.pass_(HOUR)
    firm.told(old_number=N1, new_number=N2, old_user_id=U1, new_user_id=U2)
    firm.hears(N1, U9)

    assert firm.clients(N1, U9) == 0
    assert firm.clients(N1) == 0


def test_a_number_that_the_firm_enters_for_its_new_owner_counts(firm: Firm) -> None:
    firm.imports(CLIENT)
    firm.told(old_number=N1, new_number=N2)
    firm.clock.pass_(HOUR)
    firm.imports(f"client;phone\nSonia;{N1}\n")

    (found,) = firm.register.candidates(N1, None)
    assert models.Client.get_by_id(found.client_id).name == "Sonia"


def test_a_change_of_number_names_the_client_only_once_it_is_confirmed(firm: Firm) -> None:
    firm.imports(CLIENT)
    firm.told(old_number=N1, new_number=N2, new_user_id=U2)
    assert firm.clients(N2, U2) == 0
    (event,) = firm.people.open_events()

    firm.people.confirm(event.id, "Nour")

    assert firm.clients(N2, U2) == 1
    assert firm.clients(U2, U2) == 1


def test_a_rejected_change_never_names_the_client(firm: Firm) -> None:
    firm.imports(CLIENT)
    firm.hears(N1, U1)
    firm.told(old_number=N1, new_number=N2, new_user_id=U2)
    (event,) = firm.people.open_events()

    firm.people.reject(event.id, "Nour")

    assert firm.clients(N2, U2) == 0
    assert firm.clients(N1, U1) == 1


def test_a_client_whose_number_is_withheld_is_found_by_the_user_id(firm: Firm) -> None:
    firm.imports(CLIENT)
    firm.hears(N1, U1)

    assert firm.clients(U1, U1) == 1


def test_the_window_follows_the_last_message_never_back_and_never_ahead(firm: Firm) -> None:
    now = firm.clock.now()

    def hear(sent_at: object) -> Correspondent:
        return firm.store.write(
            lambda: firm.people.correspondent_of(N1, U1, None, None, sent_at)  # type: ignore[arg-type]
        )

    assert hear(None).last_wrote_at is None
    assert hear(now - HOUR).last_wrote_at == now - HOUR
    assert hear(now - 5 * HOUR).last_wrote_at == now - HOUR
    assert hear(now + 5 * HOUR).last_wrote_at == now


def test_the_latest_profile_name_is_kept(firm: Firm) -> None:
    firm.hears(N1, U1, "Amel")
    firm.hears(N1, U1, "Amel B.")
    old = firm.clock.now() - HOUR

    person = firm.store.write(lambda: firm.people.correspondent_of(N1, U1, None, "Meriem", old))

    assert person.profile_name == "Amel B."


def test_who_wants_nothing_automatic_is_remembered_until_they_want_it(firm: Firm) -> None:
    amel, now = firm.hears(N1), firm.clock.now()

    firm.store.write(lambda: firm.people.opt_out(amel, now))
    assert truths.is_opted_out(firm.again(amel))
    firm.store.write(lambda: firm.people.opt_in(amel, now - HOUR))
    assert truths.is_opted_out(firm.again(amel))
    firm.store.write(lambda: firm.people.opt_in(amel, now + HOUR))
    assert not truths.is_opted_out(firm.again(amel))


def test_a_user_id_without_a_number_is_asked_once_in_thirty_days(firm: Firm) -> None:
    person = firm.hears(U1, U1)
    assert firm.people.needs_number(person)

    firm.store.write(lambda: firm.people.asked_number(person, firm.clock.now()))

    firm.clock.pass_(timedelta(days=29))
    assert not firm.people.needs_number(person)
    firm.clock.pass_(timedelta(days=2))
    assert firm.people.needs_number(person)


def test_whose_number_we_have_is_not_asked(firm: Firm) -> None:
    assert not firm.people.needs_number(firm.hears(N1, U1))
    assert not firm.people.needs_number(firm.hears("BSUID_123", "BSUID_123"))
    assert not firm.people.needs_number(firm.hears("", None))


def test_a_number_that_its_owner_shares_is_theirs(firm: Firm) -> None:
    firm.imports(CLIENT)
    person = firm.hears(U1, U1)
    assert firm.clients(U1, U1) == 0

    firm.store.write(lambda: firm.people.link_own_number(person, N1, firm.clock.now()))

    assert firm.people.numbers_of(person) == [N1]
    assert firm.clients(U1, U1) == 1
    assert firm.hears(N1, U1) == person
    assert not firm.withheld(person)


def test_a_shared_number_that_is_somebody_elses_is_flagged(firm: Firm) -> None:
    amel, person = firm.hears(N1, U1), firm.hears(U2, U2)

    firm.store.write(lambda: firm.people.link_own_number(person, N1, firm.clock.now()))

    assert firm.people.numbers_of(person) == []
    assert firm.withheld(amel)
    assert firm.withheld(person)


def test_those_whom_nothing_names_do_not_pile_up(firm: Firm) -> None:
    assert firm.hears("", None) == firm.hears("", None)


OPPONENTS = "client;dossier;adversaire\nAmel;2026-1;Société Zéphyr +216 22 333 444|Ali Ben Salah\n"


@pytest.mark.parametrize(
    ("sender", "name", "dossiers"),
    [
        (N2, None, 1),
        (N3, "ALI BEN SALAH", 1),
        (N3, "Ben-Salah  Ali", 1),
        (N3, "societe zephyr", 1),
        (N3, "Ali", 0),
        (N3, None, 0),
        (N3, "", 0),
        (N3, "!!!", 0),
    ],
)
def test_an_opponent_is_known_by_number_or_name(
    firm: Firm, sender: str, name: str | None, dossiers: int
) -> None:
    firm.imports(OPPONENTS)

    assert len(firm.register.opposes(sender, None, name)) == dossiers


def test_an_opponent_whose_number_is_withheld_is_known_by_an_earlier_message(firm: Firm) -> None:
    firm.imports(OPPONENTS)
    firm.hears(N2, U2)

    assert firm.register.opposes(U2, U2, None) != []


def test_the_same_list_again_adds_no_opponent(firm: Firm) -> None:
    firm.imports(OPPONENTS)
    changes = firm.register.import_file(parse(OPPONENTS.encode(), "TN"))

    assert [change.verdict for change in changes] == ["unchanged"]
    assert models.Party.select().count() == 2


def test_a_party_can_be_added_by_itself_to_a_dossier_that_exists(firm: Firm) -> None:
    firm.imports(CLIENT)

    assert firm.register.add_party("2026-1", "opponent", "Ali Ben Salah")
    assert not firm.register.add_party("2026-1", "opponent", "ALI BEN SALAH")
    assert firm.register.add_party("2026-1", "opponent", "Ali Ben Salah", N3)
    with pytest.raises(Exception, match="there is no dossier 2026-9"):
        firm.register.add_party("2026-9", "opponent", "Ali")


def message(wamid: str, sender: str, document: models.Document | None = None) -> models.Message:
    return rows.insert(
        models.Message,
        wamid=wamid,
        sender=sender,
        type="text",
        raw=json.dumps({}),
        received_at=Hands().now(),
        document=document,
    )


def test_only_its_sender_edits_or_takes_back_a_message(firm: Firm, tmp_path: Path) -> None:
    inbox = Inbox(firm.store, Jobs(open_queue("sqlite:", tmp_path), 1, Traffic()), firm.clock)
    target = firm.store.write(lambda: message("wamid.1", N1))
    own = firm.store.write(lambda: message("wamid.2", N1))
    foreign = firm.store.write(lambda: message("wamid.3", N2))

    def amends(by: models.Message, amendment: Edit | Revoke) -> bool:
        return firm.store.write(lambda: inbox.apply_amendment(by, amendment))

    assert not amends(foreign, Revoke("wamid.1"))
    assert not amends(own, Revoke("wamid.unknown"))
    assert amends(own, Edit("wamid.1", "corrected"))
    edited = models.Message.get_by_id(target.id)
    assert edited.edited_at is not None
    assert edited.revoked_at is None
    assert amends(own, Revoke("wamid.1"))
    assert models.Message.get_by_id(target.id).revoked_at is not None
