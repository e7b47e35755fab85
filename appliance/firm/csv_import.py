"""Reads the firm's list of clients and dossiers as a spreadsheet saves it; stores nothing."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from appliance import folding, names, phones
from appliance.errors import Fault

Cells = dict[str, str]

# fmt: off
_COLUMNS = {
    "client": "client", "phone": "phone", "telephone": "phone", "email": "email", "vip": "vip",
    "lawyer": "lawyer", "avocat": "lawyer", "dossier": "dossier", "title": "title",
    "intitule": "title", "status": "status", "statut": "status",
    "opponent": "opponent", "adversaire": "opponent", "label": "label", "libelle": "label",
}
# fmt: on
LONGEST_LABEL = 24  # characters of a list's line (Meta, interactive-list-messages)
_STATUSES: dict[str, Literal["active", "closed"]] = {
    "": "active",
    "active": "active",
    "actif": "active",
    "closed": "closed",
    "clos": "closed",
}
_YES = frozenset({"yes", "oui", "1", "x", "true", "vrai"})
_NO = frozenset({"", "no", "non", "0", "false", "faux"})
_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>.]+(\.[^\s@,;<>.]+)*\.[^\W\d_]{2,}")
_SHORTENED = re.compile(r"\d+([.,]\d+)?e\+?\d+", re.IGNORECASE)  # as spreadsheets show long numbers
_NUMBER_AT_END = re.compile(r"\(?(?:\+|\b\d)[\d\s().\u00a0\u202f-]{6,}$")
_DELIMITER_NOTE = re.compile(r"sep=.", re.IGNORECASE)  # Excel's own first line


@dataclass(frozen=True)
class Opponent:
    """The other side of a dossier; its number (E.164) where the firm knows it."""

    name: str
    number: str | None = None


@dataclass(frozen=True)
class Row:
    """A good line: a client, and a dossier of theirs if it names one."""

    line: int
    client: str
    phones: tuple[str, ...]
    email: str | None
    vip: bool
    lawyer: str | None
    dossier: str | None
    title: str | None
    status: Literal["active", "closed"] | None  # None: the list does not say
    opponents: tuple[Opponent, ...] = ()
    label: str | None = None


@dataclass(frozen=True)
class ImportFile:
    """What a file holds: the lines that can be believed, and everything that is wrong with it."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def parse(data: bytes, country: str) -> ImportFile:
    """The rows and every fault of a CSV file; a line with a fault gives no row.

    UTF-8 or Windows-1252, `,` or `;`, English or French header in any order. Numbers without a
    country's prefix are read as people in `country` write them. A dossier without title is good
    (title None: its reference stands for it); a file that cannot be read at all gives one fault.
    """
    if fault := _unreadable(data):
        return ImportFile((), (fault,))
    faults: list[Fault] = []
    records = [(line, cells) for line, cells in _records(_decoded(data), faults) if any(cells)]
    if not records:
        return ImportFile((), tuple(faults) or (Fault("line 1", "the file is empty"),))
    columns = _header(*records[0], faults)
    if "client" not in columns:
        return ImportFile((), tuple(faults))
    rows = [_row(line, cells, columns, country, faults) for line, cells in records[1:]]
    if not rows and not faults:
        faults.append(Fault(f"line {records[0][0]}", "there is nothing below the header"))
    good = _without_shared_references([row for row in rows if row], faults)
    return ImportFile(tuple(good), tuple(sorted(faults, key=_line_of)))


def _line_of(fault: Fault) -> int:
    return int(fault.where.removeprefix("line "))


def _unreadable(data: bytes) -> Fault | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Fault("line 1", "the file is in UTF-16: save it as “CSV UTF-8”")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        return Fault(f"line {line}", "this is not a CSV file: save the sheet as “CSV UTF-8”")
    return None


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _records(text: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of its first line."""
    lines = text.splitlines(keepends=True)
    if lines and _DELIMITER_NOTE.fullmatch(lines[0].strip()):
        lines[0] = "\n"
    reader = csv.reader(
        io.StringIO("".join(lines), newline=""), delimiter=_delimiter(lines), strict=True
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            what = f"a quotation mark is open or misplaced ({error}): correct or remove it"
            faults.append(Fault(f"line {line}", what))
            continue
        yield line, [cell.strip() for cell in cells]


def _delimiter(lines: list[str]) -> str:
    """The sign that makes the header's words ours; a comma in a client's name does not count."""
    header = next((line for line in lines if line.strip()), "")
    known = {sign: sum(_plain(name) in _COLUMNS for name in header.split(sign)) for sign in ";,"}
    return max(known, key=lambda sign: (known[sign], header.count(sign)))


def _plain(text: str) -> str:
    """Without capitals, accents, quotation marks and white space around."""
    return folding.folded(text.strip(' "\t\r\n'))


def _header(line: int, cells: list[str], faults: list[Fault]) -> list[str]:
    """Our name of each column, "" for one we do not know (a fault) or without name."""
    columns: list[str] = []
    for cell in cells:
        column = _COLUMNS.get(_plain(cell), "")
        if cell and not column:
            what = f"the column “{cell}” is unknown: use {', '.join(_names_of_columns())}"
            faults.append(Fault(f"line {line}", what))
        elif column in columns and column:
            faults.append(Fault(f"line {line}", f"the column “{cell}” is there twice: keep one"))
        columns.append(column)
    if "client" not in columns:
        faults.append(Fault(f"line {line}", "the column “client” is missing: add it to the header"))
    return columns


def _names_of_columns() -> list[str]:
    return list(dict.fromkeys(_COLUMNS.values()))


def _row(
    line: int, cells: list[str], columns: list[str], country: str, faults: list[Fault]
) -> Row | None:
    wrong: list[str] = []
    row = _read(line, _by_column(cells, columns, wrong), country, wrong)
    faults += [Fault(f"line {line}", what) for what in wrong]
    return None if wrong else row


def _by_column(cells: list[str], columns: list[str], wrong: list[str]) -> Cells:
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        wrong.append(
            f"there are {len(cells)} cells and the header has {len(columns)}: "
            "put a text that holds a separator between quotation marks"
        )
    given = dict(zip(columns, cells, strict=False))
    folded = {name: " ".join(cell.split()) for name, cell in given.items()}
    as_written = {"phone": given.get("phone", "")}  # a line break parts two numbers
    return dict.fromkeys(_COLUMNS.values(), "") | folded | as_written


def _read(line: int, cells: Cells, country: str, wrong: list[str]) -> Row:
    if not cells["client"]:
        wrong.append("the client's name is missing: write it on every line")
    if cells["opponent"] and not cells["dossier"]:
        wrong.append("there is an opponent and no dossier: write the dossier's reference")
    if len(cells["label"]) > LONGEST_LABEL:
        wrong.append(f"the label has more than {LONGEST_LABEL} characters: WhatsApp cuts it")
    if cells["title"] and not cells["dossier"]:
        wrong.append("there is a title and no dossier: write the dossier's reference")
    return Row(
        line=line,
        client=cells["client"],
        phones=_phones(cells["phone"], country, wrong),
        email=_email(cells["email"], wrong),
        vip=_vip(cells["vip"], wrong),
        lawyer=cells["lawyer"] or None,
        dossier=cells["dossier"] or None,
        title=cells["title"] or None,
        status=_status(cells["status"], wrong),
        opponents=_opponents(cells["opponent"], country),
        label=cells["label"] or None,
    )


def _opponents(cell: str, country: str) -> tuple[Opponent, ...]:
    """Several are parted by "|"; a number stands behind its owner's name: "Société X +21620…"."""
    found: list[Opponent] = []
    for part in filter(None, map(str.strip, cell.split("|"))):
        written = _NUMBER_AT_END.search(part)
        number = phones.normalise(written[0], country) if written else None
        name = part[: written.start()].strip(" :,;-") if written and number else part
        if name:
            found.append(Opponent(name, number))
        elif found and found[-1].number is None:
            found[-1] = Opponent(found[-1].name, number)
        else:
            found.append(Opponent(number or part, number))
    return tuple(found)


def _phones(cell: str, country: str, wrong: list[str]) -> tuple[str, ...]:
    if _SHORTENED.fullmatch(cell):
        wrong.append(f"“{cell}” was a phone number: make the column a text one and write it again")
        return ()
    found: dict[str, None] = {}
    for text in phones.split(cell):
        number = phones.normalise(text, country)
        if number is None:
            wrong.append(f"“{text}” is not a phone number: write it like +216 20 123 456")
        else:
            found[number] = None
    return tuple(found)


def _email(cell: str, wrong: list[str]) -> str | None:
    if cell and not _EMAIL.fullmatch(cell):
        wrong.append(f"“{cell}” is not one e-mail address: write it like nom@exemple.tn")
    return cell or None


def _vip(cell: str, wrong: list[str]) -> bool:
    answer = _plain(cell)
    if answer not in _YES | _NO:
        wrong.append(f"“{cell}” does not say whether the client is VIP: write yes or no")
    return answer in _YES


def _status(cell: str, wrong: list[str]) -> Literal["active", "closed"] | None:
    if not cell:
        return None
    status = _STATUSES.get(_plain(cell))
    if status is None:
        wrong.append(f"the status “{cell}” is unknown: write active or closed (actif or clos)")
    return status or "active"


def _without_shared_references(rows: list[Row], faults: list[Fault]) -> list[Row]:
    """The rows whose dossier the file gives to one client only; nobody can tell who is right.

    Each row that is left out is named: none may go in silence.
    """
    firsts: dict[str, dict[str, Row]] = {}  # by dossier, the first row of each of its clients
    for row in rows:
        if row.dossier:
            firsts.setdefault(names.key(row.dossier), {}).setdefault(names.key(row.client), row)
    good: list[Row] = []
    for row in rows:
        rivals = dict(firsts.get(names.key(row.dossier or ""), {}))
        rivals.pop(names.key(row.client), None)
        if rivals:
            rival = next(iter(rivals.values()))
            what = (
                f"dossier {row.dossier} is given to {row.client} and, on line {rival.line}, "
                f"to {rival.client}: leave it to one of them"
            )
            faults.append(Fault(f"line {row.line}", what))
        else:
            good.append(row)
    return good
