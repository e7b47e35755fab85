"""Several documents in one go, undone as one: files, rows and history agree afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.disk import sha256_of
from appliance.filing.acts import Done
from appliance.filing.aside import freed
from appliance.filing.binding import NOT_A_PICTURE, TOO_FEW
from appliance.filing.fitting import Filing, filing, nowhere, told
from appliance.filing.gestures import Gestures, Rejection
from appliance.filing.matching import Reason
from appliance.filing.placing import Cabinet
from appliance.filing.premises import Premises
from appliance.firm.blocking import Blocking
from appliance.firm.register import Register
from appliance.keeping.legal import LegalHolds
from appliance.store import models
from appliance.store.models import Document
from tests import pictures
from tests.integration.gallery import Gallery, gallery_in

NOUR, SALMA = "Nour", "Salma Trabelsi"


class Table:
    """A table with papers on it: a firm with documents that wait, and whoever files them."""

    def __init__(self, gallery: Gallery, folder: Path) -> None:
        self.gallery, self.folder = gallery, folder
        premises = Premises(gallery.root, Cabinet(), gallery.media)
        self.register = Register(gallery.store, gallery.clock)
        heard = told(gallery.users, gallery.chores, nowhere, lambda _: [])
        self.filing: Filing = filing(gallery.store, gallery.clock, premises, self.register, heard)
        blocking = Blocking(gallery.store, gallery.clock, gallery.users.audit, freed)
        self.gestures = Gestures(gallery.store, self.filing.mover, gallery.binder, blocking)
        self.day = gallery.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)

    def photos(self, count: int) -> list[int]:
        """So many photos that wait."""
        first = Document.select().count()
        made = range(first, first + count)
        return [self.waits(pictures.photo(self.folder / f"{n}.jpg", (40 + n, 30))) for n in made]

    def waits(self, source: Path) -> int:
        document: Document = self.gallery.keep(source, is_pending=True)
        return int(document.id)

    def row(self, document_id: int) -> Document:
        found: Document = Document.get_by_id(document_id)
        return found

    def states(self, ids: list[int]) -> list[tuple[str, int | None, bool]]:
        """Status, dossier, whether it is set aside; and each file is where its row says."""
        rows = [self.row(each) for each in ids]
        for row in rows:
            assert sha256_of(self.gallery.root / row.local_path) == row.sha256
        return [(row.status, row.dossier_id, row.rejected_at is not None) for row in rows]

    def audit(self) -> list[tuple[str, str]]:
        query = models.AuditEntry.select().order_by(models.AuditEntry.id)
        return [(row.actor, row.action) for row in query]


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    (tmp_path / "data").mkdir()
    with gallery_in(tmp_path / "data") as gallery:
        yield Table(gallery, tmp_path)


WAITS = ("pending", None, False)
ASIDE = ("pending", None, True)


def test_a_burst_is_filed_together_and_undone_together(table: Table) -> None:
    ids, dossier = table.photos(3), table.gallery.succession.id

    outcome = table.gestures.file(ids, dossier, NOUR)

    assert outcome.done == ids
    assert table.states(ids) == [("filed", dossier, False)] * 3
    gesture = table.gestures.last(NOUR, table.day)
    assert gesture == outcome.gesture
    assert table.gestures.touched(gesture) == ids
    assert sorted(table.gestures.undo(gesture, NOUR).done) == ids
    assert table.states(ids) == [WAITS] * 3
    assert table.gestures.last(NOUR, table.day) is None
    assert table.audit().count((NOUR, "document filed")) == 3
    assert table.audit().count((NOUR, "act undone")) == 3


def test_undo_goes_back_one_gesture_at_a_time_and_only_ones_own(table: Table) -> None:
    first, second, others = table.photos(3)
    bail = table.gallery.bail.id
    table.gestures.file([first], bail, NOUR)
    table.gestures.file([second], bail, NOUR)
    table.gestures.file([others], bail, SALMA)

    for row_id in (second, first):
        gesture = table.gestures.last(NOUR, table.day)
        assert gesture is not None
        assert table.gestures.undo(gesture, NOUR).done == [row_id]

    assert table.gestures.last(NOUR, table.day) is None
    assert table.states([first, second, others]) == [WAITS, WAITS, ("filed", bail, False)]


def test_what_was_done_before_today_is_not_the_last_act_of_today(table: Table) -> None:
    table.gestures.file(table.photos(1), table.gallery.bail.id, NOUR)
    assert table.gestures.last(NOUR, table.gallery.clock.now()) is None


def test_what_somebody_filed_meanwhile_is_not_filed_again(table: Table) -> None:
    (row_id,), bail, succession = table.photos(1), table.gallery.bail, table.gallery.succession
    table.gestures.file([row_id], bail.id, SALMA)

    elsewhere = table.gestures.file([row_id], succession.id, NOUR)
    same = table.gestures.file([row_id], bail.id, NOUR)

    assert elsewhere.others == [(row_id, Done.OVERTAKEN)]
    assert same.others == [(row_id, Done.SAME)]
    assert table.row(row_id).filed_by == SALMA
    assert table.gestures.last(NOUR, table.day) is None


def test_what_is_set_aside_is_kept_with_its_reason_and_can_be_brought_back(table: Table) -> None:
    ids = table.photos(2)

    table.gestures.reject(ids, NOUR, Rejection.ILLEGIBLE)

    assert table.states(ids) == [ASIDE] * 2
    assert table.row(ids[0]).rejected_by == NOUR
    assert table.row(ids[0]).rejected_reason == "illegible"
    assert table.gestures.file(ids, table.gallery.bail.id, SALMA).others == [
        (each, Done.OVERTAKEN) for each in ids
    ]
    assert table.gestures.bring_back(ids[:1], SALMA).done == ids[:1]
    assert table.states(ids) == [WAITS, ASIDE]


def test_setting_aside_and_bringing_back_are_undone(table: Table) -> None:
    ids = table.photos(1)
    table.gestures.reject(ids, NOUR, "pas pour nous")
    table.gestures.bring_back(ids, NOUR)
    for state in (ASIDE, WAITS):
        gesture = table.gestures.last(NOUR, table.day)
        assert gesture is not None
        table.gestures.undo(gesture, NOUR)
        assert table.states(ids) == [state]


def test_a_client_who_answers_files_nothing_that_was_set_aside(table: Table) -> None:
    (row_id,) = table.photos(1)
    table.gestures.reject([row_id], NOUR, Rejection.NOT_OURS)
    mover, bail = table.filing.mover, table.gallery.bail
    assert not mover.file_under(table.row(row_id), bail, "client", Reason.CHOSEN_BY_CLIENT)
    assert table.states([row_id]) == [ASIDE]


def test_photos_become_one_pdf_and_undo_takes_all_of_it_back(table: Table) -> None:
    ids, bail = table.photos(3), table.gallery.bail.id

    outcome = table.gestures.file_bound(ids, bail, NOUR)

    assert outcome.error is None
    pdf = Document.get(Document.reason == Reason.BOUND)
    assert (pdf.dossier_id, pdf.mime_type) == (bail, "application/pdf")
    table.gestures.undo(outcome.gesture, NOUR)
    assert table.states(ids) == [WAITS] * 3
    assert table.states([pdf.id]) == [ASIDE]
    assert table.row(pdf.id).rejected_reason == Rejection.UNDONE
    kinds = [act.kind for act in models.Act.select().where(models.Act.document == pdf.id)]
    assert kinds == ["rejected"], "one act: cut anywhere, it never waits to be filed"


def test_photos_bound_again_after_an_undo_are_the_same_pdf_in_the_other_dossier(
    table: Table,
) -> None:
    ids, bail, succession = table.photos(2), table.gallery.bail.id, table.gallery.succession.id
    table.gestures.undo(table.gestures.file_bound(ids, bail, NOUR).gesture, NOUR)

    again = table.gestures.file_bound(ids, succession, NOUR)

    assert again.error is None
    (pdf,) = Document.select().where(Document.mime_type == "application/pdf")
    assert table.states([pdf.id, *ids]) == [("filed", succession, False)] * 3
    table.gestures.undo(again.gesture, NOUR)
    assert table.states([pdf.id, *ids]) == [ASIDE, WAITS, WAITS]


def test_what_is_no_photo_is_not_bound_and_nothing_is_filed(table: Table) -> None:
    paper = table.waits(pictures.pdf(table.folder / "a.pdf", ["one"]))
    ids = [*table.photos(1), paper]

    for chosen, fault in ((ids, NOT_A_PICTURE), (ids[:1], TOO_FEW)):
        outcome = table.gestures.file_bound(chosen, table.gallery.bail.id, NOUR)
        assert outcome.error is not None
        assert outcome.error.text == fault
    assert table.states(ids) == [WAITS, WAITS]


def test_one_that_was_moved_since_stays_and_the_others_are_undone(table: Table) -> None:
    ids, bail, succession = table.photos(2), table.gallery.bail.id, table.gallery.succession.id
    gesture = table.gestures.file(ids, bail, NOUR).gesture
    table.filing.mover.move(ids[0], succession, SALMA)

    outcome = table.gestures.undo(gesture, NOUR)

    assert outcome.done == [ids[1]]
    assert outcome.others == [(ids[0], Done.OVERTAKEN)]
    assert table.states(ids) == [("filed", succession, False), WAITS]


def test_nothing_leaves_a_dossier_under_legal_hold_by_an_undo(table: Table) -> None:
    ids, bail = table.photos(1), table.gallery.bail.id
    gesture = table.gestures.file(ids, bail, NOUR).gesture
    LegalHolds(table.gallery.store, table.gallery.clock, table.gallery.users).begin(
        bail, "procès", SALMA
    )
    assert table.gestures.undo(gesture, NOUR).others == [(ids[0], Done.HELD)]


def test_a_full_stop_in_the_middle_says_why_and_keeps_what_is_done(table: Table) -> None:
    first, second = table.photos(2)
    row = table.row(second)
    (table.gallery.root / row.local_path).unlink()
    table.gallery.media(row.sha256).unlink()

    outcome = table.gestures.file([first, second], table.gallery.bail.id, NOUR)

    assert outcome.done == [first]
    assert outcome.error is not None
    assert table.row(second).status == "pending"


def test_a_number_that_became_a_clients_brings_what_waits_and_files_nothing(table: Table) -> None:
    ids = table.photos(2)
    unknown, opposed = Reason.UNKNOWN_NUMBER.value, Reason.OPPOSING_PARTY.value
    client = table.gallery.bail.client_id

    def unit() -> None:
        for row_id, reason in zip(ids, (unknown, opposed), strict=True):
            Document.update(reason=reason).where(Document.id == row_id).execute()

    table.gallery.store.write(unit)
    assert table.gestures.recognise("+21620000002", client) == 1
    assert table.states(ids) == [WAITS, WAITS]
    rows = [table.row(each) for each in ids]
    assert [(row.client_id, row.reason) for row in rows] == [
        (client, "known_since"),
        (None, opposed),
    ]
