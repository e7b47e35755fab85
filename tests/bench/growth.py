"""Does it slow down as the years go by? Three stores, empty and full, measured in turns."""

import sqlite3
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic
from typing import Any

import requests

from tests.bench import doors
from tests.bench.ack import load, rest
from tests.bench.figures import Figure, median_of
from tests.e2e.office import Office, Running

PAGES = 30  # times that the page is fetched, a round

# A message in ten brings a document; a quarter of a kilobyte of JSON each, as Meta's are.
_FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
INSERT INTO {table} SELECT {values} FROM n
"""
# A thousand a day, every day: a million is three years of a busy firm.
_AT = "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-' || (({count} - i) * 86) || ' seconds')"
_BODIES = "(body, received_at, deliveries)", "hex(randomblob(300)), {at}, 1"
_DOCUMENTS = (
    """(owner_key, sha256, sender, name, mime_type, size, status, reason, local_path,
     received_at, stored_at)""",
    """'client:1', hex(randomblob(32)), '+21620111222', 'piece ' || i || '.pdf',
     'application/pdf', 200000, 'filed', 'only_active_dossier', 'A/B/piece ' || i || '.pdf',
     {at}, {at}""",
)
_MESSAGES = (
    """(wamid, direction, sender, type, body, status, received_at, sent_at, processed_at, raw,
     webhook_body_id, is_duplicate, attempts, interruptions, priority, document_id)""",
    """'wamid.old' || hex(randomblob(16)), 'in', '+216201' || (i % 2000), 'text', 'Bonjour',
     CASE WHEN i % 10 THEN 'processed' ELSE 'document_created' END, {at}, {at}, {at},
     hex(randomblob(130)), i, 0, 1, 0, 0, CASE WHEN i % 10 THEN NULL ELSE i / 10 END""",
)


def fill(store: Path, count: int) -> None:
    """So many messages of the past."""
    parts = (
        ("webhook_bodies", _BODIES, count),
        ("documents", _DOCUMENTS, count // 10),
        ("whatsapp_messages", _MESSAGES, count),
    )
    with closing(sqlite3.connect(store)) as opened, opened:
        opened.execute("PRAGMA foreign_keys = off")
        opened.execute("PRAGMA synchronous = off")
        for table, (columns, values), rows in parts:
            if rows:
                shown = values.format(at=_AT.format(count=rows))
                opened.execute(_FILL.format(table=f"{table} {columns}", values=shown, count=rows))


def page_ms(browser: requests.Session, url: str) -> float:
    """The median time of the plain page."""
    times = []
    for _ in range(PAGES):
        began = monotonic()
        browser.get(url, timeout=30).raise_for_status()
        times.append((monotonic() - began) * 1000)
    return statistics.median(times)


def figures(counts: tuple[int, ...], seconds: float, rounds: int) -> Iterator[Figure]:
    """Ack and page with so many messages in the store, beside the first of `counts`.

    That is a page's worth: a page with nothing on it is quicker for another reason.
    """
    acks: dict[int, list[dict[str, Any]]] = {count: [] for count in counts}
    pages: dict[int, list[float]] = {count: [] for count in counts}
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        running = {count: _opened(stack, home, count) for count in counts}
        browsers = {count: stack.enter_context(_signed_in(running[count])) for count in counts}
        for _ in range(rounds):
            for count in counts:
                acks[count].append(load(running[count].webhook, 16, seconds, 0))
                rest(home / str(count))
                pages[count].append(page_ms(browsers[count], running[count].dashboard))
    rates = {count: median_of(acks[count])["per_second"] for count in counts}
    shown = {count: statistics.median(pages[count]) for count in counts}
    for count in counts:
        said = f"{rates[count]:.0f} acks/s, page {shown[count]:.0f} ms"
        yield Figure(f"{count:,} messages in the store", said)
    slower = rates[counts[0]] / rates[counts[-1]]
    page = shown[counts[-1]] / shown[counts[0]]
    said = f"ack {slower:.2f} x, page {page:.2f} x"
    is_reached = max(slower, page) <= 1.3
    yield Figure(f"{counts[-1]:,} against {counts[0]}", said, "<= 1.3 x", is_reached)


def _opened(stack: ExitStack, home: Path, count: int) -> Running:
    office = Office(home / str(count))
    office.settings |= {
        name.removeprefix("GREFFIER_"): value for name, value in doors.settings(office.data).items()
    }
    office.furnish()
    fill(office.data / "greffier.db", count)
    return stack.enter_context(office.open(is_quiet=False))


def _signed_in(running: Running) -> requests.Session:
    browser = requests.Session()
    browser.trust_env = False
    running.sign_in(browser)
    return browser
