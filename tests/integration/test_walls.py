"""A wall holds: whoever merely sees a dossier cannot make it theirs and shut out whose it was, and
nobody draws what comes from a walled client to a client whom they see."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from appliance.config import Dashboard
from appliance.dashboard.cabinet_board import CabinetBoard
from appliance.dashboard.door import dashboard_door
from appliance.firm.access import AccessBook
from appliance.firm.claims import may_be
from appliance.firm.recipients import recipients
from appliance.firm.users import Users
from appliance.outbox.addressees import addressees
from appliance.store import models, rows
from appliance.store.models.access import Access
from tests.integration.archive import Archive
from tests.integration.conftest import a_desk
from tests.integration.reading import plain_words as words
from tests.integration.reading import press, token_of

PASSWORD = "un mot de passe long"
SALMA, AMINE, NOUR = "Salma Trabelsi", "Amine Zouari", "Nour"
NOT_YOURS = "Only the lawyer of this dossier decides who sees it: nothing was done."


class House:
    """The dashboard over a real archive: two lawyers, an assistant. Dossier 2026-7 is Salma's."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.users = Users(archive.store, archive.clock, 12)
        self.book = AccessBook(archive.store, archive.clock, self.users.audit)
        for name, role in ((SALMA, "avocat"), (AMINE, "avocat"), (NOUR, "assistant")):
            self.users.add(name, role, None, PASSWORD)
        office = a_desk(
            archive.store,
            archive.clock,
            users=self.users,
            cabinet=CabinetBoard(archive.filing, lambda _: None),
            access=self.book,
        )
        self.app = dashboard_door(office, Dashboard(), b"k" * 32)
        hers = models.Dossier.update(lawyer=SALMA, access=Access.SHARED.value)
        archive.store.write(hers.where(models.Dossier.id == self.dossier.id).execute)

    @property
    def dossier(self) -> models.Dossier:
        return self.archive.dossier("2026-7")

    def browser(self, name: str) -> FlaskClient:
        browser: FlaskClient = self.app.test_client()
        form = {"name": name, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
        assert browser.post("/login", data=form).status_code == 302
        return browser

    def sees(self, name: str) -> bool:
        user = models.User.get(models.User.name == name)
        return self.book.scope_of(user).sees_dossier(self.dossier.id)

    def acts(self, action: str) -> list[models.AuditEntry]:
        table = models.AuditEntry
        return list(table.select().where(table.action == action).order_by(table.id))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Archive.opened(tmp_path) as archive:
        yield House(archive)


def user_id(name: str) -> int:
    return int(models.User.get(models.User.name == name).id)


# Whose a dossier is, and who says who sees it.


def test_whoever_merely_sees_a_shared_dossier_says_nothing_of_who_sees_it(house: House) -> None:
    amine, path = house.browser(AMINE), f"/dossiers/{house.dossier.id}"
    assert NOT_YOURS in press(amine, f"{path}/access", access="walled")
    assert NOT_YOURS in press(amine, f"{path}/people", person=user_id(SALMA), how="out")
    assert house.dossier.access == Access.SHARED
    assert house.sees(SALMA)
    page = amine.get(f"{path}/parties").text
    assert "Only the lawyer of this dossier decides who sees it." in page
    assert 'name="access"' not in page
    assert 'name="access"' in house.browser(SALMA).get(f"{path}/parties").text


def by_the_board(house: House, browser: FlaskClient) -> None:
    press(browser, "/board", dossier=house.dossier.id, lawyer=user_id(AMINE))


def by_its_form(house: House, browser: FlaskClient) -> None:
    press(browser, f"/dossiers/{house.dossier.id}/edit", lawyer=AMINE)


def by_nobody(house: House, browser: FlaskClient) -> None:
    press(browser, "/board", dossier=house.dossier.id, lawyer="-")
    press(browser, "/board", dossier=house.dossier.id, lawyer=user_id(AMINE))


def by_a_list(house: House, browser: FlaskClient, *lawyers: str) -> str:
    """A line for each of them, the last counts; where the list is shown."""
    lines = (f"{house.dossier.client.name};2026-7;{name}\n" for name in lawyers or [AMINE])
    text = "client;dossier;avocat\n" + "".join(lines)
    shown = browser.post(
        "/import",
        data={
            "csrf_token": token_of(browser, "/import"),
            "file": (io.BytesIO(text.encode()), "a.csv"),
        },
    )
    press(browser, f"{shown.location}/confirm")
    return str(shown.location)


Road = Callable[[House, FlaskClient], object]
ROADS: tuple[Road, ...] = (by_the_board, by_its_form, by_nobody, by_a_list)


@pytest.mark.parametrize("take", ROADS)
def test_from_whom_a_dossier_is_taken_keeps_seeing_it(house: House, take: Road) -> None:
    amine, path = house.browser(AMINE), f"/dossiers/{house.dossier.id}"
    take(house, amine)
    assert house.dossier.lawyer == AMINE
    press(amine, f"{path}/access", access="walled")
    assert house.sees(SALMA)
    for how in ("out", "neither"):
        said = press(amine, f"{path}/people", person=user_id(SALMA), how=how)
        assert "taken over from" in said
        assert house.sees(SALMA), how
    assert "was its lawyer" in words(amine.get(f"{path}/parties").text)
    assert not house.sees(NOUR)
    [entry] = house.acts("dossier taken over")
    assert (entry.actor, entry.subject) == (AMINE, f"dossier:{house.dossier.id}")
    assert "Taken over from its lawyer" in words(house.browser(SALMA).get(f"{path}/history").text)


def test_whoever_gives_their_own_dossier_away_is_out_of_it(house: House) -> None:
    salma, amine = house.browser(SALMA), house.browser(AMINE)
    press(salma, "/board", dossier=house.dossier.id, lawyer=user_id(AMINE))
    press(amine, f"/dossiers/{house.dossier.id}/access", access="walled")
    assert not house.sees(SALMA)
    assert house.acts("dossier taken over") == []


def test_whoever_takes_back_a_list_takes_the_dossier_from_whom_it_was_given_to(
    house: House,
) -> None:
    """A list of last month gave it to Salma: taken back, it is Amine's, and she still sees it."""
    salma, amine = house.browser(SALMA), house.browser(AMINE)
    press(salma, "/board", dossier=house.dossier.id, lawyer=user_id(AMINE))
    given = by_a_list(house, amine, SALMA)
    assert house.dossier.lawyer == SALMA
    press(amine, f"{given}/undo")
    assert house.dossier.lawyer == AMINE
    press(amine, f"/dossiers/{house.dossier.id}/access", access="walled")
    assert house.sees(SALMA)


def test_a_list_that_took_it_and_is_taken_back_leaves_no_door_open(house: House) -> None:
    salma, amine = house.browser(SALMA), house.browser(AMINE)
    press(amine, f"{by_a_list(house, amine)}/undo")
    assert house.dossier.lawyer == SALMA
    press(salma, f"/dossiers/{house.dossier.id}/access", access="walled")
    assert not house.sees(AMINE)
    press(salma, "/board", dossier=house.dossier.id, lawyer=user_id(AMINE))
    assert not house.sees(SALMA), "she gave it away herself"


def test_a_list_in_two_minds_lets_nobody_in_who_never_had_it(house: House) -> None:
    amine, path = house.browser(AMINE), f"/dossiers/{house.dossier.id}"
    house.users.add("Hédi Karoui", "avocat", None, PASSWORD)
    by_a_list(house, amine, "Hédi Karoui", AMINE)
    press(amine, f"{path}/access", access="walled")
    assert house.sees(SALMA)
    assert not house.sees("Hédi Karoui")


def test_what_was_taken_back_is_theirs_alone_again(house: House) -> None:
    """Nor does whoever took it keep a door open by having had it."""
    salma, amine = house.browser(SALMA), house.browser(AMINE)
    by_the_board(house, amine)
    press(amine, f"/dossiers/{house.dossier.id}/access", access="walled")
    press(salma, "/board", dossier=house.dossier.id, lawyer=user_id(SALMA))
    assert not house.sees(AMINE)
    press(salma, "/board", dossier=house.dossier.id, lawyer=user_id(AMINE))
    assert not house.sees(SALMA), "given away"


def test_a_dossier_whose_lawyer_does_not_sign_in_is_walled_by_whoever_sees_it(house: House) -> None:
    amine = house.browser(AMINE)
    house.users.disable(SALMA, "Admin")
    press(amine, f"/dossiers/{house.dossier.id}/access", access="usual")
    assert house.dossier.access == Access.USUAL


# Numbers. Ben Youssef is behind a wall of Salma's; Amine sees Gharbi.

WALLED, OPEN = "Ben Youssef", "Gharbi"
NUMBER = "+21620000001"


@pytest.fixture
def walled(house: House) -> House:
    table = models.Dossier
    hidden = table.update(lawyer=SALMA, access=Access.WALLED.value)
    house.archive.store.write(hidden.where(table.client == house.archive.client(WALLED)).execute)
    return house


def whose(house: House, number: str = NUMBER) -> list[str]:
    """The clients for whom what comes from it is filed."""
    found = [one.client_id for one in house.archive.register.candidates(number, None)]
    return [models.Client.get_by_id(one).name for one in found]


def on_the_page(house: House, browser: FlaskClient, number: str) -> str:
    path = f"/clients/{house.archive.client(OPEN).id}"
    return press(browser, f"{path}/numbers", number=number)


def with_a_new_client(house: House, browser: FlaskClient, number: str) -> str:
    return press(browser, "/clients/new", name="Nouveau", number=number)


def with_a_list(house: House, browser: FlaskClient, number: str) -> str:
    text = f"client;téléphone\n{OPEN};{number}\n"
    file = (io.BytesIO(text.encode()), "a.csv")
    form = {"csrf_token": token_of(browser, "/import"), "file": file}
    shown = browser.post("/import", data=form).location
    preview = words(browser.get(shown).text)
    return preview + press(browser, f"{shown}/confirm")


def waiting_from(house: House, number: str) -> int:
    """A document that came when nobody knew the number, and that everybody still sees."""
    return house.archive.comes(b"%PDF-1.7 " + number.encode(), "Avant.pdf", sender=number)


def while_filing(house: House, browser: FlaskClient, number: str) -> str:
    at = waiting_from(house, number)
    return press(browser, "/pending/whose", at=at, client=OPEN, sure="1")


def with_a_new_dossier(house: House, browser: FlaskClient, number: str) -> str:
    form = {"client": OPEN, "reference": f"N{number[-4:]}", "theirs": "1"}
    return press(browser, "/pending/new", at=waiting_from(house, number), **form)


GIVEN: tuple[Callable[[House, FlaskClient, str], str], ...] = (
    on_the_page,
    with_a_new_client,
    with_a_list,
    while_filing,
    with_a_new_dossier,
)


@pytest.mark.parametrize("give", GIVEN)
@pytest.mark.parametrize("who", [AMINE, NOUR])
def test_the_number_of_a_walled_client_stays_theirs(
    walled: House, give: Callable[[House, FlaskClient, str], str], who: str
) -> None:
    give(walled, walled.browser(who), NUMBER)
    assert whose(walled) == [WALLED]
    told = [entry.detail for entry in walled.acts("number added")]
    assert told == [NUMBER] or give in (with_a_new_client, with_a_list), "what was tried"


@pytest.mark.parametrize("give", GIVEN)
def test_nobody_learns_from_a_page_that_a_walled_client_has_the_number(
    walled: House, give: Callable[[House, FlaskClient, str], str]
) -> None:
    """It looks like a number that nobody has."""
    amine, free = walled.browser(AMINE), "+21620999999"
    said = give(walled, amine, NUMBER)
    client = models.Contact.select().order_by(models.Contact.id.desc()).get().client_id
    said += words(amine.get(f"/clients/{client}").text)
    for hint in (WALLED, "also of", "is also a number of", "does not count", "Somebody who"):
        assert hint not in said
    press(amine, f"/clients/{client}/numbers", number=free)
    page = amine.get(f"/clients/{client}").text
    one, other = (_line(page, number) for number in (NUMBER, free))
    assert one == other


def _line(page: str, number: str) -> str:
    """How a number stands on its client's page."""
    [line] = [each for each in re.findall(r"<li><form.*?</li>", page, re.DOTALL) if number in each]
    line = re.sub(r"number-\d+|numbers/\d+", "number", line)
    return re.sub(r'value="[^"]+"', "", line).replace(number, "")


def test_whoever_sees_the_walled_client_is_told_where_else_the_number_was_given(
    walled: House,
) -> None:
    on_the_page(walled, walled.browser(AMINE), NUMBER)
    salma = walled.browser(SALMA)
    said = words(salma.get(f"/clients/{walled.archive.client(WALLED).id}").text)
    assert "Somebody who does not see this client gave the number to another one" in said
    assert AMINE in said
    theirs = words(salma.get(f"/clients/{walled.archive.client(OPEN).id}").text)
    assert "It does not count here, until somebody who sees both clients adds it again." in theirs


def test_whoever_sees_both_clients_gives_the_number_to_both(walled: House) -> None:
    on_the_page(walled, walled.browser(AMINE), NUMBER)
    on_the_page(walled, walled.browser(SALMA), NUMBER)
    assert sorted(whose(walled)) == [WALLED, OPEN]


def test_a_number_that_nobody_has_is_theirs_to_whom_it_is_given(walled: House) -> None:
    for number, give in zip(
        ("+21620999991", "+21620999993"), (on_the_page, with_a_list), strict=True
    ):
        give(walled, walled.browser(AMINE), number)
        assert whose(walled, number) == [OPEN]


# Letters.


def written_to(house: House, document_id: int) -> list[str]:
    """Who is written to of this document."""
    document = house.archive.row(document_id)
    message = models.Message.get(models.Message.document == document)
    return addressees(recipients(house.users), message, document)


def test_a_letter_of_a_walled_client_goes_to_no_other_lawyer(walled: House) -> None:
    """Their dossiers are several, so that nobody knows which; or they are an opponent elsewhere."""
    store, archive = walled.archive.store, walled.archive
    for name in (SALMA, AMINE):
        addressed(walled, name)
    known = archive.comes(b"%PDF-1.7 a", "a.pdf", f"?{WALLED}")
    assert written_to(walled, known) == ["salma@cabinet.example"]
    doubtful = archive.comes(b"%PDF-1.7 b", "b.pdf", sender=NUMBER)
    person = store.write(lambda: rows.insert(models.Correspondent, created_at=archive.clock.now()))
    of_it = models.Message.document == doubtful
    store.write(models.Message.update(correspondent=person).where(of_it).execute)
    assert len(written_to(walled, doubtful)) == 2, "a stranger's"
    store.write(lambda: may_be(person, [archive.client(WALLED).id]))
    assert written_to(walled, doubtful) == ["salma@cabinet.example"]


def test_nobody_stands_in_for_a_lawyer_who_signs_in_and_has_no_address(walled: House) -> None:
    """Other lawyers do not see their dossiers, and a letter names client and file."""
    addressed(walled, AMINE)
    known = walled.archive.comes(b"%PDF-1.7 a", "a.pdf", f"?{WALLED}")
    assert written_to(walled, known) == []


def test_of_a_dossier_whose_lawyer_signs_in_nowhere_every_lawyer_hears_but_not_behind_a_wall(
    walled: House,
) -> None:
    addressed(walled, AMINE)
    theirs = models.Dossier.client == walled.archive.client(WALLED)
    store = walled.archive.store
    store.write(models.Dossier.update(lawyer="Me Parti").where(theirs).execute)
    known = walled.archive.comes(b"%PDF-1.7 a", "a.pdf", f"?{WALLED}")
    assert written_to(walled, known) == []

    store.write(models.Dossier.update(access="usual").where(theirs).execute)
    assert written_to(walled, known) == ["amine@cabinet.example"]


def addressed(house: House, name: str) -> None:
    """From here on they have an e-mail address."""
    address = f"{name.split(maxsplit=1)[0].lower()}@cabinet.example"
    update = models.User.update(email=address).where(models.User.name == name)
    house.archive.store.write(update.execute)


def test_no_letter_goes_to_who_has_left_by_whose_address_a_dossier_names_them(
    walled: House,
) -> None:
    """Alone they would hear of what waits from that client, and nobody who is there."""
    store, archive = walled.archive.store, walled.archive
    for name in (SALMA, AMINE):
        address = f"{name.split()[0].lower()}@cabinet.example"
        store.write(models.User.update(email=address).where(models.User.name == name).execute)
    theirs = models.Dossier.client == archive.client(WALLED)
    change = models.Dossier.update(lawyer="Salma@cabinet.example", access=Access.USUAL.value)
    store.write(change.where(theirs).execute)
    waits = archive.comes(b"%PDF-1.7 a", "a.pdf", f"?{WALLED}")
    assert written_to(walled, waits) == ["Salma@cabinet.example"]
    walled.users.disable(SALMA)
    assert written_to(walled, waits) == ["amine@cabinet.example"]
