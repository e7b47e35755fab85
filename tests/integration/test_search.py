"""Everything is found that is there, in step with what changes, and nothing that was erased."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance import seeking
from appliance.clock import SystemClock
from appliance.firm.csv_import import parse
from appliance.firm.scope import EVERYTHING, NOTHING
from appliance.inbox import forgetting
from appliance.search.finding import FEW, MANY, Finder
from appliance.search.indexing import CAME, Indexer
from appliance.search.subjects import WORDS, Kind
from appliance.store import models, rows
from appliance.store.database import Store
from appliance.traffic import Traffic
from tests.integration.archive import Archive
from tests.support import until

BAIL = b"%PDF-1.7 bail"


class Desk:
    """An archive that is searched."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.store = archive, archive.store
        self.indexer = Indexer(archive.store, archive.clock, Traffic())
        self.finder = Finder(archive.store, "TN")

    def says(self, body: str, sender: str = "+21620000002", **values: object) -> int:
        """Somebody writes."""
        number = models.Message.select().count()
        told = {"wamid": f"said.{number}", "sender": sender, "type": "text", "body": body}
        now = self.archive.clock.now()
        made = self.store.write(
            lambda: rows.insert(models.Message, **told, raw="{}", received_at=now, **values)
        )
        return int(made.id)

    def found(self, text: str) -> dict[str, list[int]]:
        """Ids by kind, of what is searchable now."""
        groups = self.finder.find(text, EVERYTHING)
        return {group.kind.value: [hit.row.id for hit in group.hits] for group in groups}

    def looks_for(self, text: str) -> dict[str, list[int]]:
        """The same, once everything is searchable."""
        self.indexer.catch_up()
        return self.found(text)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Archive.opened(tmp_path) as archive:
        yield Desk(archive)


def test_one_word_finds_clients_dossiers_documents_and_messages(desk: Desk) -> None:
    document = desk.archive.comes(BAIL, "Réponse Gharbi.pdf", "2026-7")
    message = desk.says("Maître, c’est M. Gharbi")
    found = desk.looks_for("gharbi")
    assert found["client"] == [desk.archive.client("Gharbi").id]
    assert set(found["dossier"]) == {desk.archive.dossier(one).id for one in ("2026-7", "2026-8")}
    assert found["document"] == [document]
    assert found["message"] == [message]


@pytest.mark.parametrize("asked", ["reponse", "RÉPONSE", "répon", "reponses", "REP"])
def test_accents_capitals_plurals_and_beginnings_do_not_matter(desk: Desk, asked: str) -> None:
    document = desk.archive.comes(BAIL, "Réponse.pdf", "2026-7")
    assert desk.looks_for(asked)["document"] == [document]


@pytest.mark.parametrize("asked", ["عقد", "العَقْد", "والعقد", "عق"])
def test_arabic_is_found_in_any_of_its_forms(desk: Desk, asked: str) -> None:
    message = desk.says("وصلني العقد اليوم")
    assert desk.looks_for(asked)["message"] == [message]


@pytest.mark.parametrize(
    "asked",
    ["20 000 002", "+216 20 000 002", "0021620000002", "20000002", "(+216) 20.000.002", "000002"],
)
def test_a_phone_number_in_any_form_finds_its_client(desk: Desk, asked: str) -> None:
    assert desk.looks_for(asked)["client"] == [desk.archive.client("Gharbi").id]


def test_a_number_finds_what_was_written_from_it(desk: Desk) -> None:
    message = desk.says("bonjour", sender="+21699888777")
    assert desk.looks_for("99 888 777") == {"message": [message]}


def test_what_a_document_says_is_found_and_shown(desk: Desk) -> None:
    document = desk.archive.comes(BAIL, "scan.pdf", "2026-7")
    text = "Le bailleur <b>Zéphyr</b> donne congé"
    now = desk.archive.clock.now()

    def unit() -> None:
        told = {"document": document, "text": text, "source": "written", "read_at": now}
        rows.insert(models.DocumentText, **told)
        insert = "INSERT INTO document_words (rowid, words) VALUES (?, ?)"
        desk.store.execute(insert, (document, seeking.indexed(text)))

    desk.store.write(unit)
    [group] = desk.finder.find("zephyr", EVERYTHING)
    assert group.kind == Kind.DOCUMENT
    assert group.hits[0].snippet is not None
    assert group.hits[0].snippet.found == "<b>Zéphyr</b>", "as written; the page makes it text"


def test_what_changes_is_found_by_what_it_is_now(desk: Desk) -> None:
    document = desk.archive.comes(BAIL, "Ancien.pdf", "2026-7")
    desk.indexer.catch_up()
    client = desk.archive.client("Gharbi").id
    desk.archive.filing.rehousing.rename_client(client, "Mansour", "Nour")
    desk.archive.filing.mover.rename(document, "Nouveau", "Nour")
    dossier = desk.archive.dossier("2026-7").id
    desk.archive.filing.rehousing.retitle(dossier, "Expulsion", "Nour")
    assert desk.looks_for("gharbi") == {}
    assert desk.looks_for("ancien") == {"document": [document]}, "as its sender called it"
    assert desk.found("nouveau") == {"document": [document]}
    assert desk.found("expulsion") == {"dossier": [dossier]}
    assert dossier in desk.found("mansour")["dossier"]


def test_an_opponent_and_a_number_that_are_added_are_found_and_no_more_when_they_go(
    desk: Desk,
) -> None:
    desk.archive.register.add_party("2026-7", "opponent", "Société Zéphyr", "+21698000111")
    dossier = desk.archive.dossier("2026-7").id
    assert desk.looks_for("zephyr") == {"dossier": [dossier]}
    assert desk.found("98 000 111") == {"dossier": [dossier]}
    desk.store.write(models.Party.delete().execute)
    assert desk.looks_for("zephyr") == {}


def test_words_that_are_forgotten_leave_search_in_the_same_commit_and_then_the_index(
    desk: Desk,
) -> None:
    message = desk.says("le mot quarantedeuxmots")
    for number in range(50):
        desk.says(f"autre {number}")
    assert desk.looks_for("quarantedeuxmots")["message"] == [message]
    now = desk.archive.clock.now()
    desk.store.write(lambda: forgetting.empty_messages([message], now))
    assert desk.found("quarantedeuxmots") == {}
    desk.indexer.catch_up()
    assert not models.SearchTodo.select().exists()
    held = desk.store.execute("SELECT group_concat(hex(block), '') FROM message_words_data")
    assert b"quarantedeux".hex().upper() not in held.fetchone()[0]


def test_a_message_that_is_erased_before_it_is_taken_in_is_never_found(desk: Desk) -> None:
    message = desk.says("ephemere")
    desk.store.write(lambda: forgetting.empty_messages([message], desk.archive.clock.now()))
    assert desk.looks_for("ephemere") == {}


def test_what_existed_before_is_taken_in_step_by_step_and_a_cut_loses_nothing(
    tmp_path: Path,
) -> None:
    with Archive.opened(tmp_path) as archive:
        first = Desk(archive)
        for number in range(2 * CAME + 10):
            first.says(f"message numero{number}")
        before = first.indexer.waiting()
        first.indexer.step()
        assert 0 < first.indexer.waiting() < before
    with Archive.opened(tmp_path) as archive:
        second = Desk(archive)
        second.indexer.catch_up()
        assert second.indexer.waiting() == 0
        for number in (0, CAME - 1, CAME, 2 * CAME + 9):
            assert len(second.found(f"numero{number}")["message"]) >= 1, number


def test_search_that_is_begun_anew_finds_the_same(desk: Desk) -> None:
    desk.archive.comes(BAIL, "Réponse.pdf", "2026-7")
    desk.says("réponse")
    before = desk.looks_for("reponse")
    desk.indexer.rebuild()
    assert desk.found("reponse") == {}
    assert desk.indexer.waiting() > 0
    assert desk.looks_for("reponse") == before
    for table in WORDS.values():
        count = desk.store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        unique = desk.store.execute(f"SELECT count(DISTINCT rowid) FROM {table}").fetchone()[0]
        assert count == unique > 0, table


def test_more_of_one_kind_goes_on_where_it_ended(desk: Desk) -> None:
    ids = [desk.says("encore un message") for _ in range(MANY + 3)]
    desk.indexer.catch_up()
    [group] = desk.finder.find("encore", EVERYTHING)
    assert [hit.row.id for hit in group.hits] == ids[::-1][:FEW], "the newest first"
    first = desk.finder.more(Kind.MESSAGE, "encore", EVERYTHING)
    second = desk.finder.more(Kind.MESSAGE, "encore", EVERYTHING, first.before)
    assert [hit.row.id for group in (first, second) for hit in group.hits] == ids[::-1]
    assert second.before is None


def test_who_sees_nothing_finds_nothing(desk: Desk) -> None:
    desk.archive.comes(BAIL, "Bail.pdf", "2026-7")
    desk.says("bail")
    desk.indexer.catch_up()
    for asked in ("bail", "gharbi", "20000002", "2026-7"):
        assert desk.finder.find(asked, NOTHING) == []


@pytest.mark.parametrize("asked", ["", " ", "%", '"', "*", "a OR b", "NEAR(a b)", "x" * 5000, "-"])
def test_whatever_is_typed_breaks_nothing(desk: Desk, asked: str) -> None:
    desk.says("rien")
    desk.indexer.catch_up()
    assert desk.finder.find(asked, EVERYTHING) == []


def test_the_thread_takes_in_what_comes_and_stops_when_it_is_told(tmp_path: Path) -> None:
    clock = SystemClock()
    store = Store.open(tmp_path, clock)
    indexer = Indexer(store, clock, Traffic())
    indexer.start()
    values = {"type": "text", "raw": "{}", "received_at": clock.now() - timedelta(days=1)}
    told = {"wamid": "w", "sender": "+21620000000", "body": "vivant"}
    store.write(lambda: rows.insert(models.Message, **told, **values))
    indexer.call()
    until(lambda: indexer.waiting() == 0)
    assert Finder(store, "TN").find("vivant", EVERYTHING)
    indexer.stop()
    store.close()


def test_a_name_that_was_folded_otherwise_is_folded_anew_at_start(desk: Desk) -> None:
    line = "client;dossier;adversaire\nGharbi;2026-7;أحمد علي\n"
    desk.archive.register.import_file(parse(line.encode(), "TN"))
    desk.store.write(models.Party.update(name_key="أحمد علي").execute)
    assert not desk.archive.register.opposes("+21690000000", None, "احمد علي")
    assert desk.archive.register.tidy() == 1
    assert desk.archive.register.opposes("+21690000000", None, "احمد علي")
    assert desk.archive.register.tidy() == 0
