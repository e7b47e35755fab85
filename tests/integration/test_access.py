"""Who sees what: their own dossiers and shared ones, not those behind a wall; an admin nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.errors import PermanentError
from appliance.firm.access import BROKEN_FOR, AccessBook
from appliance.firm.scope import EVERYTHING, NOTHING, Scope
from appliance.firm.users import Users
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.store.models.access import Access
from tests.support import Hands

PASSWORD = "clé très secrète"


class House:
    """A firm of two lawyers, two assistants and an administrator."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Hands()
        self.users = Users(store, self.clock, 12)
        self.book = AccessBook(store, self.clock, self.users.audit)
        people = (
            ("Me Salma Trabelsi", "avocat", "salma@cabinet.example"),
            ("Me Sami", "avocat", None),
            ("Nour", "assistant", None),
            ("Aziz", "assistant", None),
            ("Admin", "admin", None),
        )
        for name, role, email in people:
            self.users.add(name, role, email, PASSWORD)

    def user(self, name: str) -> models.User:
        return models.User.get(models.User.name == name)

    def scope(self, name: str) -> Scope:
        return self.book.scope_of(self.user(name))

    def client(self, name: str) -> int:
        values = {"name": name, "name_key": name, "folder": name, "folder_key": name}
        made = rows.insert
        return int(
            self.store.write(lambda: made(models.Client, **values, created_at=self.clock.now())).id
        )

    def dossier(self, reference: str, lawyer: str | None, client: int | None = None) -> int:
        client_id = client or self.client(f"client of {reference}")
        values = {
            "client": client_id,
            "reference": reference,
            "reference_key": reference,
            "title": reference,
            "folder": reference,
            "lawyer": lawyer,
            "opened_at": self.clock.now(),
        }
        return int(self.store.write(lambda: rows.insert(models.Dossier, **values)).id)

    def document(self, dossier: int | None = None, client: int | None = None) -> int:
        number = models.Document.select().count()
        values = {
            "owner_key": "o",
            "sha256": str(number),
            "sender": "+21620111222",
            "name": "bail.pdf",
            "mime_type": "application/pdf",
            "size": 1,
            "reason": "unknown_number",
            "received_at": self.clock.now(),
            "dossier": dossier,
            "client": client,
        }
        return int(self.store.write(lambda: rows.insert(models.Document, **values)).id)

    def seen(self, name: str) -> set[str]:
        """The references of the dossiers that somebody sees."""
        query = models.Dossier.select().where(self.scope(name).dossiers())
        found = {dossier.reference for dossier in query}
        for dossier in models.Dossier.select():
            is_seen = self.scope(name).sees_dossier(dossier.id)
            assert is_seen == (dossier.reference in found), "one truth, asked in two ways"
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(Store.open(tmp_path, Hands())) as store:
        yield House(store)


def test_a_lawyer_sees_the_dossiers_that_name_them_however_they_are_spelt(house: House) -> None:
    for reference, lawyer in (
        ("by name", "me  salma trabelsi"),
        ("by address", "Salma@cabinet.example"),
        ("of the other", "Me Sami"),
    ):
        house.dossier(reference, lawyer)
    assert house.seen("Me Salma Trabelsi") == {"by name", "by address"}
    assert house.seen("Me Sami") == {"of the other"}


def test_a_dossier_whose_lawyer_signs_in_nowhere_is_everybodys(house: House) -> None:
    house.dossier("of nobody", None)
    house.dossier("of a stranger", "Me Inconnue")
    for name in ("Me Salma Trabelsi", "Me Sami", "Nour"):
        assert house.seen(name) == {"of nobody", "of a stranger"}
    house.dossier("of Sami", "Me Sami")
    house.users.disable("Me Sami")
    assert "of Sami" in house.seen("Me Salma Trabelsi"), "who left cannot look after it"


def test_an_assistant_sees_the_dossiers_of_the_lawyers_for_whom_they_work(house: House) -> None:
    house.dossier("of Salma", "Me Salma Trabelsi")
    house.dossier("of Sami", "Me Sami")
    assert house.seen("Nour") == {"of Salma", "of Sami"}, "nobody is named: for all of them"
    house.book.set_lawyers(house.user("Nour").id, [house.user("Me Sami").id], "Admin")
    assert house.seen("Nour") == {"of Sami"}
    assert [each.name for each in house.book.lawyers_of(house.user("Nour").id)] == ["Me Sami"]
    assert house.seen("Aziz") == {"of Salma", "of Sami"}


def test_what_is_shared_is_seen_by_all_who_see_dossiers(house: House) -> None:
    dossier = house.dossier("shared", "Me Sami")
    assert house.book.set_access(dossier, Access.SHARED, "Me Sami")
    assert not house.book.set_access(dossier, Access.SHARED, "Me Sami")
    assert house.seen("Me Salma Trabelsi") == {"shared"}
    assert house.seen("Admin") == set()


def test_a_wall_keeps_out_all_but_its_lawyer_and_who_is_let_in(house: House) -> None:
    dossier = house.dossier("walled", "Me Sami")
    house.dossier("walled, of nobody", None)
    for each in models.Dossier.select():
        house.book.set_access(each.id, Access.WALLED, "Me Sami")
    assert house.seen("Me Sami") == {"walled"}
    assert house.seen("Nour") == set()
    house.book.let_in(dossier, house.user("Nour").id, "Me Sami", is_open=True)
    assert house.seen("Nour") == {"walled"}
    assert house.book.forget(dossier, house.user("Nour").id, "Me Sami")
    assert not house.book.forget(dossier, house.user("Nour").id, "Me Sami")
    assert house.seen("Nour") == set()


def test_who_is_kept_out_by_name_does_not_see_it_whatever_else_is_true(house: House) -> None:
    dossier = house.dossier("a conflict", "Me Salma Trabelsi")
    house.book.set_access(dossier, Access.SHARED, "Me Salma Trabelsi")
    for name in ("Nour", "Me Salma Trabelsi"):
        house.book.let_in(dossier, house.user(name).id, "Admin", is_open=False)
        assert house.seen(name) == set()
    assert [each.user.name for each in house.book.named(dossier)] == ["Me Salma Trabelsi", "Nour"]
    house.book.let_in(dossier, house.user("Nour").id, "Admin", is_open=True)
    assert house.seen("Nour") == {"a conflict"}, "the last word counts"


def test_an_administrator_sees_content_only_while_the_glass_is_broken(house: House) -> None:
    house.dossier("a dossier", "Me Sami")
    admin = house.user("Admin")
    assert house.scope("Admin") == NOTHING
    with pytest.raises(PermanentError, match="audit log"):
        house.book.break_glass(admin, "  ")
    assert house.scope("Admin") == NOTHING
    broken = house.book.break_glass(admin, "Me Sami cannot open a document")
    assert house.book.break_glass(admin, "again").id == broken.id, "it is broken once"
    assert house.seen("Admin") == {"a dossier"}
    house.clock.pass_(BROKEN_FOR + timedelta(seconds=1))
    assert house.scope("Admin") == NOTHING
    house.book.break_glass(admin, "once more")
    assert house.book.mend(admin)
    assert not house.book.mend(admin)
    assert house.scope("Admin") == NOTHING
    lately = [each.reason for each in house.book.broken_since(timedelta(days=7))]
    assert lately == ["once more", "Me Sami cannot open a document"]
    actions = [(entry.action, entry.detail) for entry in models.AuditEntry.select()]
    assert ("glass broken", "Me Sami cannot open a document") in actions
    assert ("glass mended", None) in actions


def test_a_glass_broken_by_two_clicks_at_once_is_broken_once_and_mended_by_one(
    house: House,
) -> None:
    admin = house.user("Admin")
    with ThreadPoolExecutor(8) as clicks:
        broken = list(clicks.map(lambda _: house.book.break_glass(admin, "locked out"), range(8)))
    assert len({each.id for each in broken}) == 1
    assert house.book.mend(admin)
    assert house.book.broken_by(admin) is None


def test_clients_and_documents_are_seen_with_their_dossiers(house: House) -> None:
    sami, both, new = (house.client(name) for name in ("of Sami", "of both", "of nobody yet"))
    theirs = house.dossier("Sami 1", "Me Sami", sami)
    shared = house.dossier("Sami 2", "Me Sami", both)
    own = house.dossier("Salma", "Me Salma Trabelsi", both)
    documents = {
        house.document(theirs, sami): False,
        house.document(shared, both): False,
        house.document(own, both): True,
        house.document(None, sami): False,
        house.document(None, both): True,
        house.document(None, new): True,
        house.document(None, None): True,
    }
    scope = house.scope("Me Salma Trabelsi")
    assert [scope.sees_client(each) for each in (sami, both, new)] == [False, True, True]
    assert {each: scope.sees_document(each) for each in documents} == documents
    found = models.Document.select().where(scope.documents())
    assert {each.id for each in found} == {each for each, is_seen in documents.items() if is_seen}
    assert not any(house.scope("Admin").sees_document(each) for each in documents)
    assert all(EVERYTHING.sees_document(each) for each in documents)


def test_whose_client_somebody_is_is_remembered_with_their_messages(house: House) -> None:
    """The database itself notes it when a message is understood."""
    sami = house.client("of Sami")
    house.dossier("Sami 1", "Me Sami", sami)
    now = house.clock.now()

    def unit() -> tuple[int, int, int]:
        known = rows.insert(models.Correspondent, created_at=now)
        unknown = rows.insert(models.Correspondent, created_at=now)
        values = {"sender": "+1", "type": "text", "raw": "{}", "received_at": now}
        first = rows.insert(models.Message, wamid="1", **values)
        rows.update(models.Message, first.id, correspondent=known)
        rows.update(models.Message, first.id, client=sami)
        rows.insert(models.Message, wamid="2", correspondent=unknown, **values)
        later = rows.insert(models.Message, wamid="3", correspondent=known, **values)
        return known.id, unknown.id, later.id

    known, unknown, later = house.store.write(unit)
    salma, own = house.scope("Me Salma Trabelsi"), house.scope("Me Sami")
    assert [salma.sees_correspondent(known), salma.sees_correspondent(unknown)] == [False, True]
    assert [own.sees_correspondent(known), own.sees_correspondent(unknown)] == [True, True]
    assert not salma.sees_message(later), "all that the client writes, understood or not"
    assert own.sees_message(later)
    assert not house.scope("Admin").sees_correspondent(unknown)


def test_nobody_sees_anything_with_a_role_that_is_none(house: House) -> None:
    house.dossier("a dossier", None)
    user = house.user("Nour")
    user.role = "visitor"
    assert house.book.scope_of(user) == NOTHING
