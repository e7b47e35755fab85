"""Which dossiers are offered for a document, and why."""

import pytest

from appliance.dashboard.suggestions import (
    MOST,
    Clues,
    Mention,
    Named,
    Sought,
    Suggestion,
    Why,
    named_in,
    suggested,
    titled_in,
)

BAIL = Named(1, "2026-0042", ("RG 24/01234",), ("Amel Ben Youssef", "Société du Lac"))
SHORT = Named(2, "2026-1", (), ("Karim Gharbi", "Ali B."))
LONG = Named(3, "2026-17", (), ("Karim Gharbi", "Nadia Gharbi"))
PLAIN = Named(4, "12", (), ())
ARABIC = Named(5, "2025-0310", (), ("شركة النور",))
ALL = (BAIL, SHORT, LONG, PLAIN, ARABIC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Bonjour Maître, voici la photo", []),
        ("pour le dossier 2026-0042 svp", [1]),
        ("2026_0042_bail.pdf", [1]),
        ("scan(2026.0042).jpg", [1]),
        ("dossier n°2026 0042.", [1]),
        ("2026-00421", []),
        ("12026-0042", []),
        ("affaire 2026-17", [3]),  # not 2026-1
        ("affaire 2026-1", [2]),
        ("affaires 2026-1 et 2026-17", [2, 3]),
        ("WhatsApp Image 2026-11-25 at 10.12.33.jpeg", []),
        ("reçu le 2026-1-17", []),  # a day
        ("reçu le 17/1/2026", []),
        ("j'en ai 12", []),  # too short to name anything
        ("audience RG 24/01234", [1]),
        ("audience n° 24/01234", [1]),
        ("24-01234.pdf", [1]),
        ("124/01234", []),
        ("contre la SOCIETE DU LAC", [1]),
        ("au bord du lac", [1]),  # "société" tells nothing: it is offered, and why is said
        ("de la part de ben youssef amel", [1]),
        ("Youssef", []),  # half a name
        ("Gharbi Karim", [2, 3]),
        ("karim et nadia gharbi", [2, 3]),
        ("Ali", [2]),
        ("عقد شركة النور", [5]),
        ("2026-0042 / Gharbi Karim", [1, 2, 3]),
        ("Gharbi Karim 2026-17", [3, 2]),  # a reference before a name
    ],
)
def test_words_name_a_dossier_by_reference_court_number_or_party(
    text: str, found: list[int]
) -> None:
    assert [mention.dossier_id for mention in named_in([text], ALL)] == found


def test_what_was_found_is_said_in_the_firms_words() -> None:
    assert named_in(["2026_0042.pdf"], ALL) == [Mention(1, "2026-0042")]
    assert named_in(["rg 24 01234"], ALL) == [Mention(1, "RG 24/01234")]
    assert named_in(["SOCIETE DU LAC"], ALL) == [Mention(1, "Société du Lac")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Voici l'acte, pour le divorce", [2]),
        ("pour la SUCCESSION", [3]),
        ("de la part de Gharbi", []),  # whose all of them are
        ("le bail du magasin", []),  # two of them are a lease
        ("le bail de Sfax", [5]),
    ],
)
def test_a_clients_dossier_is_named_by_a_word_of_its_title_alone(
    text: str, found: list[int]
) -> None:
    titles = {2: "Divorce G. / G.", 3: "Succession Gharbi", 4: "Bail Sousse", 5: "Bail Sfax"}
    assert [each.dossier_id for each in titled_in([text], titles, "Karim Gharbi")] == found


def test_words_of_two_texts_are_not_read_as_one_number() -> None:
    assert named_in(["dossier 2026", "0042.pdf"], ALL) == []


@pytest.mark.parametrize(
    ("clues", "offered"),
    [
        (Clues(), []),
        (Clues(recent=[4]), [(4, Why.RECENT)]),
        (
            Clues([Mention(1, "x")], [2], [3], [4], [5], [6]),
            [
                (1, Why.NAMED),
                (2, Why.LAST_USED),
                (3, Why.CLIENT),
                (4, Why.LAWYER),
                (5, Why.RECENT),
                (6, Why.OPENED),
            ],
        ),
        (Clues([Mention(3, "x")], [3], [2, 3], [3], [3, 2]), [(3, Why.NAMED), (2, Why.CLIENT)]),
        (Clues(lawyers=[7], recent=[7]), [(7, Why.LAWYER)]),
    ],
)
def test_each_dossier_is_offered_once_for_its_best_reason(
    clues: Clues, offered: list[tuple[int, Why]]
) -> None:
    assert [(each.dossier_id, each.why) for each in suggested(clues)] == offered


def test_dossiers_of_other_clients_come_after_all_of_the_senders_own() -> None:
    clues = Clues(
        named=[Mention(7, "x"), Mention(2, "y")], last_used=[8], clients=[1], recent=[9, 3]
    )
    offered = suggested(clues, own={1, 2, 3})
    assert [(each.dossier_id, each.is_others) for each in offered] == [
        (2, False),
        (1, False),
        (3, False),
        (7, True),
        (8, True),
        (9, True),
    ]
    assert [each.dossier_id for each in suggested(clues)] == [7, 2, 8, 1, 9, 3], "of a stranger"


def test_the_senders_own_are_never_crowded_out_by_others() -> None:
    offered = suggested(Clues(recent=range(1, 30), opened=[50]), own={50})
    assert offered[0] == Suggestion(50, Why.OPENED)
    assert len(offered) == MOST


def test_no_more_are_offered_than_there_are_figure_keys() -> None:
    offered = suggested(Clues(recent=range(1, 30)))
    assert len(offered) == MOST
    assert offered[0] == Suggestion(1, Why.RECENT)


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("", False),
        ("   ", False),
        ("gha", True),
        ("GHARBI succéssion", True),
        ("2026-00", True),
        ("0042", True),
        ("042", False),  # words are found from their beginning
        ("gharbi bail", False),
        ("%", False),
    ],
)
def test_what_is_typed_is_found_at_the_beginning_of_words(typed: str, is_found: bool) -> None:
    texts = ("2026-0042", "Succession Gharbi", "Karim Gharbi")
    assert Sought.of(typed).is_in(texts) is is_found


def test_a_reference_is_known_however_it_is_typed() -> None:
    assert Sought.of("2026 0042").is_reference("2026-0042")
    assert not Sought.of("2026-004").is_reference("2026-0042")
