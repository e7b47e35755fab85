"""Real questions find their entry, and nothing else does."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.folding import folded, same, words
from appliance.replies.faq import Entry, find, is_question
from appliance.replies.language import language_of

TABLE = Path(__file__).resolve().parents[1] / "fixtures" / "faq_questions.csv"
KEYWORDS = {
    "hours": {
        "fr": "horaires, heures d'ouverture, ouvrez, fermez, êtes ouverts, ouvert aujourd'hui,"
        " cabinet est ouvert",
        "en": "opening hours, office hours, open on, do you open, opening times",
        "ar": "أوقات العمل, متى تفتحون, مفتوح, ساعات العمل, توقيت, أوقات عملكم",
    },
    "prices": {
        "fr": "tarifs, tarif horaire, honoraires, prix, combien coûte, combien la consultation,"
        " de combien",
        "en": "how much, fees, price, charge",
        "ar": "كم ثمن, أتعاب, أسعار, بكم",
    },
    "appointment": {"fr": "rendez-vous, rdv", "en": "appointment", "ar": "موعد, مواعيد"},
    "address": {
        "fr": "adresse, où se trouve, où êtes, c'est où, êtes où",
        "en": "address, where is your office",
        "ar": "عنوان, أين يوجد, أين المكتب",
    },
    "pieces": {
        "fr": "pièces à fournir, documents à fournir, quelles pièces, quels documents, papiers"
        " apporter, papiers faut",
        "en": "which documents, what documents",
        "ar": "الوثائق المطلوبة, الوثائق اللازمة, الأوراق المطلوبة",
    },
    "send": {
        "fr": "envoyer document, envoyer documents, envoyer photos, envoyer pièces",
        "en": "send document, send you a document",
        "ar": "أرسل وثيقة, إرسال الوثائق",
    },
    "languages": {"fr": "parlez-vous, langues", "en": "do you speak", "ar": "تتكلمون"},
    "contact": {
        "fr": "numéro de téléphone, email, adresse mail, quel numéro",
        "en": "phone number",
        "ar": "رقم هاتفكم, البريد الإلكتروني",
    },
}
PRIORITY = {"contact": 1, "pieces": 1}


def entries() -> list[Entry]:
    numbered = enumerate(
        (name, language, written)
        for name, languages in KEYWORDS.items()
        for language, written in languages.items()
    )
    return [
        Entry(
            number,
            language,
            name,
            tuple(part.strip() for part in written.split(",")),
            "",
            PRIORITY.get(name, 0),
        )
        for number, (name, language, written) in numbered
    ]


def rows() -> list[tuple[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [(row["question"], row["entry"]) for row in csv.DictReader(file, delimiter=";")]


def entry_for(question: str) -> str:
    found = find(question, entries())
    return found.entry.title if found else ""


def test_the_table_is_large_enough() -> None:
    assert len(rows()) >= 120
    assert {language_of(question) for question, _ in rows()} >= {"fr", "en", "ar"}


@pytest.mark.parametrize(("question", "entry"), rows())
def test_a_question_finds_its_entry_or_none(question: str, entry: str) -> None:
    assert entry_for(question) == entry


@given(st.sampled_from(rows()), st.sampled_from([str.upper, str.lower, str.title]))
def test_capitals_do_not_matter(row: tuple[str, str], change: object) -> None:
    assert entry_for(change(row[0])) == row[1]  # type: ignore[operator]


@given(st.sampled_from(rows()), st.sampled_from(["!", " ?", "…", " .", "\n", " 🙏"]))
def test_punctuation_at_the_end_does_not_matter(row: tuple[str, str], end: str) -> None:
    assert entry_for(row[0] + end) == row[1]


@given(st.sampled_from([row for row in rows() if language_of(row[0]) != "ar"]))
def test_accents_do_not_matter(row: tuple[str, str]) -> None:
    assert entry_for(folded(row[0])) == row[1]


@given(st.text(alphabet="bcdfgjkmnpqtvwxyz 0123456789", max_size=60))
def test_words_that_are_no_keyword_find_nothing(text: str) -> None:
    known = {word for entry in entries() for keyword in entry.keywords for word in words(keyword)}
    if not any(same(word, other) for word in words(text) for other in known):
        assert find(text, entries()) is None


@given(st.text(max_size=200))
def test_nothing_makes_it_stumble(text: str) -> None:
    find(text, entries())
    language_of(text)
    is_question(text)


def test_a_higher_priority_wins_then_more_words_then_the_askers_language() -> None:
    low = Entry(1, "fr", "low", ("rendez-vous",), "")
    more = Entry(2, "fr", "more", ("annuler rendez-vous",), "")
    high = Entry(3, "fr", "high", ("vous",), "", priority=5)
    english = Entry(4, "en", "english", ("rendez-vous",), "")
    question = "Je voudrais annuler mon rendez-vous"
    assert find(question, [low, more]).entry is more  # type: ignore[union-attr]
    assert find(question, [low, more, high]).entry is high  # type: ignore[union-attr]
    assert find("un rendez-vous pour moi", [english, low]).entry is low  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("horaire", "horaires"),
        ("journal", "journaux"),
        ("prix", "prix"),
        ("ouverts", "ouverte"),
        ("lieux", "lieu"),
        ("bijou", "bijoux"),
        ("tableaux", "tableau"),
        ("taxes", "tax"),
        ("fees", "fee"),
        ("companies", "company"),
        ("وثائق", "الوثائق"),
        ("كتاب", "والكتاب"),
        ("اتعابكم", "اتعاب"),
    ],
)
def test_forms_of_a_word_are_the_same(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("prix", "surprix"),
        ("prix", "prie"),
        ("mois", "moi"),
        ("pays", "paye"),
        ("fois", "foi"),
        ("voix", "voie"),
        ("cas", "casa"),
        ("or", "ordre"),
    ],
)
def test_words_within_words_are_not(one: str, other: str) -> None:
    assert not same(one, other)
