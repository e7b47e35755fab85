"""In which language somebody writes: right, or not said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.replies.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bonjour Maître, je vous envoie le contrat.", "fr"),
        ("Bonjour", "fr"),
        ("BONSOIR", "fr"),
        ("Avez-vous reçu mes documents ?", "fr"),
        ("Merci beaucoup", "fr"),
        ("Hello, can you send me the contract please?", "en"),
        ("Thanks", "en"),
        ("What are your opening hours?", "en"),
        ("صباح الخير أستاذ", "ar"),
        ("متى تفتحون؟", "ar"),
        ("أرسلت لكم PDF اليوم", "ar"),
        ("Salut محمد, je vous envoie le document demain", "fr"),
        ("ok", None),
        ("👍", None),
        ("12/05/2026", None),
        ("Trabelsi", None),
        ("Contrat bail appartement Tunis", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_is_recognised_or_left_open(text: str | None, language: str | None) -> None:
    assert language_of(text) == language


@given(st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهوي ", min_size=1).filter(str.strip))
def test_arabic_letters_are_arabic(text: str) -> None:
    assert language_of(text) == "ar"


@given(st.text(max_size=200))
def test_any_text_has_one_of_ours_or_none(text: str) -> None:
    assert language_of(text) in {"fr", "en", "ar", None}
