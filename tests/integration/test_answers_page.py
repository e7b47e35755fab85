"""The page of what the firm says by itself: who may change it, and what a change does."""

import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.config import Dashboard
from appliance.dashboard.answers_board import AnswersBoard
from appliance.dashboard.answers_page import TRIGGERS
from appliance.dashboard.door import dashboard_door
from appliance.firm.answers import Answers, Draft
from appliance.firm.users import Users
from appliance.replies import texts
from appliance.store import models
from appliance.store.database import Store
from appliance.wording import LANGUAGES
from tests.integration.conftest import (
    a_desk,
    answers_board,
)
from tests.integration.reading import token_of
from tests.support import Hands

PASSWORD = "un mot de passe long"
TUNIS = ZoneInfo("Africa/Tunis")
PAGE = "/settings/answers"
TEXT = f"{PAGE}/texts/unknown_number/fr"
NEW = f"{PAGE}/questions/new"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>%(name)s"
HOURS = Draft("fr", "Horaires", "horaires, ouvert", "{firm} est ouvert {hours}.", priority=3)
FORM = {
    "language": "fr",
    "title": "Adresse",
    "keywords": "adresse, où êtes-vous",
    "answer": "12, rue de Marseille.",
    "priority": "2",
    "is_on": "1",
}


class House:
    """The dashboard over a real store, in English unless a test asks for another language."""

    def __init__(self, store: Store, clock: Hands, *, shows_menu: bool = False) -> None:
        self.store = store
        self.clock = clock
        self.users = Users(store, clock, 12)
        self.board: AnswersBoard = answers_board(store, clock, shows_menu=shows_menu)
        self.answers: Answers = self.board.answers
        self.answers.seed()

    def browser(self, role: str | None) -> FlaskClient:
        desk = a_desk(
            self.store,
            self.clock,
            users=self.users,
            answers=self.board,
            language="en",
        )
        browser = dashboard_door(desk, Dashboard(), b"k" * 32).test_client()
        if role:
            self.users.add(role, role, None, PASSWORD)
            form = {"name": role, "password": PASSWORD, "csrf_token": token_of(browser, "/login")}
            assert browser.post("/login", data=form).status_code == 302
        return browser

    def text(self, trigger: str = "unknown_number", language: str = "fr") -> models.AutoReply:
        found = self.answers.reply(trigger, language)
        assert found is not None
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        yield House(store, clock)


def send(browser: FlaskClient, address: str, **form: str) -> TestResponse:
    """Press a button of a form on the page."""
    return browser.post(address, data={**form, "csrf_token": token_of(browser, PAGE)})


def told(answer: TestResponse) -> str:
    """What a person reads of it: neither markup nor the signs that keep directions apart."""
    read = re.sub(r"<[^>]+>|[\u2068\u2069]", lambda found: " " * (found[0][0] == "<"), answer.text)
    return " ".join(unescape(read).split())


def test_every_trigger_has_its_words() -> None:
    assert set(TRIGGERS) == set(texts.VARIABLES)


def test_nobody_reads_them_without_signing_in(house: House) -> None:
    browser = house.browser(None)
    for address in (PAGE, TEXT, NEW):
        assert browser.get(address).location == "/login"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_each_text_as_a_client_reads_it(house: House, language: str) -> None:
    answer = house.browser("avocat").get(f"{PAGE}?lang={language}")
    shown = told(answer)
    assert answer.status_code == 200
    for trigger in texts.VARIABLES:
        for spoken in LANGUAGES:
            assert f"{TEXT.rsplit('/', 2)[0]}/{trigger}/{spoken}" in answer.text
            read = house.board.text(trigger, spoken).shown
            assert " ".join(read.split()) in shown
    assert "{" not in shown


def test_no_page_has_a_style_or_a_script_of_its_own(house: House) -> None:
    browser = house.browser("avocat")
    entry_id = house.answers.save_entry(HOURS)
    for address in (PAGE, TEXT, NEW, f"{PAGE}/questions/{entry_id}"):
        page = browser.get(address).text
        assert not re.search(r"<style|\sstyle=|<script(?! src)|\son\w+=", page), address


def test_an_assistant_reads_and_tries_and_changes_nothing(house: House) -> None:
    browser = house.browser("assistant")
    entry_id = house.answers.save_entry(HOURS)
    page = browser.get(PAGE)
    assert "Lawyers and administrators change these messages" in page.text
    assert "Switch off" not in page.text
    assert TEXT not in page.text
    assert "Answered by" in told(send(browser, f"{PAGE}/try", question="Vos horaires ?"))
    question = f"{PAGE}/questions/{entry_id}"
    for address in (TEXT, NEW, question):
        assert browser.get(address).status_code == 403
    for address in (TEXT, f"{TEXT}/switch", NEW, question, f"{question}/delete"):
        assert send(browser, address, text="autre", to="off", **FORM).status_code == 403
    assert house.text().enabled
    assert house.answers.question(entry_id) is not None
    assert "autre" not in house.text().message_template


@pytest.mark.parametrize("role", ["admin", "avocat"])
def test_lawyers_and_administrators_change_a_text(house: House, role: str) -> None:
    browser = house.browser(role)
    answer = send(browser, TEXT, text="{firm} vous rappelle.\r\nMerci.", is_on="1")
    assert (answer.status_code, answer.location) == (302, f"{PAGE}#text-unknown_number")
    page = told(browser.get(PAGE))
    assert "Saved: it counts from now on." in page
    assert "Cabinet Trabelsi vous rappelle. Merci." in page
    said = house.answers.said("unknown_number", "fr", {})
    assert said == "Cabinet Trabelsi vous rappelle.\nMerci."
    entry = models.AuditEntry.select().order_by(models.AuditEntry.id.desc()).get()
    assert (entry.actor, entry.action) == (role, "automatic message changed")
    assert entry.subject == "unknown_number fr"


def test_a_text_is_switched_off_and_on_again(house: House) -> None:
    browser = house.browser("avocat")
    send(browser, f"{TEXT}/switch", to="off")
    assert house.answers.said("unknown_number", "fr", {}) is None
    assert house.answers.said("unknown_number", "ar", {}) is not None
    send(browser, f"{TEXT}/switch", to="on")
    assert house.answers.said("unknown_number", "fr", {}) is not None


def test_a_preview_shows_what_was_typed_and_keeps_nothing(house: House) -> None:
    before = house.text().message_template
    answer = send(house.browser("avocat"), TEXT, text="Ici {firm}.", preview="1")
    assert answer.status_code == 200
    assert '<p class="bubble" lang="fr" dir="auto">Ici Cabinet Trabelsi.</p>' in answer.text
    assert ">\nIci {firm}.</textarea>" in answer.text
    assert house.text().message_template == before


def test_all_faults_of_a_text_stand_beside_it_and_what_was_typed_is_still_there(
    house: House,
) -> None:
    before = house.text().message_template
    answer = send(house.browser("avocat"), TEXT, text="{dossier} {hours}")
    shown = told(answer)
    assert answer.status_code == 422
    assert "Nothing was saved: 2 things are to be corrected." in shown
    assert "{dossier} would tell of a matter or a person" in shown
    assert "{hours} means nothing here; what may stand in braces: {firm}" in shown
    assert 'aria-describedby=" wrong-text" aria-invalid="true" autofocus' in answer.text
    assert ">\n{dossier} {hours}</textarea>" in answer.text
    assert house.text().message_template == before


def test_there_are_no_other_texts(house: House) -> None:
    browser = house.browser("avocat")
    assert browser.get(f"{PAGE}/texts/filed/fr").status_code == 404
    assert browser.get(f"{PAGE}/texts/unknown_number/de").status_code == 404


def test_a_question_is_added_changed_and_deleted(house: House) -> None:
    browser = house.browser("avocat")
    assert send(browser, NEW, **FORM).location == f"{PAGE}#questions"
    (entry,) = house.answers.entries()
    assert (entry.title, entry.priority) == ("Adresse", 2)
    address = f"{PAGE}/questions/{entry.id}"
    assert 'value="Adresse"' in browser.get(address).text
    changed = {**FORM, "title": "Où ?", "priority": " - 5 "}
    del changed["is_on"]
    assert send(browser, address, **changed).status_code == 302
    row = house.answers.question(entry.id)
    assert row is not None
    assert (row.title, row.priority, row.enabled) == ("Où ?", -5, False)
    assert send(browser, f"{address}/delete").status_code == 302
    assert "Deleted." in browser.get(PAGE).text
    assert browser.get(address).status_code == 404
    send(browser, f"{address}/delete")
    assert "This question was deleted already." in browser.get(PAGE).text
    actions = [row.action for row in models.AuditEntry.select()][-3:]
    assert actions == ["question changed", "question changed", "question deleted"]


def test_all_faults_of_a_question_are_said_at_once_beside_their_fields(house: House) -> None:
    form = {**FORM, "title": "a" * 25, "keywords": " , ", "answer": "", "priority": "much"}
    answer = send(house.browser("avocat"), NEW, **form)
    assert answer.status_code == 422
    assert "Nothing was saved: 4 things are to be corrected." in told(answer)
    for field in ("title", "keywords", "answer", "priority"):
        assert f'id="wrong-{field}"' in answer.text
    assert answer.text.count(" autofocus") == 1
    assert 'value="much"' in answer.text
    assert house.answers.entries() == []


def test_a_question_is_previewed_with_its_faults_and_not_kept(house: House) -> None:
    form = {**FORM, "answer": "{firm} {nom}", "preview": "1"}
    answer = send(house.browser("avocat"), NEW, **form)
    assert answer.status_code == 200
    assert "1 thing is to be corrected before it can be saved." in told(answer)
    assert "Cabinet Trabelsi {nom}</p>" in answer.text
    assert house.answers.entries() == []


def test_a_form_with_nothing_in_it_is_refused_kindly(house: House) -> None:
    answer = send(house.browser("avocat"), NEW)
    assert answer.status_code == 422
    assert house.answers.entries() == []


def test_a_firm_without_questions_is_told_what_they_are_for(house: House) -> None:
    for row in house.answers.questions():
        house.answers.delete_entry(row.id)
    assert "No usual question yet." in house.browser("avocat").get(PAGE).text


def tried(house: House, question: str) -> str:
    return told(send(house.browser("assistant"), f"{PAGE}/try", question=question))


def test_who_tries_a_question_sees_the_answer_and_why(house: House) -> None:
    house.answers.save_entry(HOURS)
    house.answers.save_entry(Draft("fr", "Ouverture", "ouvert, samedi", "Le samedi aussi."))
    shown = tried(house, "Êtes-vous OUVERTS le samedi ? Vos horaires ?")
    assert "Answered by “Horaires” Found by: horaires ouvert Priority: 3" in shown
    assert "Cabinet Trabelsi est ouvert du lundi au vendredi" in shown
    assert "Would fit too, but comes after: Ouverture (Priority: 0)" in shown


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Où en est mon affaire ?", "None of their keywords is in it. A person of the firm"),
        ("mot " * 26, "With more than 25 words it is a letter, for a person to read. A person"),
        ("Je voudrais un rdv", "“Rendez-vous” would answer it, but is switched off."),
        ("STOP", "This word stops all automatic messages"),
        ("reprendre", "This word starts the automatic messages again"),
    ],
)
def test_who_tries_a_question_that_is_not_answered_learns_why(
    house: House, question: str, said: str
) -> None:
    assert said in tried(house, question)


def test_a_firm_with_a_menu_shows_it_to_what_is_a_question(tmp_path: Path) -> None:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        house = House(store, clock, shows_menu=True)
        house.answers.save_entry(HOURS)
        browser = house.browser("avocat")
        menu = "The client is shown the menu of questions."
        asked = send(browser, f"{PAGE}/try", question="Où en est mon affaire, je vous prie ?")
        assert menu in asked.text
        said = send(browser, f"{PAGE}/try", question="Je vous remercie de votre aide")
        assert menu not in said.text


def test_trying_sends_and_keeps_nothing(house: House) -> None:
    house.answers.save_entry(HOURS)
    tried(house, "Vos horaires ?")
    assert not models.Outgoing.select().exists()
    assert not models.Message.select().exists()


def test_what_somebody_typed_is_never_markup(house: House) -> None:
    browser = house.browser("avocat")
    house.answers.save_entry(Draft("fr", HOSTILE[:24], HOSTILE, HOSTILE))
    send(browser, TEXT, text=HOSTILE, is_on="1")
    pages = [
        browser.get(PAGE),
        browser.get(TEXT),
        send(browser, f"{PAGE}/try", question=HOSTILE),
        send(browser, TEXT, text=HOSTILE, preview="1"),
        send(browser, NEW, **dict.fromkeys(FORM, HOSTILE)),
    ]
    for page in pages:
        assert page.status_code in {200, 422}
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


def test_a_form_without_its_token_changes_nothing(house: House) -> None:
    browser = house.browser("avocat")
    assert browser.post(TEXT, data={"text": "autre"}).status_code == 400
    assert "autre" not in house.text().message_template
