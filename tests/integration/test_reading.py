"""The words of documents are found again, in French and in Arabic, however they are spelt."""

import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from appliance.chores import Kind
from appliance.store.models import Chore, Document, DocumentText
from appliance.workshop import tesseract
from appliance.workshop.tesseract import Tesseract
from tests import pictures
from tests.integration.gallery import Gallery, gallery_in

NASKH = Path("/usr/share/fonts/truetype/noto/NotoNaskhArabic-Regular.ttf")
COURT = "حكم المحكمة الابتدائية بتونس في القضية عدد 1234 بين المُدَّعِية والمدعى عليه"
LEASE = "Résiliation du bail commercial : les loyers impayés de la société Cœur d’Été"

needs_naskh = pytest.mark.skipif(not NASKH.exists(), reason="the font Noto Naskh is not installed")
machine = Tesseract.found()
needs_machine = pytest.mark.skipif(
    machine is None or set(machine.languages) != set(tesseract.LANGUAGES),
    reason="tesseract with French, Arabic and English is not installed",
)


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    (tmp_path / "data").mkdir()
    with gallery_in(tmp_path / "data") as made:
        yield made


def read(gallery: Gallery, source: Path, name: str = "") -> Document:
    document = gallery.keep(source, name)
    gallery.post(Kind.READ, document)
    gallery.done(Kind.READ, document, within=120)
    assert Chore.get().error is None
    return document


def found(gallery: Gallery, words: str) -> list[int]:
    return [hit.document_id for hit in gallery.sights.texts.search(words)]


def text_file(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def arabic_pdf(path: Path, text: str) -> Path:
    paper = FPDF()
    paper.add_font("naskh", "", str(NASKH))
    paper.set_font("naskh", size=18)
    paper.set_text_shaping(True)
    paper.add_page()
    paper.multi_cell(0, 12, text)
    paper.output(str(path))
    return path


def scanned(path: Path) -> Path:
    """A page in both languages, as paper before a camera."""
    image = Image.new("L", (1700, 900), 255)
    draw = ImageDraw.Draw(image)
    naskh, sans = ImageFont.truetype(str(NASKH), 56), ImageFont.load_default(44)
    court = "حكم المحكمة الابتدائية بتونس"
    draw.text((1600, 100), court, fill=0, font=naskh, anchor="ra", direction="rtl")
    draw.text((60, 400), "Jugement du tribunal de première instance", fill=0, font=sans)
    image.save(path, quality=90)
    return path


# Search.


@pytest.mark.parametrize(
    "words",
    ["résiliation", "RESILIATION", "resil", "loyer impayé", "societe", "coeur", "d'ete", "baux"],
)
def test_french_is_found_without_accents_plurals_and_capitals(
    gallery: Gallery, tmp_path: Path, words: str
) -> None:
    document = read(gallery, text_file(tmp_path / "a.txt", LEASE))
    read(gallery, text_file(tmp_path / "b.txt", "Convocation à une expertise médicale"))

    assert found(gallery, words) == ([] if words == "baux" else [document.id])


@pytest.mark.parametrize(
    "words",
    [
        "محكمة",
        "المحكمة",
        "المحكمه",
        "الإبتدائية",
        "ابتدائية",
        "القضيّة",
        "المدعية",
        "قضية 1234",
        "مدعي",
    ],
)
def test_arabic_is_found_in_each_of_its_ways(gallery: Gallery, tmp_path: Path, words: str) -> None:
    document = read(gallery, text_file(tmp_path / "a.txt", COURT))
    read(gallery, text_file(tmp_path / "b.txt", "عقد كراء محل تجاري"))

    assert found(gallery, words) == [document.id]


def test_every_word_must_be_there(gallery: Gallery, tmp_path: Path) -> None:
    read(gallery, text_file(tmp_path / "a.txt", LEASE))

    assert found(gallery, "bail divorce") == []


@pytest.mark.parametrize(
    "words", ["", "   ", '"', "***", "(((", "AND", "- OR -", "NEAR(", "bail\0"]
)
def test_signs_of_a_query_are_only_signs(gallery: Gallery, tmp_path: Path, words: str) -> None:
    read(gallery, text_file(tmp_path / "a.txt", LEASE))

    assert isinstance(found(gallery, words), list)


def test_what_is_shown_is_the_text_as_it_is_written(gallery: Gallery, tmp_path: Path) -> None:
    text = f"{'Préambule. ' * 40}\n\n{LEASE}"
    read(gallery, text_file(tmp_path / "a.txt", text))

    (hit,) = gallery.sights.texts.search("loyer")

    assert hit.found == "loyers"
    assert hit.before.endswith("du bail commercial : les ")
    assert hit.after.startswith(" impayés de la société")


def test_the_best_comes_first(gallery: Gallery, tmp_path: Path) -> None:
    read(gallery, text_file(tmp_path / "a.txt", "bail " + "autre chose " * 200))
    best = read_more(gallery, text_file(tmp_path / "b.txt", "bail bail bail"))

    assert found(gallery, "bail")[0] == best.id


def read_more(gallery: Gallery, source: Path) -> Document:
    document = gallery.keep(source)
    gallery.post(Kind.READ, document)
    gallery.done(Kind.READ, document)
    return document


def test_a_document_that_is_destroyed_is_found_no_more(gallery: Gallery, tmp_path: Path) -> None:
    document = read(gallery, text_file(tmp_path / "a.txt", LEASE))
    gallery.store.write(Document.delete().where(Document.id == document.id).execute)

    assert found(gallery, "bail") == []
    with closing(sqlite3.connect(gallery.store.path)) as raw:
        assert raw.execute("SELECT count(*) FROM document_words").fetchone() == (0,)
        assert raw.execute("SELECT count(*) FROM document_texts").fetchone() == (0,)


def test_what_is_forgotten_is_in_no_table(gallery: Gallery, tmp_path: Path) -> None:
    document = read(gallery, text_file(tmp_path / "a.txt", f"{LEASE} zanzibarite"))
    read_more(gallery, text_file(tmp_path / "b.txt", "autre chose"))

    gallery.store.write(lambda: gallery.sights.texts.forget(document.id))

    assert found(gallery, "zanzibarite") == []
    tables = ("document_texts", "document_words_content", "document_words_data")
    with closing(sqlite3.connect(gallery.store.path)) as raw:
        said = [str(row) for table in tables for row in raw.execute(f"SELECT * FROM {table}")]
    assert not any("zanzibar" in row for row in said)
    assert found(gallery, "chose")


def test_read_again_it_is_there_once(gallery: Gallery, tmp_path: Path) -> None:
    document = read(gallery, text_file(tmp_path / "a.txt", LEASE))
    gallery.store.write(DocumentText.delete().execute)
    gallery.post(Kind.READ, document)
    gallery.done(Kind.READ, document)

    assert found(gallery, "bail") == [document.id]


# What can be read.


def test_a_paper_is_read_page_by_page(gallery: Gallery, tmp_path: Path) -> None:
    document = read(
        gallery, pictures.pdf(tmp_path / "a.pdf", ["Expertise comptable", "Annexe au rapport"])
    )

    row = DocumentText.get()
    assert (row.source, row.pages) == ("written", 2)
    assert found(gallery, "expertise annexe") == [document.id]


@needs_naskh
def test_an_arabic_paper_is_read(gallery: Gallery, tmp_path: Path) -> None:
    document = read(gallery, arabic_pdf(tmp_path / "a.pdf", "حكم المحكمة الابتدائية بتونس"))

    assert found(gallery, "المحكمة الابتدائية") == [document.id]


@needs_naskh
def test_an_arabic_paper_with_its_words_from_the_wrong_end_is_read(
    gallery: Gallery, tmp_path: Path
) -> None:
    turned = "مكح ةمكحملا ةيئادتبالا سنوتب يف ةيضقلا"
    document = read(gallery, text_file(tmp_path / "a.txt", turned))

    assert found(gallery, "المحكمة الابتدائية بتونس") == [document.id]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (LEASE.encode("utf-16"), "loyers"),
        ("Résiliation".encode("cp1252"), "resiliation"),
        ("\ufeffRésiliation".encode(), "resiliation"),
        (b"nul\0nul bail", "bail"),
    ],
)
def test_a_text_is_read_in_the_ways_of_windows(
    gallery: Gallery, tmp_path: Path, data: bytes, word: str
) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    document = read(gallery, tmp_path / "a.txt", "2026-11-25 a.txt")

    assert found(gallery, word) == [document.id]


def test_a_letter_of_word_and_one_of_libreoffice_are_read(gallery: Gallery, tmp_path: Path) -> None:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in ("Mise en", "demeure"))
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", f'<w:document xmlns:w="{word}">{body}</w:document>')
    office = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    with zipfile.ZipFile(tmp_path / "b.odt", "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        made.writestr("content.xml", f'<d xmlns:t="{office}"><t:p>Con<t:s/>clusions</t:p></d>')
    first = read(gallery, tmp_path / "a.docx")
    second = read_more(gallery, tmp_path / "b.odt")

    assert found(gallery, "demeure") == [first.id]
    assert found(gallery, "clusions") == [second.id]


def test_a_mail_is_read_with_whoever_wrote_it(gallery: Gallery, tmp_path: Path) -> None:
    letter = EmailMessage()
    letter["From"], letter["Subject"] = "huissier@exemple.tn", "Procès-verbal"
    letter.set_content("<p>Le <b>constat</b> est joint</p><script>nein()</script>", subtype="html")
    (tmp_path / "a.eml").write_bytes(letter.as_bytes())
    document = read(gallery, tmp_path / "a.eml", "2026-11-25 a.eml")

    assert found(gallery, "constat huissier") == [document.id]
    assert found(gallery, "nein") == []


@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.pdf", "a.eml", "a.txt"])
def test_a_damaged_letter_is_no_fault_of_the_appliance(
    gallery: Gallery, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"PK\3\4\xff\xfe\0\1" * 50)
    document = gallery.keep(tmp_path / name, name)
    gallery.post(Kind.READ, document)
    gallery.done(Kind.READ, document)

    assert Chore.get().status == "done"


def test_a_laughing_letter_is_not_expanded(gallery: Gallery, tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", f'<!DOCTYPE d [<!ENTITY l0 "ha">{laughs}]><d>&l9;</d>')
    document = gallery.keep(tmp_path / "a.docx")
    gallery.post(Kind.READ, document)
    gallery.done(Kind.READ, document, within=20)

    assert DocumentText.select().count() == 0


# By machine.


@needs_machine
@needs_naskh
def test_a_photo_of_a_page_is_read_by_machine_in_both_languages(
    gallery: Gallery, tmp_path: Path
) -> None:
    document = read(gallery, scanned(tmp_path / "a.jpg"))

    assert DocumentText.get().source == "ocr"
    assert found(gallery, "jugement tribunal instance") == [document.id]
    assert found(gallery, "المحكمة الابتدائية") == [document.id]


@needs_machine
@needs_naskh
def test_a_scan_among_written_pages_is_read_by_machine(gallery: Gallery, tmp_path: Path) -> None:
    paper = FPDF()
    paper.set_font("helvetica", size=14)
    paper.add_page()
    paper.multi_cell(0, 10, "Bordereau de pieces communiquees")
    paper.add_page()
    paper.image(str(scanned(tmp_path / "a.jpg")), 10, 10, 190)
    paper.output(str(tmp_path / "a.pdf"))
    document = read(gallery, tmp_path / "a.pdf")

    assert found(gallery, "bordereau tribunal") == [document.id]
    assert DocumentText.get().pages == 2


@needs_machine
def test_a_photo_of_no_page_has_no_words(gallery: Gallery, tmp_path: Path) -> None:
    image = Image.new("RGB", (800, 600), "green")
    image.save(tmp_path / "a.jpg")
    read(gallery, tmp_path / "a.jpg")

    assert DocumentText.get().source == "none"


@needs_machine
@needs_naskh
def test_what_waited_for_a_machine_is_read_once_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with gallery_in(tmp_path / "data") as gallery:
        document = gallery.keep(scanned(tmp_path / "a.jpg"))
        unread = DocumentText(
            document=document, text="", source="unread", read_at=gallery.clock.now()
        )
        gallery.store.write(unread.save)
    with gallery_in(tmp_path / "data") as gallery:
        gallery.chores.call_in([Kind.READ])
        posted = Chore.get(Chore.kind == Kind.READ)
        gallery.jobs.wake("chore", posted.id, posted.priority)
        gallery.done(Kind.READ, document)

        assert DocumentText.get().source == "ocr"


@needs_machine
def test_nothing_of_a_reading_is_left_on_the_disk(gallery: Gallery, tmp_path: Path) -> None:
    read(gallery, pictures.photo(tmp_path / "a.jpg", (600, 400)))

    assert not list((gallery.folder / "sights").rglob("*.tmp"))
    assert shutil.which("tesseract")
