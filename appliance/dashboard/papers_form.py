"""What people write into the forms of a dossier's pieces, read and judged. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.dashboard.days import day_in
from appliance.dashboard.numbers import number_in
from appliance.names import in_one_line
from appliance.papers.exhibits import LONGEST_TITLE, MOST_PAGES, Change
from appliance.papers.expected import Draft
from appliance.wording import mark

LONGEST = 200  # characters of a label
LONGEST_TEXT = 500  # characters of keywords and notes
NO_LABEL = mark("Say what the dossier waits for.")
NO_TITLE = mark("Write what the piece is.")
TOO_LONG = mark("This is too long: write %(longest)s characters at most.")
NO_DATE = mark("This is no date: write it like 31/12/2026, or leave it empty.")
NO_PAGES = mark("Write the number of pages in figures, or leave it empty.")
NO_PLACE = mark("Write the place in the list in figures, from 1 on.")

Fault = tuple[str, dict[str, object]]  # a text and its values


@dataclass(frozen=True)
class Given:
    """What somebody wrote of an expected piece, and what is wrong with it, by field."""

    label: str = ""
    keywords: str = ""
    needed_on: str = ""
    note: str = ""
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def draft(self) -> Draft:
        """What to keep, when there is no fault."""
        return Draft(self.label, self.keywords, day_in(self.needed_on), self.note)


def given(form: Mapping[str, str]) -> Given:
    """Read the form of an expected piece."""
    texts = {
        name: in_one_line(form.get(name, "")) for name in ("label", "keywords", "needed_on", "note")
    }
    faults: dict[str, Fault] = {}
    if not texts["label"]:
        faults["label"] = NO_LABEL, {}
    for name, longest in (("label", LONGEST), ("keywords", LONGEST_TEXT), ("note", LONGEST_TEXT)):
        if len(texts[name]) > longest:
            faults[name] = TOO_LONG, {"longest": longest}
    if texts["needed_on"] and day_in(texts["needed_on"]) is None:
        faults["needed_on"] = NO_DATE, {}
    return Given(**texts, faults=faults)


def change(form: Mapping[str, str]) -> Change | Fault:
    """Read the form of a chosen piece: what to keep, or what is wrong."""
    title, dated = in_one_line(form.get("title", "")), in_one_line(form.get("dated_on", ""))
    pages, place = in_one_line(form.get("pages", "")), in_one_line(form.get("position", ""))
    if not title:
        return NO_TITLE, {}
    if len(title) > LONGEST_TITLE:
        return TOO_LONG, {"longest": LONGEST_TITLE}
    if dated and day_in(dated) is None:
        return NO_DATE, {}
    counted = number_in(pages, MOST_PAGES)
    if pages and counted is None:
        return NO_PAGES, {}
    at = number_in(place, MOST_PAGES)
    if at is None:
        return NO_PLACE, {}
    return Change(title, day_in(dated), counted, at)
