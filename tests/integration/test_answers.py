"""The firm's texts and usual questions, as rows."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.demo import cast
from appliance.firm.answers import MOST_PRIORITY, Answers, Draft, InvalidTextError
from appliance.replies import texts
from appliance.simulator.whatsapp import Meta
from appliance.store import models
from appliance.store.database import Store
from appliance.wording import LANGUAGES
from tests.integration.conftest import Office, answers_board
from tests.support import Hands

DRAFT = Draft("fr", "Adresse", "adresse, où êtes-vous", "12, rue de Marseille.", priority=2)


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[Answers]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        yield answers_board(store, clock).answers


def faults(answers: Answers, draft: Draft) -> list[str]:
    with pytest.raises(InvalidTextError) as caught:
        answers.save_entry(draft)
    return [fault.field for fault in caught.value.faults]


def test_a_new_firm_has_every_text_in_every_language_and_says_nothing_of_its_hours(
    answers: Answers,
) -> None:
    answers.seed()
    for language in LANGUAGES:
        on = {trigger: answers.is_on(trigger, language) for trigger in texts.VARIABLES}
        assert [trigger for trigger, is_on in on.items() if not is_on] == ["outside_hours"]
    assert answers.entries() == []
    assert {row.language for row in answers.questions()} == set(LANGUAGES)


@pytest.mark.parametrize("number", range(9))
def test_an_example_can_be_switched_on_as_it_is(answers: Answers, number: int) -> None:
    answers.seed()
    row = answers.questions()[number]
    draft = Draft(row.language, row.title, row.keywords, row.answer, row.priority)
    assert answers.save_entry(draft, row.id) == row.id
    (entry,) = answers.entries()
    shown = answers.preview(entry.answer, entry.language)
    assert "{" not in shown


def test_starting_again_overwrites_nothing_and_brings_nothing_back(answers: Answers) -> None:
    answers.seed()
    answers.save_reply("unknown_number", "fr", "Qui êtes-vous ?", is_on=False)
    for row in answers.questions():
        answers.delete_entry(row.id)
    answers.seed()
    reply = answers.reply("unknown_number", "fr")
    assert reply is not None
    assert (reply.message_template, reply.enabled) == ("Qui êtes-vous ?", False)
    assert answers.questions() == []
    assert len(answers.replies()) == len(texts.VARIABLES) * len(LANGUAGES)


def test_a_text_that_is_switched_off_is_not_said(answers: Answers) -> None:
    answers.seed()
    answers.switch_reply("unknown_number", "ar", is_on=False)
    assert answers.said("unknown_number", "ar", {}) is None
    assert answers.said("unknown_number", "fr", {}) is not None
    answers.switch_reply("unknown_number", "ar", is_on=True)
    assert answers.said("unknown_number", "ar", {}) is not None


def test_a_language_without_a_text_is_answered_in_the_firms(answers: Answers) -> None:
    answers.save_reply("ask_number", "fr", "Votre numéro ?", is_on=True)
    assert answers.said("ask_number", "ar", {}) == "Votre numéro ?"
    assert answers.said("unknown_number", "ar", {}) is None


def test_a_text_says_the_firms_name_hours_and_next_opening(answers: Answers) -> None:
    answers.save_reply("outside_hours", "fr", "{firm} : {hours} ; {opens}", is_on=True)
    said = answers.said("outside_hours", "fr", {})
    assert said is not None
    assert said.replace("\u00a0", " ") == (
        f"{cast.FIRM} : du lundi au vendredi, de 9 h à 18 h ; mardi 24 novembre à 9 h"
    )


def test_a_text_with_faults_is_not_kept_and_all_are_said(answers: Answers) -> None:
    answers.seed()
    with pytest.raises(InvalidTextError) as caught:
        answers.save_reply("unknown_number", "fr", "{dossier} {hours}" + "a" * 5000, is_on=True)
    assert [fault.field for fault in caught.value.faults] == ["text"] * 3
    reply = answers.reply("unknown_number", "fr")
    assert reply is not None
    assert reply.message_template == texts.DEFAULTS["unknown_number"]["fr"]


def test_a_question_with_faults_is_not_kept_and_all_are_said(answers: Answers) -> None:
    assert faults(answers, Draft("fr", " ", "?, !", "", MOST_PRIORITY + 1)) == [
        "title",
        "keywords",
        "priority",
        "answer",
    ]
    assert faults(answers, Draft("fr", "a" * 25, "mot", "{nom}")) == ["title", "answer"]
    assert answers.questions() == []


def test_a_question_is_kept_changed_and_deleted(answers: Answers) -> None:
    entry_id = answers.save_entry(DRAFT)
    (entry,) = answers.entries()
    assert entry.keywords == ("adresse", "où êtes-vous")
    changed = Draft("fr", " Adresse ", "adresse\nplan، العنوان; ,", " Ici.\r\nLà. ", enabled=False)
    assert answers.save_entry(changed, entry_id) == entry_id
    assert answers.entries() == []
    (entry,) = answers.entries(all_of_them=True)
    assert entry.keywords == ("adresse", "plan", "العنوان")
    assert (entry.title, entry.answer) == ("Adresse", "Ici.\nLà.")
    assert answers.delete_entry(entry_id)
    assert not answers.delete_entry(entry_id)


def test_what_is_changed_while_somebody_deletes_it_is_not_lost(answers: Answers) -> None:
    entry_id = answers.save_entry(DRAFT)
    answers.delete_entry(entry_id)
    answers.save_entry(DRAFT, entry_id)
    assert [entry.title for entry in answers.entries()] == ["Adresse"]


def test_higher_priorities_come_first(answers: Answers) -> None:
    for title, priority in (("a", 0), ("b", 5), ("c", -1), ("d", 5)):
        answers.save_entry(Draft("fr", title, title, title, priority))
    assert [entry.title for entry in answers.entries()] == ["b", "d", "a", "c"]


def test_a_firm_that_confirms_nothing_sends_nothing_and_files_all_the_same(
    office: Office, meta: Meta
) -> None:
    office.answers.switch_reply("document_received", "fr", is_on=False)
    amel = meta.phone(cast.BEN_YOUSSEF, "Amel")
    amel.sends(cast.pdf("BAIL"), filename="bail.pdf")
    meta.settle()
    office.rests()
    assert models.Document.get().status == "filed"
    assert amel.received == []
    whatsapp = models.Outgoing.select().where(models.Outgoing.channel == "whatsapp")
    assert not whatsapp.exists()
