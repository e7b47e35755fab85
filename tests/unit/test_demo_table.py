"""What the demo prints fits the terminal, and breaks neither numbers nor words."""

import pytest

from appliance.demo.table import table

PATH = "_A rattacher/+21622333444/2026-11-23 Photo.jpg"
REPLY = "Cabinet Trabelsi a bien reçu vos 3 documents. Merci."
LETTER = "[Greffier] Documents à classer : votre choix est attendu"
ROWS = [
    ("Who writes", "What they send", "Where it is now", "Told the client", "Told the lawyer"),
    ("Karim, two dossiers", "3 photos in one go", f"{PATH}\n{PATH}", REPLY, LETTER),
]


@pytest.mark.parametrize("total", [200, 120, 110])
def test_a_wide_terminal_gets_columns(total: int) -> None:
    header, rule, *lines = table(ROWS, total).splitlines()

    assert header.split("  ")[0] == "Who writes"
    assert set(rule) == {"─"}
    assert max(map(len, (rule, *lines))) <= total


@pytest.mark.parametrize("total", [109, 80, 60])
def test_a_narrow_terminal_gets_a_block_for_each_message(total: int) -> None:
    first, *lines = table(ROWS, total).splitlines()

    assert first == "Karim, two dossiers"
    assert lines[0] == "  What they send   3 photos in one go"
    assert max(map(len, lines)) <= total


@pytest.mark.parametrize("total", [200, 120, 110, 80, 60])
def test_no_number_and_no_word_is_broken(total: int) -> None:
    shown = table(ROWS, total)

    for whole in ("+21622333444/", "2026-11-23", "Photo.jpg", "documents.", "[Greffier]"):
        assert whole in shown, whole
