"""What a dossier waits for, and what is communicated of it, on a real store."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import peewee
import pytest

from appliance.demo import cast
from appliance.firm.csv_import import parse
from appliance.firm.register import Register
from appliance.papers.exhibits import Change, Exhibits
from appliance.papers.expected import Draft
from appliance.papers.facts import Firm
from appliance.papers.pieces import MOST, Pieces, Tick
from appliance.papers.usual import USUAL
from appliance.simulator.whatsapp import Meta
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.wording import LANGUAGES, Wording
from tests.integration.conftest import Office
from tests.support import Hands

BAIL, DIVORCE = "2026-0042", "2026-0017"
MARRIAGE = Draft("Acte de mariage", "acte de mariage", date(2026, 12, 1), "original demandé")


@dataclass
class House:
    """A firm with dossiers; the test files documents in them."""

    store: Store
    clock: Hands
    pieces: Pieces
    exhibits: Exhibits

    def dossier(self, reference: str = BAIL) -> int:
        return int(models.Dossier.get(models.Dossier.reference == reference).id)

    def file(self, name: str | None, caption: str | None = None, reference: str = BAIL) -> int:
        """A document comes into the dossier."""
        number = models.Document.select().count() + 1
        now = self.clock.now()

        def unit() -> int:
            document = models.Document.create(
                owner_key=f"o{number}",
                sha256=f"{number:064x}",
                sender="+21620111222",
                name=f"2026-11-23 {name or 'Photo.jpg'}",
                original_name=name,
                mime_type="application/pdf" if name else "image/jpeg",
                size=10,
                reason="only_active_dossier",
                status="filed",
                dossier=self.dossier(reference),
                received_at=now,
            )
            models.Message.create(
                wamid=f"w{number}",
                sender="+21620111222",
                type="document",
                raw="{}",
                body=caption,
                received_at=now,
                document=document,
            )
            self._filed(document.id)
            return int(document.id)

        return self.store.write(unit)

    def move(self, document: int, reference: str | None) -> None:
        dossier = self.dossier(reference) if reference else None
        status = "filed" if dossier else "pending"

        def unit() -> None:
            rows.update(models.Document, document, dossier=dossier, status=status)
            self._filed(document)

        self.store.write(unit)

    def _filed(self, document: int) -> None:
        self.pieces.filed(document)
        self.exhibits.filed(document)

    def wait_for(self, *drafts: Draft, reference: str = BAIL) -> list[int]:
        made = [self.pieces.add(self.dossier(reference), draft, "Nour") for draft in drafts]
        return [piece for piece in made if piece is not None]

    def seen(self, reference: str = BAIL) -> list[tuple[str, list[int], list[int]]]:
        """Each piece: its label, the documents that tick it, those that might."""
        return [
            (
                one.piece.label,
                [tick.document_id for tick in one.ticks],
                [tick.document_id for tick in one.suggestions],
            )
            for one in self.pieces.of_dossier(self.dossier(reference))
        ]

    def issue(self, language: str = "fr", reference: str = BAIL) -> models.Bordereau:
        dossier = self.dossier(reference)
        waiting = [e.id for e in self.exhibits.of_dossier(dossier) if e.number is None]
        made = self.exhibits.issue(dossier, language, "Salma", waiting)
        assert made is not None
        return made

    def order(self) -> list[str]:
        return [each.title for each in self.exhibits.of_dossier(self.dossier())]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        register = Register(store, clock)
        register.import_file(parse(cast.CLIENTS_CSV.encode(), "TN"))
        register.add_party(BAIL, "opponent", "Société Carthage", None)
        wordings = {language: Wording(language, "Africa/Tunis") for language in LANGUAGES}
        firm = Firm(cast.FIRM, "Africa/Tunis")
        yield House(store, clock, Pieces(store, clock), Exhibits(store, clock, firm, wordings))


# -- expected pieces


def test_an_arriving_document_ticks_the_piece_that_it_certainly_is(house: House) -> None:
    house.wait_for(MARRIAGE, Draft("Passeport", "passeport"))

    document = house.file("acte de mariage.pdf")

    assert house.seen() == [("Acte de mariage", [document], []), ("Passeport", [], [])]
    tick = models.PieceTick.get()
    assert (tick.by, tick.state) == ("greffier", Tick.TICKED)


def test_several_documents_may_satisfy_one_piece(house: House) -> None:
    house.wait_for(MARRIAGE)

    first, second = house.file("acte de mariage 1.pdf"), house.file(None, "acte de mariage, verso")

    assert house.seen() == [("Acte de mariage", [first, second], [])]


def test_what_might_be_it_waits_for_a_person_who_confirms_or_refuses(house: House) -> None:
    marriage, birth = house.wait_for(MARRIAGE, Draft("Naissance", "acte de naissance"))
    both = house.file("acte de mariage et acte de naissance.pdf")
    dossier = house.dossier()
    assert house.seen() == [("Acte de mariage", [], [both]), ("Naissance", [], [both])]

    assert house.pieces.tick(dossier, marriage, both, "Nour")
    refused = models.PieceTick.get(models.PieceTick.piece == birth)
    assert house.pieces.refuse(dossier, refused.id, "Nour")

    assert house.seen() == [("Acte de mariage", [both], []), ("Naissance", [], [])]
    house.store.write(lambda: house.pieces.filed(both))
    assert house.seen() == [("Acte de mariage", [both], []), ("Naissance", [], [])]


def test_an_undone_tick_is_not_made_again(house: House) -> None:
    house.wait_for(MARRIAGE)
    document = house.file("acte de mariage.pdf")

    assert house.pieces.refuse(house.dossier(), models.PieceTick.get().id, "Nour")
    house.store.write(lambda: house.pieces.filed(document))

    assert house.seen() == [("Acte de mariage", [], [])]


def test_a_piece_that_came_on_paper_is_ticked_and_unticked_by_hand(house: House) -> None:
    (piece,) = house.wait_for(MARRIAGE)
    dossier = house.dossier()

    assert house.pieces.tick(dossier, piece, None, "Nour")
    assert house.pieces.tick(dossier, piece, None, "Nour"), "twice is once"
    assert house.seen() == [("Acte de mariage", [None], [])]
    assert house.pieces.refuse(dossier, models.PieceTick.get().id, "Nour")

    assert house.seen() == [("Acte de mariage", [], [])]
    assert models.PieceTick.select().count() == 0


@pytest.mark.parametrize("to", [DIVORCE, None])
def test_when_a_document_leaves_the_dossier_its_tick_goes(house: House, to: str | None) -> None:
    house.wait_for(MARRIAGE)
    document = house.file("acte de mariage.pdf")
    house.move(document, to)

    assert house.seen() == [("Acte de mariage", [], [])]


def test_a_document_ticks_in_the_dossier_to_which_it_was_moved(house: House) -> None:
    house.wait_for(MARRIAGE, reference=DIVORCE)
    document = house.file("acte de mariage.pdf")
    house.move(document, DIVORCE)

    assert house.seen(DIVORCE) == [("Acte de mariage", [document], [])]


def test_what_is_there_already_is_only_proposed_for_a_new_piece(house: House) -> None:
    document = house.file("acte de mariage.pdf")
    (piece,) = house.wait_for(Draft("Mariage", "introuvable"))
    assert house.seen() == [("Mariage", [], [document])], "the label is in the name"

    assert house.pieces.change(house.dossier(), piece, MARRIAGE)

    assert house.seen() == [("Acte de mariage", [], [document])]


def test_pieces_stand_by_the_day_they_are_needed(house: House) -> None:
    house.wait_for(Draft("Sans date"), Draft("Tard", "", date(2027, 1, 1)), MARRIAGE)

    assert [label for label, _, _ in house.seen()] == ["Acte de mariage", "Tard", "Sans date"]


def test_a_removed_piece_takes_its_ticks_along(house: House) -> None:
    (piece,) = house.wait_for(MARRIAGE)
    house.file("acte de mariage.pdf")

    assert house.pieces.remove(house.dossier(), piece)
    assert not house.pieces.remove(house.dossier(), piece)
    assert (house.seen(), models.PieceTick.select().count()) == ([], 0)


def test_nothing_of_another_dossier_can_be_touched(house: House) -> None:
    (piece,) = house.wait_for(MARRIAGE)
    document = house.file("acte de mariage.pdf")
    elsewhere = house.file("autre.pdf", reference=DIVORCE)
    other, tick = house.dossier(DIVORCE), models.PieceTick.get().id

    assert not house.pieces.change(other, piece, Draft("x"))
    assert not house.pieces.remove(other, piece)
    assert not house.pieces.tick(other, piece, None, "Nour")
    assert not house.pieces.tick(house.dossier(), piece, elsewhere, "Nour")
    assert not house.pieces.refuse(other, tick, "Nour")
    assert house.seen() == [("Acte de mariage", [document], [])]


def test_a_dossier_waits_for_so_many_pieces_at_most(house: House) -> None:
    house.wait_for(*[Draft(f"pièce {n}") for n in range(MOST)])

    assert house.pieces.add(house.dossier(), Draft("une de trop"), "Nour") is None


def test_the_usual_lists_are_there_once_and_what_the_firm_made_of_them_stays(house: House) -> None:
    house.pieces.seed()
    house.pieces.save_list("fr", "Divorce", "Livret de famille : livret")
    house.pieces.save_list("fr", "Succession", "")
    house.pieces.save_list("fr", "Pénal", "Procès-verbal : pv")
    house.pieces.seed()

    lists = {one.name: one.lines for one in house.pieces.lists("fr")}
    assert lists["Divorce"] == "Livret de famille : livret"
    assert set(lists) == {*USUAL["fr"], "Pénal"} - {"Succession"}
    assert len(house.pieces.lists("ar")) == len(USUAL["ar"])


def test_a_list_is_copied_into_a_dossier_without_what_it_waits_for_already(house: House) -> None:
    house.pieces.seed()
    house.wait_for(MARRIAGE)
    divorce = next(one for one in house.pieces.lists("fr") if one.name == "Divorce")
    count = len(USUAL["fr"]["Divorce"].splitlines())

    assert house.pieces.copy_list(divorce.id, house.dossier(), "Nour") == count - 1
    assert house.pieces.copy_list(divorce.id, house.dossier(), "Nour") == 0
    assert house.pieces.copy_list(9999, house.dossier(), "Nour") == 0
    document = house.file("CIN.pdf")
    assert ("Pièce d'identité", [document], []) in house.seen()


def test_what_a_client_sends_ticks_what_the_dossier_waits_for(office: Office, meta: Meta) -> None:
    dossier = models.Dossier.get(models.Dossier.reference == BAIL)
    office.papers.pieces.add(dossier.id, Draft("Contrat de bail", "contrat de bail"), "Nour")
    meta.phone(cast.BEN_YOUSSEF, "Amel").sends(cast.photo("bail"), caption="Le contrat de bail")
    meta.settle()
    office.rests()

    (awaited,) = office.papers.pieces.of_dossier(dossier.id)
    assert awaited.is_there


# -- bordereaux


def test_nothing_is_communicated_before_somebody_has_chosen_it(house: House) -> None:
    house.file("secret.pdf")

    assert house.exhibits.of_dossier(house.dossier()) == []
    assert house.exhibits.issue(house.dossier(), "fr", "Salma", []) is None


def test_chosen_documents_have_titles_to_begin_with(house: House) -> None:
    documents = [
        house.file("contrat_de_bail.signé.pdf"),
        house.file(None, "Quittance de mars"),
        house.file(None, "x" * 200),
    ]
    elsewhere = house.file("autre.pdf", reference=DIVORCE)

    assert house.exhibits.choose(house.dossier(), [*documents, elsewhere, 9999]) == 3
    assert house.exhibits.choose(house.dossier(), documents) == 0, "they are there already"
    assert house.order() == ["contrat de bail.signé", "Quittance de mars", "2026-11-23 Photo"]
    pages = [each.pages for each in house.exhibits.of_dossier(house.dossier())]
    assert pages == [None, 1, 1]


@pytest.fixture
def chosen(house: House) -> House:
    documents = [house.file(f"{letter}.pdf") for letter in "abcd"]
    house.exhibits.choose(house.dossier(), documents)
    return house


def exhibit(house: House, title: str) -> int:
    return int(models.Exhibit.get(models.Exhibit.title == title).id)


def test_pieces_are_put_in_order_by_steps_or_by_number(chosen: House) -> None:
    dossier, shift = chosen.dossier(), chosen.exhibits.shift
    assert shift(dossier, exhibit(chosen, "c"), -1)
    assert chosen.order() == ["a", "c", "b", "d"]
    assert shift(dossier, exhibit(chosen, "a"), -1), "the first one stays the first"
    assert shift(dossier, exhibit(chosen, "d"), 1)
    assert chosen.order() == ["a", "c", "b", "d"]
    assert chosen.exhibits.change(dossier, exhibit(chosen, "d"), Change("D", None, 4, 1))
    assert chosen.order() == ["D", "a", "c", "b"]
    assert chosen.exhibits.change(dossier, exhibit(chosen, "D"), Change("D", None, 4, 99))
    assert chosen.order() == ["a", "c", "b", "D"]
    assert chosen.exhibits.drop(dossier, exhibit(chosen, "c"))
    assert chosen.order() == ["a", "b", "D"]
    assert [e.position for e in chosen.exhibits.of_dossier(dossier)] == [1, 2, 3]


def test_an_issued_bordereau_says_who_against_whom_and_what(chosen: House) -> None:
    chosen.exhibits.change(
        chosen.dossier(), exhibit(chosen, "a"), Change("Bail", date(2024, 3, 1), 12, 2)
    )
    made = chosen.issue()

    said = json.loads(made.statement)
    assert (said["client"], said["opponents"]) == ("Amel Ben Youssef", ["Société Carthage"])
    assert said["lawyer"] == cast.LAWYER
    assert [(p["number"], p["title"]) for p in said["pieces"]] == [
        (1, "b"),
        (2, "Bail"),
        (3, "c"),
        (4, "d"),
    ]
    assert (said["pieces"][1]["dated_on"], said["pieces"][1]["pages"]) == ("2024-03-01", 12)
    assert hashlib.sha256(made.pdf).hexdigest() == made.sha256


def test_a_later_bordereau_goes_on_and_the_first_stays_as_it_was(chosen: House) -> None:
    first = chosen.issue()
    kept = bytes(first.pdf)
    chosen.exhibits.choose(chosen.dossier(), [chosen.file("e.pdf"), chosen.file("f.pdf")])
    chosen.clock.pass_(timedelta(days=3))
    second = chosen.issue("ar")

    assert [(b.number, b.first, b.last) for b in (first, second)] == [(1, 1, 4), (2, 5, 6)]
    again = chosen.exhibits.bordereau(chosen.dossier(), 1)
    assert again is not None
    assert bytes(again.pdf) == kept
    assert [b.number for b in chosen.exhibits.bordereaux(chosen.dossier())] == [2, 1]


def test_what_was_communicated_can_no_longer_be_changed(chosen: House) -> None:
    chosen.issue()
    dossier, piece = chosen.dossier(), exhibit(chosen, "a")

    assert not chosen.exhibits.change(dossier, piece, Change("autre", None, 1, 1))
    assert not chosen.exhibits.shift(dossier, piece, 1)
    assert not chosen.exhibits.drop(dossier, piece)
    assert [each.number for each in chosen.exhibits.of_dossier(dossier)] == [1, 2, 3, 4]


def test_a_list_that_is_not_the_one_that_was_seen_is_not_issued(chosen: House) -> None:
    seen = [each.id for each in chosen.exhibits.of_dossier(chosen.dossier())]
    chosen.exhibits.shift(chosen.dossier(), seen[0], 1)

    assert chosen.exhibits.issue(chosen.dossier(), "fr", "Salma", seen) is None
    assert chosen.exhibits.bordereaux(chosen.dossier()) == []


def test_a_document_that_leaves_is_communicated_no_more_but_stays_numbered(chosen: House) -> None:
    document = models.Document.get(models.Document.original_name == "a.pdf").id
    chosen.move(document, DIVORCE)
    assert chosen.order() == ["b", "c", "d"]
    chosen.issue()
    gone = models.Document.get(models.Document.original_name == "b.pdf").id
    chosen.move(gone, None)

    listed = chosen.exhibits.of_dossier(chosen.dossier())
    assert [(each.title, each.number, each.has_left) for each in listed] == [
        ("b", 1, True),
        ("c", 2, False),
        ("d", 3, False),
    ]
    chosen.move(gone, BAIL)
    assert not chosen.exhibits.of_dossier(chosen.dossier())[0].has_left


def test_no_two_pieces_of_a_dossier_have_one_number(chosen: House) -> None:
    chosen.issue()

    def unit() -> Any:
        return rows.update(models.Exhibit, exhibit(chosen, "a"), number=2)

    with pytest.raises(peewee.IntegrityError):
        chosen.store.write(unit)
