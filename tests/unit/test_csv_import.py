"""The firm's list, as spreadsheets really save it."""

from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.firm.csv_cells import Opponent
from appliance.firm.csv_import import LONGEST_CELL, ImportFile, Row, parse

HEADER = "client;phone;email;vip;lawyer;dossier;title;status\n"
GOOD = "Mme Ben Youssef;20 123 456;leila@exemple.tn;oui;Me Trabelsi;2026-0042;Divorce B.;actif\n"
LEILA = Row(
    line=2,
    client="Mme Ben Youssef",
    phones=("+21620123456",),
    email="leila@exemple.tn",
    vip=True,
    lawyer="Me Trabelsi",
    dossier="2026-0042",
    title="Divorce B.",
    status="active",
)


def read(text: str) -> ImportFile:
    return parse(text.encode(), "TN")


def said(file: ImportFile) -> list[str]:
    return [str(fault) for fault in file.faults]


def only_row(line: str) -> Row:
    file = read(HEADER + line)
    assert said(file) == []
    (row,) = file.rows
    return row


def only_fault(line: str) -> str:
    file = read(HEADER + line)
    assert file.rows == ()
    (fault,) = said(file)
    return fault


def test_a_line_becomes_a_client_and_a_dossier() -> None:
    assert read(HEADER + GOOD) == ImportFile((LEILA,), ())


FRENCH = "client;téléphone;email;vip;avocat;dossier;intitulé;statut\n"


@pytest.mark.parametrize(
    "data",
    [
        (FRENCH + GOOD).encode(),
        (FRENCH + GOOD).encode("utf-8-sig"),
        (FRENCH + GOOD).encode("cp1252"),
        (FRENCH.upper() + GOOD).encode("cp1252"),
        (FRENCH.replace("é", "e\u0301") + GOOD).encode(),
        (FRENCH.replace("é", "e") + GOOD).encode(),
        (FRENCH + GOOD).replace("\n", "\r\n").encode(),
        (FRENCH + GOOD).replace("\n", "\r").encode(),
        (FRENCH + GOOD).replace(";", ",").encode(),
        (FRENCH + GOOD).replace(";", " ; ").encode(),
        (FRENCH + GOOD).rstrip("\n").encode(),
        ('"' + (FRENCH + GOOD).replace(";", '";"').replace("\n", '"\n"') + '"').encode(),
        (FRENCH.replace("\n", ";\n") + GOOD.replace("\n", ";;\n")).encode(),
    ],
)
def test_the_same_list_is_read_however_it_was_saved(data: bytes) -> None:
    assert parse(data, "TN") == ImportFile((LEILA,), ())


def test_columns_come_in_any_order_and_only_the_client_is_needed() -> None:
    file = read("Dossier,CLIENT\n2026-1,M. Gharbi\n,Nour\n")

    assert [(row.client, row.dossier) for row in file.rows] == [
        ("M. Gharbi", "2026-1"),
        ("Nour", None),
    ]
    assert file.faults == ()


def test_a_single_column_is_a_list_of_clients() -> None:
    assert [row.client for row in read("client\nM. Gharbi\n").rows] == ["M. Gharbi"]


def test_the_first_line_that_excel_writes_for_itself_is_passed_over() -> None:
    assert [row.line for row in read("sep=;\n" + HEADER + GOOD).rows] == [3]


def test_empty_lines_are_passed_over_and_counted() -> None:
    file = read(HEADER + "\n;;;;;;;\n" + GOOD)

    assert [row.line for row in file.rows] == [4]


def test_a_text_between_quotation_marks_may_hold_a_separator_or_a_line_break() -> None:
    file = read(HEADER + '"Ben; Youssef";;;;;1;"Bail\ncommercial ""A"""; \n' + "Nour;;;;;;;\n")

    assert said(file) == []
    assert [row.line for row in file.rows] == [2, 4]
    assert (file.rows[0].client, file.rows[0].title) == ("Ben; Youssef", 'Bail commercial "A"')


def test_a_comma_in_a_name_does_not_make_it_a_comma_file() -> None:
    assert only_row("Ben Youssef, Leila, née Gharbi;;;;;;;\n").client.startswith("Ben Youssef,")


def test_a_cell_may_hold_several_numbers() -> None:
    row = only_row('A;"20 123 456 / +33 6 12 34 56 78\n0021671234567, 20123456";;;;;;\n')

    assert row.phones == ("+21620123456", "+33612345678", "+21671234567")


@pytest.mark.parametrize("yes", ["yes", "OUI", "1", "x", "X", "true", "VRAI"])
@pytest.mark.parametrize("no", ["", "no", "Non", "0", "false", "FAUX"])
def test_vip_is_yes_or_no_in_both_languages(yes: str, no: str) -> None:
    assert only_row(f"A;;;{yes};;;;\n").vip
    assert not only_row(f"A;;;{no};;;;\n").vip


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("", None),
        ("Active", "active"),
        ("ACTIF", "active"),
        ("closed", "closed"),
        ("Clos", "closed"),
    ],
)
def test_the_status_is_active_or_closed_in_both_languages(written: str, status: str | None) -> None:
    assert only_row(f"A;;;;;1;;{written}\n").status == status


def test_what_is_not_given_is_none() -> None:
    row = only_row("A;;;;;;;\n")

    assert (row.phones, row.email, row.lawyer, row.dossier, row.title) == ((), *[None] * 4)


def test_a_dossier_may_have_no_title() -> None:
    assert only_row("A;;;;;2026-1;;\n").title is None


def test_one_client_may_have_many_dossiers_and_a_dossier_many_lines() -> None:
    file = read(HEADER + "A;;;;;1;;\na;;;;;2;;\nA ;;;;;1;;\n")

    assert len(file.rows) == 3
    assert file.faults == ()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("A;12;;;;;;\n", "line 2: “12” is not a phone number: write it like +216 20 123 456"),
        ("A;2,02E+10;;;;;;\n", "line 2: “2,02E+10” was a phone number: make the column a text"),
        ("A;;leila@;;;;;\n", "line 2: “leila@” is not one e-mail address"),
        ("A;;a@b.tn, c@d.tn;;;;;\n", "line 2: “a@b.tn, c@d.tn” is not one e-mail address"),
        ("A;;;peut-être;;;;\n", "line 2: “peut-être” does not say whether the client is VIP"),
        ("A;;;;;1;;gagné\n", "line 2: the status “gagné” is unknown: write active or closed"),
        (";;;;;1;;\n", "line 2: the client's name is missing"),
        ("A;;;;;;Divorce;\n", "line 2: there is a title and no dossier"),
        ("A;;;\n", "line 2: there are 4 cells and the header has 8"),
        ("A;;;;;;;;encore\n", "line 2: there are 9 cells and the header has 8"),
        ('"A"b;;;;;;;\n', "line 2: a quotation mark is open or misplaced"),
        ('"A;;;;;;;\nB;;;;;;;\n', "line 2: a quotation mark is open or misplaced"),
        ("", "line 1: there is nothing below the header"),
    ],
)
def test_a_bad_line_is_named_with_a_remedy(line: str, fault: str) -> None:
    assert only_fault(line).startswith(fault)


def test_every_fault_is_said_at_once_in_order_and_good_lines_stay() -> None:
    file = read(HEADER + "A;12;x;;;;T;\n" + '"B"b\n' + GOOD + ";;;;;;;clos\n")

    assert [row.line for row in file.rows] == [4]
    assert [fault.where for fault in file.faults] == ["line 2"] * 3 + ["line 3", "line 5"]


def test_a_dossier_of_two_clients_is_nobodys() -> None:
    file = read(HEADER + "A;;;;;2026-1;;\nB;;;;;2026-2;;\nC;;;;;2026-1;;\nA;;;;;2026-1;;\n")

    assert [row.client for row in file.rows] == ["B"]
    assert said(file) == [
        "line 2: dossier 2026-1 is given to A and, on line 4, to C: leave it to one of them",
        "line 4: dossier 2026-1 is given to C and, on line 2, to A: leave it to one of them",
        "line 5: dossier 2026-1 is given to A and, on line 4, to C: leave it to one of them",
    ]


def test_an_unknown_column_is_a_fault_and_the_rest_is_read() -> None:
    file = read("client;fax;dossier\nA;71;2026-1\n")

    assert [row.dossier for row in file.rows] == ["2026-1"]
    (fault,) = said(file)
    assert fault.startswith("line 1: the column “fax” is unknown: use client, phone, email, vip,")


def test_a_column_that_is_there_twice_is_a_fault() -> None:
    assert said(read("client;phone;téléphone\nA;;\n")) == [
        "line 1: the column “téléphone” is there twice: keep one"
    ]


def test_a_list_without_clients_has_no_rows() -> None:
    file = read("nom;dossier\nA;1\n")

    assert file.rows == ()
    assert said(file)[1:] == ["line 1: the column “client” is missing: add it to the header"]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "line 1: the file is empty"),
        (b"\xef\xbb\xbf\r\n \n;;\n", "line 1: the file is empty"),
        (b"PK\3\4\x14\0\6\0\x08\0\0\0", "line 1: this is not a CSV file"),
        (b"client\nA\nB\0\n", "line 3: this is not a CSV file"),
        ("client\nÉ\n".encode("utf-16"), "line 1: the file is in UTF-16"),
        (b'"client\nA\n', "line 1: a quotation mark is open or misplaced"),
    ],
)
def test_what_is_not_a_list_is_one_fault(data: bytes, fault: str) -> None:
    file = parse(data, "TN")

    assert file.rows == ()
    assert len(file.faults) == 1
    assert str(file.faults[0]).startswith(fault)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_rows_or_faults(data: bytes, has_header: bool) -> None:
    file = parse(HEADER.encode() + data if has_header else data, "TN")

    assert file.rows or file.faults
    assert all(row.client for row in file.rows)


@pytest.mark.parametrize("column", ["opponent", "Adversaire"])
@pytest.mark.parametrize(
    ("cell", "opponents"),
    [
        ("", ()),
        ("Ali Ben Salah", (Opponent("Ali Ben Salah"),)),
        ("Société X +21620123456", (Opponent("Société X", "+21620123456"),)),
        ("Société X : 20 123 456", (Opponent("Société X", "+21620123456"),)),
        ("Société X (+216) 20 123 456", (Opponent("Société X", "+21620123456"),)),
        ("Société 2000", (Opponent("Société 2000"),)),
        ("Studio 54 | ", (Opponent("Studio 54"),)),
        ("A | B +33612345678", (Opponent("A"), Opponent("B", "+33612345678"))),
        ("A | +33612345678", (Opponent("A", "+33612345678"),)),
        ("+33612345678", (Opponent("+33612345678", "+33612345678"),)),
    ],
)
def test_a_dossier_may_name_its_opponents(
    column: str, cell: str, opponents: tuple[Opponent, ...]
) -> None:
    file = read(f"client;dossier;{column}\nA;1;{cell}\n")

    assert said(file) == []
    assert file.rows[0].opponents == opponents


def test_a_dossier_may_have_a_label_that_fits_a_line_of_whatsapp() -> None:
    assert read("client;dossier;libellé\nA;1;Bail commercial\n").rows[0].label == "Bail commercial"
    assert said(read(f"client;dossier;label\nA;1;{'x' * 25}\n")) == [
        "line 2: the label has more than 24 characters: WhatsApp cuts it"
    ]


def test_an_opponent_without_a_dossier_is_a_fault() -> None:
    file = read("client;opponent\nA;Ali\n")

    assert said(file) == [
        "line 2: there is an opponent and no dossier: write the dossier's reference"
    ]


@pytest.mark.parametrize("cell", ["1 " * 20_000 + "x", "a" + "\u0300\u0316" * 20_000])
@pytest.mark.parametrize("column", ["client", "opponent", "title", "phone"])
def test_a_cell_that_is_made_to_hurt_costs_nothing(column: str, cell: str) -> None:
    others = dict.fromkeys(("client", "dossier"), "x") | {column: cell}
    began = thread_time()
    file = read(";".join(others) + "\n" + ";".join(others.values()) + "\n")
    assert thread_time() - began < 1, "it held the whole process for minutes"
    assert said(file) == [f"line 2: a cell has more than {LONGEST_CELL} characters: shorten it"]


def test_a_number_stands_behind_a_long_name_too() -> None:
    name = "Société " + "Zéphyr " * 60 + "1 2 3"
    (row,) = read(f"client;dossier;opponent\nA;1;{name} (+216 22 333 444)\n").rows
    assert row.opponents == (Opponent(name, "+21622333444"),)
