"""What may be joined to an answer, where a client has very many documents."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appliance.dashboard.enclosing_board import SHOWN, EnclosingBoard
from appliance.firm.scope import EVERYTHING
from appliance.outbox.enclosures import Rules
from appliance.store.database import Store
from appliance.store.models import Document, Safety
from tests.integration.test_today_page import Office
from tests.support import Hands


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = Hands()
    with closing(Store.open(tmp_path, clock)) as store:
        yield Office(store, clock)


@pytest.mark.parametrize(("beyond", "has_more"), [(0, False), (1, True), (20, True)])
def test_no_more_documents_are_judged_than_are_shown(
    office: Office, beyond: int, has_more: bool
) -> None:
    """Whoever opens a conversation waits for that, whether they join one or not."""
    fit = {"safety": Safety.OK, "stored_at": office.clock.now()}
    ids = [office.filed(name=f"{n}.pdf", **fit) for n in range(SHOWN + beyond)]
    judged: list[int] = []

    def may_leave(document: Document) -> bool:
        judged.append(document.id)
        return True

    board = EnclosingBoard(Rules(may_leave, whose=lambda _: [office.amel], opposed=lambda _: []))
    offered = board.offered("+21620000001", EVERYTHING)

    shown = [one.id for _, documents in offered.groups for one in documents]
    assert shown == ids[::-1][:SHOWN], "the newest first"
    assert offered.has_more == has_more
    assert len(judged) == min(len(ids), SHOWN + 1)
