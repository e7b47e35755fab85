"""An arriving document ticks what the dossier waits for only when it is certain."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.papers.expected import (
    Draft,
    Verdict,
    Wanted,
    drafts_of,
    is_late,
    phrases,
    what_it_is,
)
from appliance.papers.usual import USUAL
from appliance.wording import LANGUAGES

MARRIAGE = Wanted(1, "Acte de mariage", ("acte de mariage", "extrait de mariage"))
BIRTH = Wanted(2, "Actes de naissance", ("acte de naissance",))
IDENTITY = Wanted(3, "Pièce d'identité", ("cin", "carte d'identité", "passeport"))
PLAIN = Wanted(4, "Contrat de bail")  # nobody wrote keywords
CONTRACT = Wanted(5, "عقد الزواج", ("عقد زواج",))
ALL = (MARRIAGE, BIRTH, IDENTITY, PLAIN, CONTRACT)


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("acte de mariage.pdf", 1),
        ("ACTE_DE_MARIAGE (copie).PDF", 1),
        ("acte-mariage.jpg", 1),
        ("ActeDeMariage2.pdf", 1),
        ("mariage acte scanné.pdf", 1),
        ("Actes de naissance.pdf", 2),
        ("CIN2.jpg", 3),
        ("ma carte d’identité.pdf", 3),
        ("عقد الزواج.pdf", 5),
        ("عقد زواج (نسخة).pdf", 5),
    ],
)
def test_a_keyword_in_the_name_of_a_file_is_certain(name: str, piece: int) -> None:
    assert what_it_is(name, None, ALL) == Verdict(certain=piece)


@pytest.mark.parametrize(
    ("caption", "piece"), [("Voici l'acte de mariage", 1), ("cin recto", 3), ("هذا عقد الزواج", 5)]
)
def test_a_photo_is_known_by_what_is_said_of_it(caption: str, piece: int) -> None:
    assert what_it_is(None, caption, ALL) == Verdict(certain=piece)


@pytest.mark.parametrize(
    "caption",
    [
        "Je n'ai pas l'acte de mariage",
        "l'acte de mariage demain",
        "il vous faut l'acte de mariage ?",
        "هل تحتاجون عقد الزواج؟",
        "bonjour maître, comme je le disais hier au sujet de mon acte de mariage, je vous rappelle",
    ],
)
def test_a_caption_that_only_speaks_of_a_piece_is_a_suggestion(caption: str) -> None:
    verdict = what_it_is(None, caption, ALL)

    assert verdict.certain is None
    assert len(verdict.suggested) == 1


@pytest.mark.parametrize(
    "name", ["acte de mariage et acte de naissance.pdf", "cin + passeport et bail"]
)
def test_what_could_be_two_pieces_or_is_one_by_two_keywords(name: str) -> None:
    verdict = what_it_is(name, None, (MARRIAGE, BIRTH, IDENTITY))

    expected = Verdict(suggested=(1, 2)) if "mariage" in name else Verdict(certain=3)
    assert verdict == expected


def test_a_name_and_a_caption_that_disagree_are_a_suggestion() -> None:
    assert what_it_is("acte de mariage.pdf", "passeport", ALL) == Verdict(suggested=(1, 3))


def test_a_piece_without_keywords_is_never_certain() -> None:
    assert what_it_is("contrat de bail.pdf", None, ALL) == Verdict(suggested=(4,))


def test_a_file_that_says_it_is_not_the_piece_is_a_suggestion() -> None:
    assert what_it_is("attestation sans passeport.pdf", None, ALL) == Verdict(suggested=(3,))


@pytest.mark.parametrize(
    ("name", "caption"),
    [(None, None), ("IMG-20261125-WA0004.jpg", None), ("vacine.pdf", None), ("", "merci Maître")],
)
def test_what_says_nothing_ticks_nothing(name: str | None, caption: str | None) -> None:
    assert what_it_is(name, caption, ALL) == Verdict()


@given(st.text(max_size=60) | st.none(), st.text(max_size=60) | st.none(), st.booleans())
def test_a_certain_piece_is_always_the_only_candidate(
    name: str | None, caption: str | None, is_short: bool
) -> None:
    wanted = ALL[:2] if is_short else ALL
    verdict = what_it_is(name, caption, wanted)

    assert verdict.certain is None or not verdict.suggested
    assert {verdict.certain, *verdict.suggested} - {None} <= {one.id for one in wanted}


@given(st.sampled_from(["pas", "sans", "not", "بدون"]), st.sampled_from(ALL[:3]))
def test_a_denied_piece_is_never_ticked(denial: str, piece: Wanted) -> None:
    said = f"{denial} {piece.keywords[0]}"

    assert what_it_is(f"{said}.pdf", None, ALL).certain is None
    assert what_it_is(None, said, ALL).certain is None


def test_keywords_stand_between_commas_of_any_writing() -> None:
    assert phrases(" a b ,c،  د ; e؛,, ") == ("a b", "c", "د", "e")


def test_a_list_is_read_line_by_line() -> None:
    read = drafts_of("Acte de mariage : acte de mariage,  extrait\n\n  Passeport\n: rien")

    assert read == [Draft("Acte de mariage", "acte de mariage, extrait"), Draft("Passeport")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_usual_lists_know_their_own_pieces(language: str) -> None:
    assert len(USUAL[language]) == 5
    for lines in USUAL[language].values():
        drafts = drafts_of(lines)
        wanted = [
            Wanted(place, draft.label, phrases(draft.keywords))
            for place, draft in enumerate(drafts)
        ]
        assert len(lines.splitlines()) == len(drafts)
        for place, one in enumerate(wanted):
            assert one.keywords, one.label
            assert place in {
                what_it_is(f"{key}.pdf", None, wanted).certain for key in one.keywords
            }, one.label


@pytest.mark.parametrize(
    ("needed_on", "is_there", "late"),
    [
        (date(2026, 11, 24), False, True),
        (date(2026, 11, 25), False, False),
        (date(2026, 11, 24), True, False),
        (None, False, False),
    ],
)
def test_a_piece_is_late_the_day_after(needed_on: date | None, is_there: bool, late: bool) -> None:
    assert is_late(needed_on, date(2026, 11, 25), is_there=is_there) == late
