"""What people read, in three languages."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance import telling
from appliance.errors import sentence
from appliance.outbox.notes import WHAT
from appliance.wording import LANGUAGES, Wording
from tests import catalogs

APPLIANCE = Path(telling.__file__).parent
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
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    for message in catalogs.read(language):
        given = set(PLACEHOLDER.findall("".join(message.id)))
        is_plural = not isinstance(message.id, str)
        for form in message.string if is_plural else [message.string]:
            found = set(PLACEHOLDER.findall(form))
            # « un document », «وثيقتين»: the form may say the number without writing it.
            allowed = {"count"} if is_plural else set()
            assert given - found <= allowed, message.id
            assert found <= given, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_can_be_filled_in(language: str) -> None:
    for message in catalogs.read(language):
        if not message.id:
            continue
        values = dict.fromkeys(PLACEHOLDER.findall("".join(message.id)), 3)
        forms = [message.string] if isinstance(message.string, str) else message.string
        assert all(form % values for form in forms if values)


def test_a_form_of_every_number_exists_in_arabic() -> None:
    plurals = [one for one in catalogs.read("ar") if not isinstance(one.id, str)]

    assert plurals
    assert all(len(one.string) == 6 for one in plurals)


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("fr", 1, "votre document"),
        ("fr", 3, "vos 3 documents"),
        ("en", 2, "your 2 documents"),
        ("ar", 2, "وثيقتيكم"),
        ("ar", 11, "11 وثيقة منكم"),
    ],
)
def test_numbers_take_the_form_of_the_language(language: str, count: int, said: str) -> None:
    wording = Wording(language, "Africa/Tunis")

    assert wording.plural(*WHAT["documents"], count, count=count) == said


@pytest.mark.parametrize(
    ("language", "moment", "day"),
    [
        ("fr", "24/11/2026 00:30", "24/11/2026"),
        ("en", "24/11/2026, 00:30", "24/11/2026"),
        ("ar", "24\u200f/11\u200f/2026، 00:30", "24\u200f/11\u200f/2026"),
    ],
)
def test_times_are_the_firms_and_days_come_before_months(
    language: str, moment: str, day: str
) -> None:
    instant = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    wording = Wording(language, "Africa/Tunis")

    assert wording.moment(instant) == moment
    assert wording.day(instant) == day


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("fr", 12, "12 octets"),
        ("en", 702, "702 bytes"),
        ("fr", 340_400, "340\u202fko"),
        ("fr", 1_240_000, "1,2\u202fMo"),
        ("fr", 99_600_000, "100\u202fMo"),
        ("en", 2_000_000_000, "2 GB"),
        ("ar", 1_240_000, "1,2 م.ب"),
    ],
)
def test_sizes_are_rounded_as_people_say_them(language: str, count: int, said: str) -> None:
    assert Wording(language, "UTC").size(count) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "entière, 1,5 Mo"), ("en", "whole, 1.5 MB"), ("ar", "سليمة، 1,5 ميغابايت")],
)
def test_decimals_within_a_sentence_are_written_as_the_language_does(
    language: str, said: str
) -> None:
    whole = sentence("whole, %(size)s MB", size=1.5)
    wording = Wording(language, "UTC")
    kept = telling.from_json(telling.as_json(whole))
    for one in (whole, kept):
        assert telling.said(one, wording) == said
    assert str(whole) == "whole, 1.5 MB"


def test_no_decimal_is_written_by_itself() -> None:
    """`size`, `number`, `lasting` and a float in a sentence know the language."""
    written = re.compile(r"""\.[1-9]f[}"']""")
    found = {
        f"{path.relative_to(APPLIANCE)}: {line.strip()}"
        for part in ("dashboard", "upkeep", "safety", "outbox", "papers", "keeping", "drive", "cli")
        for path in (APPLIANCE / part).rglob("*")
        if path.suffix in {".py", ".html", ".txt", ".js"} and "vendor" not in path.parts
        for line in path.read_text("utf-8").splitlines()
        if written.search(line) or "toFixed(" in line
    }
    assert found == {
        'upkeep/health.py: return _is(state, f"{free / 1e9:.1f} GB free")'
    }  # for programs


def test_an_empty_text_stays_empty() -> None:
    assert [Wording(one, "UTC").text("") for one in LANGUAGES] == ["", "", ""]


def test_arabic_is_written_from_the_right() -> None:
    assert [Wording(one, "UTC").direction for one in LANGUAGES] == ["ltr", "ltr", "rtl"]


def test_french_is_printed_as_french_is() -> None:
    french = Wording("fr", "Africa/Tunis")
    ids = [message.id for message in catalogs.read("fr") if message.id]
    singles = [french.text(one) for one in ids if isinstance(one, str)]
    plurals = [french.plural(*one, 2, **_filled(one)) for one in ids if not isinstance(one, str)]

    loose = re.compile(r" [:;?!»]|« |\w'\w")
    assert len(singles) > 1000
    assert not [said for said in singles + plurals if loose.search(said)]


def _filled(forms: tuple[str, ...]) -> dict[str, int]:
    return dict.fromkeys(PLACEHOLDER.findall("".join(forms)), 2)
