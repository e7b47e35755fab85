"""What people read, in three languages."""

import re
from datetime import UTC, datetime

import pytest

from appliance.wording import LANGUAGES, Wording
from tests import catalogs

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
RECEIVED = (
    "%(firm)s has received your document. Thank you.",
    "%(firm)s has received your %(count)d documents. Thank you.",
)


def test_the_languages_of_the_catalogs_are_those_of_the_product() -> None:
    assert catalogs.LANGUAGES == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_or_stale(language: str) -> None:
    there = {message.id for message in catalogs.read(language) if message.id}
    wanted = {message.id for message in catalogs.wanted() if message.id}

    assert there == wanted, "run `python -m tests.catalogs`, then translate"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    for message in catalogs.read(language):
        forms = (message.string,) if isinstance(message.string, str) else message.string
        assert not message.id or all(forms), message.id
        assert not message.id or not message.fuzzy


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_promises_no_value_that_it_will_not_get(language: str) -> None:
    for message in catalogs.read(language):
        given = set(PLACEHOLDER.findall("".join(message.id)))
        for form in [message.string] if isinstance(message.string, str) else message.string:
            assert set(PLACEHOLDER.findall(form)) <= given, message.id


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("fr", 1, "Cabinet a bien reçu votre document. Merci."),
        ("fr", 3, "Cabinet a bien reçu vos 3 documents. Merci."),
        ("en", 2, "Cabinet has received your 2 documents. Thank you."),
        ("ar", 2, "تسلّم Cabinet وثيقتيكم. شكرًا لكم."),
        ("ar", 11, "تسلّم Cabinet وثائقكم وعددها 11. شكرًا لكم."),
    ],
)
def test_numbers_take_the_form_of_the_language(language: str, count: int, said: str) -> None:
    wording = Wording(language, "Africa/Tunis")

    assert wording.plural(*RECEIVED, count, firm="Cabinet", count=count) == said


def test_times_are_the_firms_not_the_databases() -> None:
    instant = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)

    assert Wording("fr", "Africa/Tunis").moment(instant) == "24/11/2026 00:30"
    assert Wording("fr", "Africa/Tunis").day(instant) == "24/11/2026"


def test_arabic_is_written_from_the_right() -> None:
    assert [Wording(one, "UTC").direction for one in LANGUAGES] == ["ltr", "ltr", "rtl"]
