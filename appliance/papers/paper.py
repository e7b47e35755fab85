"""A4 pages that are the same to the last byte whenever they are made, in French, English or Arabic.

Nothing that others wrote can leave its place on them: see `safe`.
"""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import TTFFont

from appliance.wording import Wording

FONTS = Path(__file__).parent / "fonts"
SANS, MONO = "Greffier", "GreffierMono"
_FILES = {
    (SANS, ""): "Greffier-Regular.ttf",
    (SANS, "B"): "Greffier-Bold.ttf",
    (MONO, ""): "Greffier-Mono.ttf",
}
WIDTH, MARGIN, BOTTOM = 174.0, 18.0, 20.0  # millimetres
INK, SOFT, LINE = (29, 39, 51), (87, 97, 109), (200, 206, 212)
NO_GLYPH = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_MARKS = 3  # on one letter; more is no writing
LEFT_TO_RIGHT, RIGHT_TO_LEFT = "\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"
GUTTER = 2.5  # millimetres between two texts beside each other


def safe(text: str | None, longest: int = 200) -> str:
    """Somebody's text in one line that stays where it is put.

    Marks that nobody sees or that turn the direction of what follows are left out, what the fonts
    cannot draw is shown as such, what is longer than `longest` ends in an ellipsis.
    """
    composed = unicodedata.normalize("NFC", (text or "")[: 4 * longest])
    kept: list[str] = []
    marks = 0
    for letter in composed:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MARKS:
            kept.append(_shown(letter))
    line = " ".join("".join(kept).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _shown(letter: str) -> str:
    category = unicodedata.category(letter)
    if letter in _JOINERS:
        return letter
    if category in {"Cc", "Zl", "Zp", "Zs"}:
        return " "
    if category == "Cf":
        return ""
    return letter if ord(letter) in _glyphs() else NO_GLYPH


@cache
def _glyphs() -> frozenset[int]:
    """What can be drawn: read once, from the font itself."""
    with TTFont(FONTS / _FILES[SANS, ""], lazy=True) as font:
        return frozenset(font.getBestCmap())


def ltr(text: str, wording: Wording) -> str:
    """A number or reference that reads from left to right, also among Arabic words."""
    is_turned = text and wording.direction == "rtl"
    return f"{LEFT_TO_RIGHT}{text}{LEFT_TO_RIGHT}" if is_turned else text


class About(NamedTuple):
    """What the PDF says of itself."""

    title: str
    made_at: datetime
    wording: Wording


class Column(NamedTuple):
    """A column of a table: its heading and its share of the width, in millimetres."""

    heading: str
    width: float


class _Sheets(FPDF):
    """The library's pages, with our line at their foot."""

    foot: Callable[[], None] | None = None

    def footer(self) -> None:
        if self.foot is not None:
            self.foot()


class Paper:
    """Pages on which things are put one below the other, from the right in Arabic."""

    def __init__(self, about: About, *, foot: str, pages: int, scale: float = 1.0) -> None:
        self._sheets = _Sheets(format="A4")
        self.is_rtl = about.wording.direction == "rtl"
        self._foot, self._pages, self._scale = foot, pages, scale
        sheets = self._sheets
        sheets.foot = self._draw_foot
        sheets.set_creation_date(about.made_at)
        sheets.set_title(about.title)
        sheets.set_lang(about.wording.language)
        sheets.set_producer("Greffier")
        sheets.set_margins(MARGIN, MARGIN, MARGIN)
        sheets.set_auto_page_break(False)
        for (family, style), name in _FILES.items():
            sheets.add_font(family, style, FONTS / name)
        sheets.set_text_shaping(True)
        sheets.set_draw_color(*LINE)
        sheets.set_line_width(0.2)
        self.attached: tuple[str, bytes, datetime] | None = None
        sheets.add_page()

    def ours(self, sentence: str) -> str:
        """A sentence of our own reads in the language's direction, whatever it begins with."""
        return RIGHT_TO_LEFT + sentence if self.is_rtl else sentence

    @property
    def count(self) -> int:
        """How many pages there are."""
        return self._sheets.pages_count

    @property
    def left(self) -> float:
        """Room left on this page, in millimetres."""
        return float(self._sheets.h - BOTTOM - self._sheets.y)

    def bytes(self) -> bytes:
        """The PDF. Nothing can be added afterwards."""
        if self.attached is not None:
            name, content, at = self.attached
            self._sheets.embed_file(
                bytes=content, basename=name, creation_date=at, modification_date=at
            )
        try:
            return bytes(self._sheets.output())
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the font files, which the library keeps open."""
        for font in self._sheets.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def text(
        self,
        text: str,
        size: float = 9.5,
        *,
        bold: bool = False,
        soft: bool = False,
        align: str | None = None,
    ) -> None:
        """A paragraph over the whole width."""
        self._style(size, bold=bold, soft=soft)
        height = self._leading(size)
        self._room(self._height(text, WIDTH, height))
        self._cell(text, WIDTH, height, align or self._start)
        self._sheets.set_y(self._sheets.y)

    def hexadecimal(self, text: str, size: float = 7.0) -> None:
        """Digits to be compared, in a font in which each is as wide as another."""
        sheets = self._sheets
        sheets.set_font(MONO, "", size * self._scale)
        sheets.set_text_color(*INK)
        self._cell(text, WIDTH, self._leading(size), self._start)

    def pair(self, label: str, value: str, size: float = 9.5, label_width: float = 44.0) -> None:
        """What something is, and beside it what it says."""
        self.row([label, value], [label_width, WIDTH - label_width], size, soft_first=True)

    def row(
        self,
        texts: Sequence[str],
        widths: Sequence[float],
        size: float = 9.5,
        *,
        bold: bool = False,
        soft: bool = False,
        soft_first: bool = False,
        is_ruled: bool = False,
    ) -> None:
        """Texts beside each other, as high as the highest. It is never broken between two pages."""
        height = self.height_of(texts, widths, size, bold=bold)
        self._room(height)
        sheets = self._sheets
        top, x = sheets.y, MARGIN + (WIDTH if self.is_rtl else 0.0)
        for number, (text, width) in enumerate(zip(texts, widths, strict=True)):
            self._style(size, bold=bold, soft=soft or (soft_first and number == 0))
            sheets.set_xy(x - width + GUTTER if self.is_rtl else x, top)
            self._cell(text, width - GUTTER, self._leading(size), self._start, keep_x=True)
            x += -width if self.is_rtl else width
        sheets.set_xy(MARGIN, top + height)
        if is_ruled:
            self.rule()

    def height_of(
        self, texts: Sequence[str], widths: Sequence[float], size: float, *, bold: bool = False
    ) -> float:
        """How high a row of these would be, in millimetres."""
        self._style(size, bold=bold)
        lead = self._leading(size)
        return max(self._height(t, w - GUTTER, lead) for t, w in zip(texts, widths, strict=True))

    def rule(self, gap: float = 1.0) -> None:
        """A fine line over the whole width."""
        sheets = self._sheets
        y = sheets.y + gap / 2
        sheets.line(MARGIN, y, MARGIN + WIDTH, y)
        sheets.set_xy(MARGIN, sheets.y + gap)

    def space(self, height: float) -> None:
        """Leave so many millimetres empty."""
        self._sheets.set_xy(MARGIN, self._sheets.y + height)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]], size: float) -> None:
        """Rows under headings that are repeated at the top of each page."""
        widths, headings = [c.width for c in columns], [c.heading for c in columns]

        def head() -> None:
            self.row(headings, widths, size - 1, bold=True, is_ruled=True)

        head()
        for texts in rows:
            if self.height_of(texts, widths, size) + 2.0 > self.left:
                self.page()
                head()
            self.row(texts, widths, size, is_ruled=True)

    def page(self) -> None:
        """Go on on a new page."""
        self._sheets.add_page()

    @property
    def _start(self) -> str:
        return "R" if self.is_rtl else "L"

    def _room(self, height: float) -> None:
        if height > self.left:
            self.page()

    def _leading(self, size: float) -> float:
        return round(size * self._scale * 0.47, 2)  # millimetres from line to line

    def _style(self, size: float, *, bold: bool = False, soft: bool = False) -> None:
        self._sheets.set_font(SANS, "B" if bold else "", size * self._scale)
        self._sheets.set_text_color(*(SOFT if soft else INK))

    def _height(self, text: str, width: float, lead: float) -> float:
        measured: Any = self._sheets.multi_cell(
            width, lead, text or " ", dry_run=True, output="HEIGHT"
        )
        return float(measured)

    def _cell(
        self, text: str, width: float, lead: float, align: str, *, keep_x: bool = False
    ) -> None:
        self._sheets.multi_cell(
            width,
            lead,
            text or " ",
            align=align,
            new_x="RIGHT" if keep_x else "LMARGIN",
            new_y="NEXT",
        )

    def _draw_foot(self) -> None:
        sheets = self._sheets
        sheets.set_y(-14)
        self._style(7.5, soft=True)
        number = f"{sheets.page_no()} / {self._pages or sheets.page_no()}"
        texts = (number, self._foot) if self.is_rtl else (self._foot, number)
        sheets.set_x(MARGIN)
        sheets.cell(WIDTH / 2, 5, texts[0], align="L")
        sheets.cell(WIDTH / 2, 5, texts[1], align="R")


def twice(draw: Callable[[int], Paper]) -> Paper:
    """The pages once more, now that it is known how many there are."""
    first = draw(0)
    first.close()
    return draw(first.count)
