"""Reads the firm's list of clients and dossiers as a spreadsheet saves it; stores nothing."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from appliance import names
from appliance.errors import Fault, Sentence, mark
from appliance.firm.csv_cells import (
    Opponent,
    email_of,
    opponents_of,
    phones_of,
    plain,
    status_of,
    vip_of,
)

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
LONGEST_CELL = 1000  # characters: reading and folding take the square of a cell made to hurt
_DELIMITER_NOTE = re.compile(r"sep=.", re.IGNORECASE)  # Excel's own first line


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
        return ImportFile((), tuple(faults) or (_fault(1, mark("the file is empty")),))
    columns = _header(*records[0], faults)
    if "client" not in columns:
        return ImportFile((), tuple(faults))
    rows = [_row(line, cells, columns, country, faults) for line, cells in records[1:]]
    if not rows and not faults:
        faults.append(_fault(records[0][0], mark("there is nothing below the header")))
    good = _without_shared_references([row for row in rows if row], faults)
    return ImportFile(tuple(good), tuple(sorted(faults, key=_line_of)))


def _fault(at: int, text: str, **values: object) -> Fault:
    said = Sentence(text, values)
    return Fault(f"line {at}", str(said), said)


def _line_of(fault: Fault) -> int:
    return int(fault.where.removeprefix("line "))


def _unreadable(data: bytes) -> Fault | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _fault(1, mark("the file is in UTF-16: save it as “CSV UTF-8”"))
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        return _fault(line, mark("this is not a CSV file: save the sheet as “CSV UTF-8”"))
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
            what = mark("a quotation mark is open or misplaced (%(error)s): correct or remove it")
            faults.append(_fault(line, what, error=str(error)))
            continue
        if any(len(cell) > LONGEST_CELL for cell in cells):
            what = mark("a cell has more than %(most)d characters: shorten it")
            faults.append(_fault(line, what, most=LONGEST_CELL))
            continue
        yield line, [cell.strip() for cell in cells]


def _delimiter(lines: list[str]) -> str:
    """The sign that makes the header's words ours; a comma in a client's name does not count."""
    header = next((line for line in lines if line.strip()), "")
    known = {sign: sum(plain(name) in _COLUMNS for name in header.split(sign)) for sign in ";,"}
    return max(known, key=lambda sign: (known[sign], header.count(sign)))


def _header(line: int, cells: list[str], faults: list[Fault]) -> list[str]:
    """Our name of each column, "" for one we do not know (a fault) or without name."""
    columns: list[str] = []
    for cell in cells:
        column = _COLUMNS.get(plain(cell), "")
        if cell and not column:
            what = mark("the column “%(name)s” is unknown: use %(known)s")
            faults.append(_fault(line, what, name=cell, known=", ".join(_names_of_columns())))
        elif column in columns and column:
            what = mark("the column “%(name)s” is there twice: keep one")
            faults.append(_fault(line, what, name=cell))
        columns.append(column)
    if "client" not in columns:
        what = mark("the column “client” is missing: add it to the header")
        faults.append(_fault(line, what))
    return columns


def _names_of_columns() -> list[str]:
    return list(dict.fromkeys(_COLUMNS.values()))


def _row(
    line: int, cells: list[str], columns: list[str], country: str, faults: list[Fault]
) -> Row | None:
    wrong: list[Sentence] = []
    row = _read(line, _by_column(cells, columns, wrong), country, wrong)
    faults += [Fault(f"line {line}", str(what), what) for what in wrong]
    return None if wrong else row


def _by_column(cells: list[str], columns: list[str], wrong: list[Sentence]) -> Cells:
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        what = mark(
            "there are %(cells)d cells and the header has %(columns)d: "
            "put a text that holds a separator between quotation marks"
        )
        wrong.append(Sentence(what, {"cells": len(cells), "columns": len(columns)}))
    given = dict(zip(columns, cells, strict=False))
    folded = {name: " ".join(cell.split()) for name, cell in given.items()}
    as_written = {"phone": given.get("phone", "")}  # a line break parts two numbers
    return dict.fromkeys(_COLUMNS.values(), "") | folded | as_written


def _read(line: int, cells: Cells, country: str, wrong: list[Sentence]) -> Row:
    if not cells["client"]:
        wrong.append(Sentence(mark("the client's name is missing: write it on every line")))
    if cells["opponent"] and not cells["dossier"]:
        what = mark("there is an opponent and no dossier: write the dossier's reference")
        wrong.append(Sentence(what))
    if len(cells["label"]) > LONGEST_LABEL:
        what = mark("the label has more than %(most)d characters: WhatsApp cuts it")
        wrong.append(Sentence(what, {"most": LONGEST_LABEL}))
    if cells["title"] and not cells["dossier"]:
        what = mark("there is a title and no dossier: write the dossier's reference")
        wrong.append(Sentence(what))
    return Row(
        line=line,
        client=cells["client"],
        phones=phones_of(cells["phone"], country, wrong),
        email=email_of(cells["email"], wrong),
        vip=vip_of(cells["vip"], wrong),
        lawyer=cells["lawyer"] or None,
        dossier=cells["dossier"] or None,
        title=cells["title"] or None,
        status=status_of(cells["status"], wrong),
        opponents=opponents_of(cells["opponent"], country),
        label=cells["label"] or None,
    )


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
            what = mark(
                "dossier %(dossier)s is given to %(client)s and, on line %(line)d, "
                "to %(rival)s: leave it to one of them"
            )
            values = {"dossier": row.dossier, "client": row.client, "rival": rival.client}
            faults.append(_fault(row.line, what, line=rival.line, **values))
        else:
            good.append(row)
    return good
