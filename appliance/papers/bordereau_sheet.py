"""The list of the pieces that are communicated, as a lawyer hands it to the court."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from appliance.papers.facts import instant_of
from appliance.papers.paper import About, Column, Paper, ltr, safe, twice
from appliance.wording import Wording, mark

TITLE = mark("LIST OF EXHIBITS COMMUNICATED")
ONE_PIECE = mark("Exhibit No %(first)s")
PIECES = mark("Exhibits No %(first)s to %(last)s")
_MOST_OPPONENTS = 12  # more are "and others"


def bordereau_pdf(said: dict[str, Any], wording: Wording) -> bytes:
    """Its pages. `said` is what papers.exhibits wrote down; the same gives the same bytes."""
    return twice(lambda pages: _drawn(said, wording, pages)).bytes()


def _drawn(said: dict[str, Any], wording: Wording, pages: int) -> Paper:
    text = wording.text
    issued = instant_of(said["issued_at"]) or datetime.fromtimestamp(0, UTC)
    reference = ltr(safe(said["dossier"]["reference"], 40), wording)
    number = ltr(str(said["number"]), wording)
    foot = text("List No %(number)s — dossier %(dossier)s", number=number, dossier=reference)
    paper = Paper(About(text(TITLE), issued, wording), foot=foot, pages=pages)
    _head(paper, said, wording, issued)
    paper.table(_columns(wording), [_row(piece, wording) for piece in said["pieces"]], 10)
    _end(paper, said, wording)
    return paper


def _head(paper: Paper, said: dict[str, Any], wording: Wording, issued: datetime) -> None:
    text, pieces = wording.text, said["pieces"]
    day = issued.astimezone(ZoneInfo(said["timezone"])).date()
    paper.text(safe(said["firm"], 120), 13, bold=True)
    if said["lawyer"]:
        paper.text(safe(said["lawyer"], 120), 10)
    paper.space(2)
    paper.rule()
    paper.space(6)
    paper.text(text(TITLE), 17, bold=True, align="C")
    first, last = (ltr(str(pieces[place]["number"]), wording) for place in (0, -1))
    span = text(PIECES if len(pieces) > 1 else ONE_PIECE, first=first, last=last)
    paper.text(span, 11, soft=True, align="C")
    paper.space(6)
    paper.pair(text("Dossier"), ltr(safe(said["dossier"]["reference"], 60), wording), 10.5)
    paper.pair(text("Subject"), safe(said["dossier"]["title"], 300), 10.5)
    paper.pair(text("For"), safe(said["client"], 200), 10.5)
    _opponents(paper, said["opponents"], wording)
    paper.pair(text("List No"), ltr(str(said["number"]), wording), 10.5)
    paper.pair(text("Date"), _day(day, wording), 10.5)
    paper.space(6)


def _opponents(paper: Paper, names: list[str], wording: Wording) -> None:
    """Each in a line of its own: a name may read in another direction than the next."""
    shown = [safe(name, 200) for name in names[:_MOST_OPPONENTS]]
    if len(names) > len(shown):
        shown.append(wording.text("and others"))
    label = wording.text("Against")
    for place, name in enumerate(shown):
        paper.pair("" if place else label, name, 10.5)


def _columns(wording: Wording) -> list[Column]:
    text = wording.text
    return [
        Column(text("No."), 16.0),
        Column(text("Exhibit"), 106.0),
        Column(text("Its date"), 32.0),
        Column(text("Pages"), 20.0),
    ]


def _row(piece: dict[str, Any], wording: Wording) -> list[str]:
    dated = piece["dated_on"]
    return [
        ltr(str(piece["number"]), wording),
        safe(piece["title"], 300),
        _day(date.fromisoformat(dated), wording) if dated else "—",
        ltr(str(piece["pages"]), wording) if piece["pages"] else "—",
    ]


def _end(paper: Paper, said: dict[str, Any], wording: Wording) -> None:
    """How many in all, and where it is signed: never alone on its page without the sum."""
    pieces = said["pieces"]
    count = len(pieces)
    told = wording.plural(
        "%(count)d exhibit in all", "%(count)d exhibits in all", count, count=count
    )
    if all(piece["pages"] for piece in pieces):
        pages = sum(piece["pages"] for piece in pieces)
        leaves = wording.plural("%(count)d page", "%(count)d pages", pages, count=pages)
        told = wording.text("%(exhibits)s, %(pages)s", exhibits=told, pages=leaves)
    if paper.left < 45:
        paper.page()
    paper.space(4)
    paper.text(paper.ours(told), 10.5, bold=True)
    paper.space(10)
    paper.text(wording.text("Signature and stamp"), 10.5, align="L" if paper.is_rtl else "R")


def _day(day: date, wording: Wording) -> str:
    return ltr(f"{day:%d/%m/%Y}", wording)
