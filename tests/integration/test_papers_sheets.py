"""What comes out as PDF: the same bytes each time, one page a receipt, nothing out of its place."""

import hashlib
import re
from typing import Any

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.chain import Entry, grouped, made
from appliance.papers.bordereau_sheet import bordereau_pdf
from appliance.papers.drawing import ATTACHMENT
from appliance.papers.paper import NO_GLYPH, safe
from appliance.papers.proofs import MOST
from appliance.papers.receipt_sheet import receipt_pdf
from appliance.wording import LANGUAGES, Wording

WORDINGS = {language: Wording(language, "Africa/Tunis") for language in LANGUAGES}
HOSTILE = [
    "x" * 5000,
    "ب" * 5000,
    "W" * 300 + "\n" * 50,
    "facture\u202egpj.exe",
    "\x00\x07\x1b[31m rouge \u2028\u2029 ligne",
    "😀 中文 \U0010ffff \ud800",
    "e" + "\u0301" * 500,
    "%(name)s {nb} **gras** \\ ( ) << >> endobj",
    "",
]


def document(place: int, **more: Any) -> dict[str, Any]:
    return {
        "id": place,
        "name": f"bail {place}.pdf",
        "filed_as": "2026-11-25 bail.pdf",
        "mime_type": "application/pdf",
        "size": 1_240_000 + place,
        "sha256": hashlib.sha256(bytes([place])).hexdigest(),
        "wamids": [f"wamid.{place}"],
        "sent_at": "2026-11-25T23:13:59Z",
        "received_at": "2026-11-25T23:14:03Z",
        "filed_at": "2026-11-25T23:14:06Z",
        "filed_by": "greffier",
        "reason": "only_active_dossier",
        **more,
    }


def receipt(kind: str = "delivery", **more: Any) -> Entry:
    said: dict[str, Any] = {
        "format": 1,
        "firm": "Cabinet Trabelsi",
        "timezone": "Africa/Tunis",
        "issued_at": "2026-11-25T23:16:06Z",
        "sender": {"id": "+21620111222", "name": "Amel", "channel": "WhatsApp"},
        "client": "Amel Ben Youssef",
        "dossier": {"reference": "2026-0042", "title": "Bail rue de Marseille"},
        "documents": [document(1)],
    }
    return made(kind, said | more, 12, "ab" * 32, b"k" * 32)


def bordereau(count: int, **more: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "firm": "Cabinet Trabelsi",
        "timezone": "Africa/Tunis",
        "issued_at": "2026-11-25T23:16:06Z",
        "number": 2,
        "dossier": {"reference": "2026-0042", "title": "Bail rue de Marseille"},
        "client": "Amel Ben Youssef",
        "opponents": ["Société Carthage", "شركة قرطاج"],
        "lawyer": "Salma Trabelsi",
        "pieces": [
            {"number": 13 + place, "title": f"Pièce {place}", "dated_on": "2026-03-01", "pages": 2}
            for place in range(count)
        ],
    } | more


def words_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as read:
        text = " ".join(page.get_textpage().get_text_bounded() for page in read)
    return re.sub(r"\s+", " ", text)


def pages_of(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as read:
        return len(read)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receipt_is_the_same_to_the_last_byte_each_time(language: str) -> None:
    entry = receipt()

    assert receipt_pdf(entry, WORDINGS[language]) == receipt_pdf(entry, WORDINGS[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bordereau_is_the_same_to_the_last_byte_each_time(language: str) -> None:
    said = bordereau(3)

    assert bordereau_pdf(said, WORDINGS[language]) == bordereau_pdf(said, WORDINGS[language])


def test_a_receipt_says_who_sent_what_when_and_which_bytes() -> None:
    entry = receipt()
    said = words_of(receipt_pdf(entry, WORDINGS["fr"]))

    sha256 = document(1)["sha256"]
    for words in (
        "RÉCÉPISSÉ N° 12",
        "Cabinet Trabelsi",
        "+21620111222",
        "Amel Ben Youssef",
        "2026-0042",
        "bail 1.pdf",
        "wamid.1",
        "26/11/2026 00:13:59 (UTC 25/11 23:13:59)",
        "un seul dossier actif",
        grouped(sha256),
        grouped(entry.hash),
        grouped(entry.previous),
    ):
        assert words in said, words


def test_a_receipt_brings_its_entry_along() -> None:
    entry = receipt()
    with pypdfium2.PdfDocument(receipt_pdf(entry, WORDINGS["en"])) as read:
        names = [read.get_attachment(place).get_name() for place in range(read.count_attachments())]
        content = bytes(read.get_attachment(0).get_data())

    assert names == [ATTACHMENT]
    assert entry.hash.encode() in content


def test_a_correction_says_where_the_document_was() -> None:
    moved = document(1, **{"from": {"reference": "2026-0017", "title": "Divorce"}, "receipt": 7})
    moved["filed_by"] = "Nour"
    said = words_of(receipt_pdf(receipt("correction", documents=[moved]), WORDINGS["fr"]))

    assert "RÉCÉPISSÉ RECTIFICATIF N° 12" in said
    assert "Classé par Nour" in said
    assert "2026-0017" in said
    assert "récépissé" in said


def test_a_document_that_is_in_no_dossier_any_more_is_said_to_be_so() -> None:
    moved = document(1, **{"from": None, "receipt": None}, filed_by=None, filed_at=None)
    entry = receipt("correction", documents=[moved], dossier=None)

    assert "N’est plus dans aucun dossier" in words_of(receipt_pdf(entry, WORDINGS["fr"]))


def test_an_erasure_has_its_page_too() -> None:
    entry = receipt("erasure", erased=[3, 4], by="Salma Trabelsi", why="demande du client")
    said = words_of(receipt_pdf(entry, WORDINGS["fr"]))

    assert "CONSTAT D’EFFACEMENT" in said
    assert "3, 4" in said


@pytest.mark.parametrize(
    ("language", "text"),
    [*(("fr", text) for text in HOSTILE), ("ar", HOSTILE[1]), ("ar", HOSTILE[2])],
)
def test_a_full_receipt_stays_one_page_whatever_it_must_name(language: str, text: str) -> None:
    place = {"reference": text, "title": text}
    documents = [
        document(n, name=text, filed_as=text, filed_by=text or "x", wamids=[text] * 20, receipt=9)
        | {"from": place}
        for n in range(MOST)
    ]
    sender = {"id": text, "name": text, "channel": "WhatsApp"}
    about = {"client": text, "dossier": place, "firm": text, "sender": sender}
    entry = receipt("correction", documents=documents, **about)

    assert pages_of(receipt_pdf(entry, WORDINGS[language])) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_bordereau_goes_on_over_pages_and_repeats_its_headings(language: str) -> None:
    wording = WORDINGS[language]
    with pypdfium2.PdfDocument(bordereau_pdf(bordereau(100), wording)) as read:
        pages = [page.get_textpage().get_text_bounded() for page in read]

    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        assert language == "ar" or f"{number} / 3" in page
    assert all(wording.text("Exhibit") in page for page in pages) or language == "ar"
    numbers = {str(number) for number in range(13, 113)}
    assert numbers <= set(re.findall(r"\d+", " ".join(pages)))


def test_a_bordereau_reads_as_a_lawyer_writes_it() -> None:
    said = words_of(bordereau_pdf(bordereau(5), WORDINGS["fr"]))

    for words in (
        "BORDEREAU DE PIÈCES COMMUNIQUÉES",
        "Pièces n° 13 à 17",
        "Pour Amel Ben Youssef",
        "Contre Société Carthage",
        "5 pièces au total, 10 pages",
        "26/11/2026",
        "01/03/2026",
        "Signature et cachet",
    ):
        assert words in said, words


def test_a_bordereau_of_one_piece_of_unknown_length_does_not_count_pages() -> None:
    one = bordereau(1)
    one["pieces"][0] |= {"pages": None, "dated_on": None}
    said = words_of(bordereau_pdf(one, WORDINGS["fr"]))

    assert "Pièce n° 13" in said
    assert "1 pièce au total" in said
    assert "1 pièce au total," not in said


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_do_not_break_a_bordereau(text: str) -> None:
    said = bordereau(2, client=text, opponents=[text] * 30, firm=text, lawyer=text)
    said["dossier"] = {"reference": text, "title": text}
    said["pieces"][0]["title"] = text

    assert pages_of(bordereau_pdf(said, WORDINGS["fr"])) <= 5


@given(st.text(max_size=80))
def test_safe_text_is_one_line_without_hidden_marks(text: str) -> None:
    shown = safe(text, 40)

    assert len(shown) <= 40
    assert "\n" not in shown
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x1f\x7f-\x9f]", shown)
    assert safe(shown, 40) == shown


def test_what_cannot_be_drawn_is_shown_as_such_and_what_turns_the_direction_is_left_out() -> None:
    assert safe("facture\u202egpj.exe") == "facturegpj.exe"
    assert safe("a 😀 b") == f"a {NO_GLYPH} b"
    assert safe("é\u0301\u0301\u0301\u0301\u0301").count("\u0301") == 3
    assert safe("عقد كراء، Société œuvre — n° 5 €") == "عقد كراء، Société œuvre — n° 5 €"
    assert safe(None) == ""
