"""The firm everyone knows: the same people in the demo and in the tests."""

import io

from PIL import Image, ImageDraw

from appliance.firm.answers import Answers, Draft
from appliance.replies.texts import DEFAULTS

FIRM = "Cabinet Trabelsi"
PASSWORD = "justice-et-greffe"  # noqa: S105 - of a throw-away firm, printed on the screen

LAWYER = "Salma Trabelsi"
LAWYER_EMAIL = "salma@cabinet.example"
ASSISTANT = "Nour"
ADMIN = "Admin"

BEN_YOUSSEF = "21620111222"  # one dossier
GHARBI = "21622333444"  # two dossiers: somebody must choose
CARTHAGE = "21671555666"  # a client whom the firm marked VIP
MANSOUR = "21698777888"  # will take a WhatsApp username: their number disappears
MANSOUR_ID = "TN.13491208655302741918"
JAZIRI = "21694321765"  # his message came while the PC was off
STRANGER = "21650999000"  # nobody's number

CLIENTS_CSV = f"""client;téléphone;email;vip;avocat;dossier;intitulé;statut
Amel Ben Youssef;+{BEN_YOUSSEF};;non;{LAWYER};2026-0042;Bail rue de Marseille;actif
Karim Gharbi;+{GHARBI};;non;{LAWYER};2026-0017;Divorce G. / G.;actif
Karim Gharbi;+{GHARBI};;non;{LAWYER};2026-0031;Succession Gharbi;actif
Société Carthage;+{CARTHAGE};;oui;{LAWYER};2025-0310;Recouvrement;actif
Leïla Mansour;+{MANSOUR};;non;{LAWYER};2026-0055;Prud'hommes;actif
Sami Jaziri;+{JAZIRI};;non;{LAWYER};2026-0061;Assurance;actif
"""


def write_answers(answers: Answers) -> None:
    """What the sample firm says by itself: its usual questions, once."""
    answers.seed()
    known = {entry.title for entry in answers.entries()}
    examples = {row.title: row.id for row in answers.questions()}  # switched off: written over
    for title, keywords, answer in (
        ("Horaires", "horaires, heures d'ouverture, ouverts", "{firm} est ouvert {hours}."),
        ("Rendez-vous", "rendez-vous, rdv", "Pour un rendez-vous : 71 000 000, {hours}."),
    ):
        if title not in known:
            answers.save_entry(Draft("fr", title, keywords, answer), examples.get(title))


def close_for_today(answers: Answers) -> None:
    """From now on the firm says that it is closed."""
    text = DEFAULTS["outside_hours"]["fr"]
    answers.save_reply("outside_hours", "fr", text, is_on=True)


def pdf(*lines: str) -> bytes:
    """A small valid PDF of one page with these lines (Latin letters)."""
    shown = "".join(f"({_escaped(line)}) Tj 0 -20 Td\n" for line in lines)
    content = f"BT /F1 14 Tf 60 760 Td\n{shown}ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    return _assembled(objects)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _assembled(objects: list[bytes]) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    out.write(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1))
    out.write(b"startxref\n%d\n%%%%EOF\n" % table)
    return out.getvalue()


def photo(words: str) -> bytes:
    """A JPEG photo of a sheet of paper on which these words stand."""
    image = Image.new("RGB", (900, 1200), (96, 82, 66))
    draw = ImageDraw.Draw(image)
    draw.rectangle((90, 110, 810, 1090), fill=(244, 241, 232))
    draw.text((150, 180), words, fill=(40, 40, 60), font_size=44)
    for line in range(14):
        draw.line(
            (150, 300 + 50 * line, 750 - 37 * (line % 4), 300 + 50 * line), (150, 150, 160), 6
        )
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()
