"""Who may sign in, and who did what."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.errors import PermanentError
from appliance.firm.sign_in import FREE_TRIES_OF_ORIGIN, SignInRefusedError, in_seconds
from appliance.firm.throttle import LONGEST_WAIT, REMEMBERED, Throttle, wait_after
from appliance.firm.users import Users
from appliance.store.database import Store
from appliance.store.models import AuditEntry, Session, User
from tests.support import Hands

PASSWORD = "un mot de passe long"
PC = "192.168.1.20"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def store(tmp_path: Path, clock: Hands) -> Iterator[Store]:
    with closing(Store.open(tmp_path, clock)) as store:
        yield store


@pytest.fixture
def users(store: Store, clock: Hands) -> Users:
    users = Users(store, clock, session_hours=12)
    users.add("Nour", "assistant", "nour@cabinet.example", PASSWORD)
    return users


def refused(users: Users, name: str = "Nour", origin: str = PC) -> SignInRefusedError:
    with pytest.raises(SignInRefusedError) as caught:
        users.sign_in(name, "not the password", origin)
    return caught.value


def actions() -> list[tuple[str, str]]:
    return [(row.actor, row.action) for row in AuditEntry.select().order_by(AuditEntry.id)]


def test_who_knows_the_password_is_signed_in(users: Users) -> None:
    found = users.session(users.sign_in("Nour", PASSWORD, PC))

    assert found is not None
    assert (found.name, found.role) == ("Nour", "assistant")


@pytest.mark.parametrize("name", ["NOUR", " nour ", "Nour "])
def test_a_name_is_known_however_it_is_typed(users: Users, name: str) -> None:
    assert users.session(users.sign_in(name, PASSWORD, PC))


def test_an_accent_is_the_same_on_every_keyboard(users: Users) -> None:
    users.add("Leïla", "avocat", None, "clé très secrète")

    assert users.sign_in("Lei\u0308la", "cle\u0301 tre\u0300s secre\u0300te", PC)


@pytest.mark.parametrize(
    ("name", "role", "email", "password", "sentence"),
    [
        ("nour", "admin", None, PASSWORD, "exists already"),
        ("  ", "admin", None, PASSWORD, "needs a name"),
        ("Ali", "chief", None, PASSWORD, "no role is called chief"),
        ("Ali", "admin", None, "only 11 car", "at least 12 characters"),
        ("Ali", "admin", "ali at cabinet", PASSWORD, "not an e-mail address"),
        ("Ali", "admin", "a@b.tn\nBcc: c@d.tn", PASSWORD, "not an e-mail address"),
    ],
)
def test_a_user_that_cannot_be_is_refused_in_a_sentence(
    users: Users, name: str, role: str, email: str | None, password: str, sentence: str
) -> None:
    with pytest.raises(PermanentError, match=sentence):
        users.add(name, role, email, password)

    assert [user.name for user in users.everybody()] == ["Nour"]


def test_the_database_holds_neither_password_nor_token(
    users: Users, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = users.sign_in("Nour", PASSWORD, PC)
    refused(users)
    users.set_password("Nour", PASSWORD + "!")
    store.close()

    kept = b"".join(path.read_bytes() for path in store.path.parent.glob("greffier.db*"))
    assert PASSWORD.encode() not in kept
    assert token.encode() not in kept
    assert PASSWORD not in caplog.text
    assert token not in caplog.text


def test_wrong_name_and_wrong_password_read_the_same(users: Users) -> None:
    assert refused(users).reason == refused(users, "Personne").reason


def test_after_five_failures_each_next_try_waits_twice_as_long(users: Users, clock: Hands) -> None:
    waits = []
    for _ in range(4):
        refused(users)
    for _ in range(3):
        assert refused(users).wait == timedelta()
        waits.append(in_seconds(refused(users).wait))
        clock.pass_(timedelta(seconds=waits[-1]))

    assert waits == [1, 2, 4]


def test_the_right_password_must_wait_too_and_then_opens(users: Users, clock: Hands) -> None:
    for _ in range(5):
        refused(users)

    with pytest.raises(SignInRefusedError, match="too many tries: wait 1 s"):
        users.sign_in("Nour", PASSWORD, PC)
    clock.pass_(timedelta(seconds=1))
    assert users.sign_in("Nour", PASSWORD, PC)
    assert User.get(User.name == "Nour").failures == 0


def test_waiting_betrays_no_name(users: Users) -> None:
    known = [refused(users, "Nour").wait for _ in range(6)]
    unknown = [refused(users, "Personne").wait for _ in range(6)]

    assert known == unknown
    assert known[-1] > timedelta()


def test_an_account_attacked_for_days_still_opens(users: Users, store: Store, clock: Hands) -> None:
    store.write(User.update(failures=100_000).execute)

    assert refused(users).wait == timedelta()
    assert refused(users).wait == LONGEST_WAIT
    clock.pass_(LONGEST_WAIT)
    assert users.sign_in("Nour", PASSWORD, PC)


def test_one_address_that_tries_many_names_waits(users: Users, clock: Hands) -> None:
    for number in range(FREE_TRIES_OF_ORIGIN):
        assert refused(users, f"name {number}").wait == timedelta()

    assert refused(users, "one more").wait == timedelta(seconds=1)
    assert users.sign_in("Nour", PASSWORD, "192.168.1.21")
    clock.pass_(timedelta(hours=1))
    assert users.sign_in("Nour", PASSWORD, PC)


def test_a_flood_of_names_does_not_fill_the_memory(clock: Hands) -> None:
    throttle = Throttle(free=5)
    for number in range(REMEMBERED + 10):
        throttle.failed(str(number), clock.now())

    assert len(throttle._failures) == REMEMBERED


def test_an_hour_without_failures_is_forgiven(clock: Hands) -> None:
    throttle = Throttle(free=2)
    throttle.failed("pc", clock.now())
    clock.pass_(timedelta(hours=1))
    throttle.failed("pc", clock.now())

    assert throttle.wait("pc", clock.now()) == timedelta()


def test_waiting_doubles_up_to_a_quarter_of_an_hour() -> None:
    waits = [in_seconds(wait_after(failures, 5)) for failures in (0, 4, 5, 6, 14, 15, 10**9)]

    assert waits == [0, 0, 1, 2, 512, 900, 900]


def test_many_sign_ins_at_once_all_succeed(users: Users) -> None:
    tokens: list[str] = []
    threads = [
        threading.Thread(target=lambda: tokens.append(users.sign_in("Nour", PASSWORD, PC)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(tokens)) == 6
    assert all(users.session(token) for token in tokens)


def test_a_session_ends_after_its_hours_however_busy(users: Users, clock: Hands) -> None:
    token = users.sign_in("Nour", PASSWORD, PC)
    for _ in range(23):
        clock.pass_(timedelta(minutes=30))
        assert users.session(token)
    clock.pass_(timedelta(minutes=30))

    assert users.session(token) is None


def test_a_session_that_nobody_uses_for_an_hour_ends(users: Users, clock: Hands) -> None:
    token = users.sign_in("Nour", PASSWORD, PC)
    clock.pass_(timedelta(minutes=59))
    assert users.session(token)
    clock.pass_(timedelta(minutes=60))

    assert users.session(token) is None


def test_a_page_that_renews_itself_keeps_no_session_awake(users: Users, clock: Hands) -> None:
    token = users.sign_in("Nour", PASSWORD, PC)
    for _ in range(6):
        clock.pass_(timedelta(minutes=10))
        found = users.session(token, is_use=False)

    assert found is None


def test_a_use_is_written_once_a_minute_at_most(users: Users, clock: Hands) -> None:
    started = clock.now()
    token = users.sign_in("Nour", PASSWORD, PC)
    clock.pass_(timedelta(seconds=59))
    users.session(token)
    assert Session.get().seen_at == started
    clock.pass_(timedelta(seconds=1))
    users.session(token)

    assert Session.get().seen_at == clock.now()


def test_signing_out_ends_this_session_only(users: Users) -> None:
    here, there = (users.sign_in("Nour", PASSWORD, PC) for _ in range(2))
    users.sign_out(here)

    assert users.session(here) is None
    assert users.session(there)


def test_a_new_password_ends_every_session_and_unlocks(users: Users) -> None:
    token = users.sign_in("Nour", PASSWORD, PC)
    for _ in range(5):
        refused(users)
    users.set_password("nour", "another long password")

    assert users.session(token) is None
    assert users.sign_in("Nour", "another long password", PC)
    with pytest.raises(SignInRefusedError):
        users.sign_in("Nour", PASSWORD, PC)


def test_who_is_disabled_is_out_at_once_and_unknown(users: Users) -> None:
    token = users.sign_in("Nour", PASSWORD, PC)
    users.disable("Nour")

    assert users.session(token) is None
    with pytest.raises(SignInRefusedError, match="wrong name or password"):
        users.sign_in("Nour", PASSWORD, PC)
    assert users.addresses("assistant") == []
    assert users.address_of("Nour") is None
    with pytest.raises(PermanentError, match="disabled"):
        users.add("Nour", "admin", None, PASSWORD)


def test_nobody_can_be_changed_who_does_not_exist(users: Users) -> None:
    for change in (users.disable, lambda name: users.set_password(name, PASSWORD)):
        with pytest.raises(PermanentError, match="nobody is called Ali"):
            change("Ali")


@pytest.mark.parametrize("token", ["", "x", "\udcff", "é" * 5000])
def test_a_token_that_was_never_given_opens_nothing(users: Users, token: str) -> None:
    assert users.session(token) is None


def test_what_happened_is_in_the_audit_log_without_the_name_tried(users: Users) -> None:
    users.sign_in("Nour", PASSWORD, PC)
    refused(users)
    refused(users, "my password by mistake")
    users.note("Nour", "message tried again", "7")

    assert actions() == [
        ("greffier", "user added"),
        ("Nour", "signed in"),
        ("Nour", "sign-in refused"),
        ("?", "sign-in refused"),
        ("Nour", "message tried again"),
    ]
    assert not AuditEntry.select().where(AuditEntry.detail.contains("mistake")).exists()


def test_a_dossiers_lawyer_is_a_name_or_an_address(users: Users) -> None:
    users.add("Me Salma Trabelsi", "avocat", "salma@cabinet.example", PASSWORD)
    users.add("Me Sami", "avocat", None, PASSWORD)

    assert users.address_of("me salma  TRABELSI") == "salma@cabinet.example"
    assert users.address_of("associe@cabinet.example") == "associe@cabinet.example"
    assert [users.address_of(other) for other in (None, "", "Me Sami", "Me X")] == [None] * 4
    assert users.addresses("avocat") == ["salma@cabinet.example"]


def test_a_restart_does_not_forgive_a_name_that_was_attacked(
    users: Users, store: Store, clock: Hands
) -> None:
    for _ in range(10):
        refused(users)
        clock.pass_(LONGEST_WAIT)
    refused(users)
    restarted = Users(store, clock, session_hours=12)

    with pytest.raises(SignInRefusedError, match="too many tries"):
        restarted.sign_in("Nour", PASSWORD, PC)


def test_signing_in_is_known_and_signing_out_is_written_down(users: Users, clock: Hands) -> None:
    token = users.sign_in("Nour", PASSWORD, PC)
    assert User.get().signed_in_at == clock.now()
    users.sign_out(token)
    users.sign_out(token)

    assert actions()[-2:] == [("Nour", "signed in"), ("Nour", "signed out")]
