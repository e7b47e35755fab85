"""Whatever is written becomes a name that every disk accepts."""

import unicodedata
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance import names

DAY = date(2026, 11, 23)
LONG = "contrat de bail commercial " * 10

CASES = {
    "Contrat.pdf": "Contrat.pdf",
    "Été.pdf": "Été.pdf",
    "E\u0301te\u0301.pdf": "Été.pdf",
    "e\u200b\u0301.pdf": "é.pdf",
    "عقد الإيجار.pdf": "عقد الإيجار.pdf",
    "قرارداد\u200cها.pdf": "قرارداد\u200cها.pdf",
    "👨\u200d👩\u200d👧.jpg": "👨\u200d👩\u200d👧.jpg",
    "facture\u202efdp.exe": "facturefdp.exe",
    "\u2066a\u2069\u200e\u200f\u061c.pdf": "a.pdf",
    "a\ufeffb\u2060c\u00ad.pdf": "abc.pdf",
    "a\x00b\x07.pdf": "ab.pdf",
    "a\ud800b.pdf": "ab.pdf",
    "a\ue000b.pdf": "ab.pdf",
    "a\u0378b.pdf": "ab.pdf",
    'a<b>c:d"e/f\\g|h?i*j.pdf': "a_b_c_d_e_f_g_h_i_j.pdf",
    "../../etc/passwd": "_.._etc_passwd",
    "a  b \t c\n.pdf": "a b c .pdf",
    "a\u00a0\u2003b.pdf": "a b.pdf",
    "  Contrat.pdf . .": "Contrat.pdf",
    "...caché": "caché",
    ". .": "document",
    "": "document",
    "\u202e\u200b": "document",
    "\u200d": "document",
    "CON": "_CON",
    "nul.pdf": "_nul.pdf",
    "NUL .pdf": "_NUL .pdf",
    "aux.tar.gz": "_aux.tar.gz",
    "COM0": "_COM0",
    "com¹.txt": "_com¹.txt",
    "LPT³": "_LPT³",
    "conin$": "_conin$",
    "CONOUT$.log": "_CONOUT$.log",
    "Console.pdf": "Console.pdf",
    "COM10.pdf": "COM10.pdf",
    "null.pdf": "null.pdf",
}


@pytest.mark.parametrize(("written", "expected"), CASES.items())
def test_a_name_is_made_safe(written: str, expected: str) -> None:
    assert names.safe_name(written) == expected
    assert names.safe_name(expected) == expected


def test_an_empty_name_takes_the_fallback_made_safe_too() -> None:
    assert names.safe_name(" . ", "Photo : 1") == "Photo _ 1"
    assert names.safe_name("", "\u202e") == "document"


def test_a_long_name_keeps_its_extension() -> None:
    name = names.safe_name(LONG + ".pdf")

    assert name.endswith(".pdf")
    assert 110 < len(name) <= 120


def test_a_long_name_fits_in_the_units_of_windows_and_the_bytes_of_linux() -> None:
    assert names.safe_name("ع" * 300 + ".pdf") == "ع" * 116 + ".pdf"
    assert names.safe_name("漢" * 300 + ".pdf") == "漢" * 78 + ".pdf"
    assert names.safe_name("👩" * 300 + ".pdf") == "👩" * 58 + ".pdf"


@pytest.mark.parametrize("begun", ["(version", "- version", "_version", "[version"])
def test_a_long_name_is_not_cut_behind_a_sign_that_opens_something(begun: str) -> None:
    for length in range(60, 140):
        stem, _, ending = names.safe_name("x" * length + " " + begun * 9 + ".docx").rpartition(".")
        assert ending == "docx"
        assert stem[-1] not in "([-_ "


def test_a_long_name_of_nothing_but_such_signs_stays() -> None:
    assert names.safe_name("(" * 300 + ".pdf").startswith("((")


def test_a_long_name_is_not_cut_inside_an_accent_or_an_emoji() -> None:
    accent = names.safe_name("x" * 119 + "q\u0301" + "end")
    family = names.safe_name("x" * 115 + "👨\u200d👩\u200d👧" + "end")

    assert accent == "x" * 119
    assert family == "x" * 115


def test_an_endless_pile_of_accents_is_cut_all_the_same() -> None:
    assert len(names.safe_name("q" + "\u0301" * 500)) == 120


def test_a_hostile_megabyte_is_cut_at_once() -> None:
    assert len(names.safe_name("\u0316\u0301" * 500_000)) <= 120


def is_safe(name: str) -> bool:
    stem = name.split(".", maxsplit=1)[0].rstrip(" ").upper()
    devices = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    devices |= {f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"}
    kinds = {unicodedata.category(char) for char in name if char not in "\u200c\u200d"}
    return (
        bool(name)
        and name == unicodedata.normalize("NFC", name)
        and not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        and not set(name) & set('<>:"/\\|?*')
        and name == name.strip(" .")
        and stem not in devices
        and len(name.encode("utf-16-le")) <= 240
        and len(name.encode()) <= 240
    )


SPECIAL = st.sampled_from(
    [*'<>:"/\\|?* .', *"\u202e\u200b\u200d\u0301\u0338¹²³$\x00\ud800👩", "nul"]
)
TEXTS = st.lists(st.text(max_size=6) | SPECIAL, max_size=80).map("".join)


@given(TEXTS)
@example("nul" + "\u0301" * 300 + ".pdf")
@example("nulx" + "\u0301" * 300)
@example("a" * 115 + " . . . .pdf")
@example("<\u0338.pdf")
def test_any_text_becomes_a_safe_name_that_stays_as_it_is(text: str) -> None:
    name = names.safe_name(text)

    assert is_safe(name)
    assert names.safe_name(name) == name


@given(TEXTS, st.sampled_from(["pdf", "jpg", "bin", "7z"]))
def test_any_original_name_becomes_a_safe_document_name(text: str, extension: str) -> None:
    name = names.document_name(text, extension, DAY, "Document")

    assert is_safe(name)
    assert name.startswith("2026-11-23 ")
    assert name.endswith(f".{extension}")


@given(TEXTS, st.integers(2, 99_999), st.integers(40, 120))
def test_any_numbered_name_is_safe_and_short_enough(text: str, n: int, units: int) -> None:
    name = names.numbered(names.safe_name(text), n, units)

    assert is_safe(name)
    assert f" ({n})" in name
    assert len(name.encode("utf-16-le")) <= units * 2


@given(TEXTS, TEXTS)
def test_any_text_becomes_a_short_safe_folder_name(reference: str, title: str) -> None:
    folders = (
        names.folder_name(title, "Client"),
        names.dossier_folder_name(reference, title),
        names.sender_folder_name(reference),
    )

    for folder in folders:
        assert is_safe(folder)
        assert len(folder.encode("utf-16-le")) <= 120
        assert names.folder_name(folder, "") == folder


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Contrat.pdf", ("Contrat", "pdf")),
        ("archive.tar.GZ", ("archive.tar", "GZ")),
        ("chanson.mp3", ("chanson", "mp3")),
        ("dossier.7z", ("dossier", "7z")),
        ("Bail du 12.05.2026", ("Bail du 12.05.2026", "")),
        ("Me. Trabelsi", ("Me. Trabelsi", "")),
        ("sans", ("sans", "")),
        (".pdf", ("", "pdf")),
        ("point.", ("point.", "")),
        ("", ("", "")),
    ],
)
def test_an_extension_is_told_from_a_date_or_a_title(name: str, parts: tuple[str, str]) -> None:
    assert names.split_extension(name) == parts


def test_names_that_a_disk_may_confuse_are_the_same() -> None:
    assert names.same_name("Été.PDF", "e\u0301te\u0301.pdf")
    assert names.same_name("STRASSE", "Straße")
    assert not names.same_name("Ete.pdf", "Été.pdf")


@pytest.mark.parametrize(
    ("original", "extension", "expected"),
    [
        ("Contrat.pdf", "pdf", "2026-11-23 Contrat.pdf"),
        ("Contrat.PDF ", "pdf", "2026-11-23 Contrat.pdf"),
        ("photo.jpeg", "jpg", "2026-11-23 photo.jpg"),
        ("photo.png", "jpg", "2026-11-23 photo.jpg"),
        ("Contrat", "pdf", "2026-11-23 Contrat.pdf"),
        ("Bail du 12.05.2026", "pdf", "2026-11-23 Bail du 12.05.2026.pdf"),
        ("facture.pdf.exe", "bin", "2026-11-23 facture.pdf.exe.bin"),
        ("facture\u202efdp.exe", "bin", "2026-11-23 facturefdp.exe.bin"),
        ("page.xyz", "xyz", "2026-11-23 page.xyz"),
        ("NUL.pdf", "pdf", "2026-11-23 NUL.pdf"),
        (".pdf", "pdf", "2026-11-23 Document reçu.pdf"),
        ("\u200e", "pdf", "2026-11-23 Document reçu.pdf"),
        ("", "pdf", "2026-11-23 Document reçu.pdf"),
        (None, ".JPG", "2026-11-23 Document reçu.jpg"),
        (None, "../x", "2026-11-23 Document reçu.bin"),
    ],
)
def test_a_document_bears_its_day_its_senders_words_and_its_true_extension(
    original: str | None, extension: str, expected: str
) -> None:
    assert names.document_name(original, extension, DAY, "Document reçu") == expected


def test_a_document_without_any_name_is_a_document() -> None:
    assert names.document_name(None, "pdf", DAY, " ") == "2026-11-23 document.pdf"


def test_a_number_goes_before_the_extension() -> None:
    assert names.numbered("nom.pdf", 1) == "nom.pdf"
    assert names.numbered("nom.pdf", 2) == "nom (2).pdf"
    assert names.numbered("nom", 3) == "nom (3)"


def test_a_number_fits_in_a_name_of_full_length() -> None:
    name = names.numbered(names.safe_name(LONG + ".pdf"), 12)

    assert name.endswith(" (12).pdf")
    assert len(name) <= 120


def test_a_folder_is_named_after_a_client() -> None:
    assert names.folder_name("Mme Ben Youssef", "Client 3") == "Mme Ben Youssef"
    assert names.folder_name("Sté A/B : Import.", "Client 3") == "Sté A_B _ Import"
    assert names.folder_name(" ", "Client 3") == "Client 3"
    assert names.folder_name("", "") == "document"
    assert names.folder_name("Aux", "") == "_Aux"
    assert len(names.folder_name("Société " * 20, "")) <= 60


def test_a_dossiers_folder_shows_its_reference_and_title() -> None:
    assert names.dossier_folder_name("2026-0042", "Divorce B.") == "2026-0042 - Divorce B"
    assert names.dossier_folder_name("2026/0042", "Bail") == "2026_0042 - Bail"
    assert names.dossier_folder_name("2026-0042", "") == "2026-0042"
    assert names.dossier_folder_name("2026-0042", "2026-0042") == "2026-0042"
    assert names.dossier_folder_name("", "Bail") == "dossier - Bail"
    assert names.dossier_folder_name("", "") == "dossier"


def test_a_long_title_leaves_the_reference_whole() -> None:
    folder = names.dossier_folder_name("2026-0042", LONG)

    assert folder.startswith("2026-0042 - contrat de bail")
    assert len(folder) <= 60


def test_a_senders_folder_is_the_number_or_the_user_id() -> None:
    assert names.sender_folder_name("+21620123456") == "+21620123456"
    assert names.sender_folder_name("TN.1234") == "TN.1234"


def test_two_senders_never_share_a_folder() -> None:
    senders = ["TN." + "1" * 127 + last for last in "12"] + ["a/b", "a:b", ""]
    folders = {names.key(names.sender_folder_name(sender)) for sender in senders}

    assert len(folders) == len(senders)


def test_an_extension_has_one_spelling() -> None:
    assert names.usual_extension(" JPEG ") == "jpg"
    assert names.usual_extension("xyz") == "xyz"
    assert names.extension_is_known("TIFF")
    assert not names.extension_is_known("exe")


@pytest.mark.parametrize(
    ("asked", "current", "name"),
    [
        ("Passeport", "2026-11-23 Photo.jpg", "2026-11-23 Passeport.jpg"),
        ("Passeport.jpeg", "2026-11-23 Photo.jpg", "2026-11-23 Passeport.jpg"),
        ("2025-01-02 Acte", "2026-11-23 Photo.jpg", "2025-01-02 Acte.jpg"),
        ("Acte", "Photo.jpg", "Acte.jpg"),
        ("NUL", "Photo.jpg", "_NUL.jpg"),
        ("a/b", "Photo.jpg", "a_b.jpg"),
        ("Acte", "2026-11-23 Photo", "2026-11-23 Acte"),
        ("Acte.exe", "2026-11-23 Photo.jpg", "2026-11-23 Acte.exe.jpg"),
        ("\u202e", "2026-11-23 Photo.jpg", ""),
        (".jpg", "2026-11-23 Photo.jpg", ""),
        ("2025-01-02", "2026-11-23 Photo.jpg", ""),
        ("x" * 500, "2026-11-23 Photo.jpg", "2026-11-23 " + "x" * 105 + ".jpg"),
    ],
)
def test_a_document_keeps_its_day_and_its_extension_when_it_is_renamed(
    asked: str, current: str, name: str
) -> None:
    assert names.renamed(asked, current) == name
    assert names.renamed(name, current) in ("", name), "a safe name is left as it is"


def test_folders_that_want_one_name_are_numbered_within_their_length() -> None:
    assert names.numbered_folder("Gharbi", 1) == "Gharbi"
    assert names.numbered_folder("Gharbi", 2) == "Gharbi (2)"
    assert names.length(names.numbered_folder("x" * 60, 12)) == 60
    assert names.length("\U0001f600") == 2
