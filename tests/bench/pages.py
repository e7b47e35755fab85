"""How quick each page is with years of work in the store, at the server, and what it weighs."""

import re
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import requests

from appliance.demo import cast
from tests.bench import doors, years
from tests.bench.figures import Figure
from tests.browser.firm import Visitor
from tests.browser.places import Place, places
from tests.e2e.office import Office, Running
from tests.support import until

SLOWEST_MS, SLOWEST_SEARCH_MS = 150, 100
HEAVIEST = 300_000  # bytes, with all that the page needs
SECOND_LAWYER = "Hédi Karoui"
PEOPLE = {
    cast.LAWYER: "avocat",  # sees half of the dossiers
    SECOND_LAWYER: "avocat",
    cast.ASSISTANT: "assistant",  # of nobody in particular: sees all
    cast.ADMIN: "admin",  # sees none
}
READERS = (cast.LAWYER, cast.ASSISTANT, cast.ADMIN)
SEARCHES = ("facture", "gharbi loyer", "2025-1", "عقد", "certificat med", "216200")
# What a page needs beside itself: styles, scripts, pictures of ours.
_NEEDS = re.compile(r'(?:href|src)="(/static/[^"]+)"')
_KIND = re.compile(r"<[^<>]*:")  # of a value in an address
_BUSIEST = "SELECT id FROM {table} WHERE id >= ? ORDER BY id LIMIT 1"


@dataclass(frozen=True)
class Full:
    """A running appliance that has years behind it."""

    office: Office
    running: Running

    def id_of(self, sql: str, *values: object) -> int:
        """The first column of the first row. Raises LookupError when there is none."""
        found = self.office.rows(sql, *values)
        if not found:
            raise LookupError(sql)
        return int(found[0][0])

    def busiest(self, table: str) -> int:
        """The row of which there is most to show."""
        return self.id_of(_BUSIEST.format(table=table), years.FIRST_ID)


# Where there is most to show; for the rest, what the browser is shown.
HEAVY: dict[str, Callable[[Full], object]] = {
    "dossier_id": lambda full: full.busiest("dossiers"),
    "client_id": lambda full: full.busiest("clients"),
    "document_id": lambda full: full.busiest("documents"),
    "correspondent_id": lambda full: full.busiest("correspondents"),
    "person_id": lambda full: full.busiest("correspondents"),
    "dossiers.page.row_id": lambda full: full.busiest("dossiers"),
}


def figures(messages: int, rounds: int, readers: Sequence[str] = READERS) -> Iterator[Figure]:
    """Each page's time and weight; a fifth of the messages bring documents."""
    plan = years.Years(
        clients=messages // 50,
        dossiers=messages * 3 // 100,
        documents=messages // 5,
        messages=messages,
        lawyers=(cast.LAWYER, SECOND_LAWYER),
        until=years.now(),
        filers=(cast.ASSISTANT,),
    )
    with _full(plan) as full:
        for place in places():
            yield from _of_page(full, place, rounds, readers)
        yield from _of_search(full, rounds)


@contextmanager
def _full(plan: years.Years) -> Iterator[Full]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        office = Office(Path(home) / "data")
        told = doors.settings(office.data)
        office.settings |= {name.removeprefix("GREFFIER_"): told[name] for name in told}
        office.settings |= {"RETENTION_MESSAGES_DAYS": 3650, "LIMITS_WHATSAPP_SEND": "1000/24h"}
        office.know_clients()
        for name, role in PEOPLE.items():
            command = ("user", "add", name, "--role", role, "--password-stdin")
            assert office.greffier_here(*command, typed=cast.PASSWORD).returncode == 0
        years.fill(office.data, plan)
        with office.open(is_quiet=False) as running:
            until(lambda: _is_calm(office), 600, "the appliance did not come to rest")
            yield Full(office, running)


def _is_calm(office: Office) -> bool:
    """Nothing is under way; what may wait for days aside."""
    chores = "SELECT 1 FROM chores WHERE leased_until IS NOT NULL OR due_at < datetime('now')"
    return office.is_idle() and not office.rows(chores)


def _of_page(full: Full, place: Place, rounds: int, readers: Sequence[str]) -> Iterator[Figure]:
    rule = _KIND.sub("<", str(place.rule))
    try:
        path = place.path(full, HEAVY)
    except LookupError:
        yield Figure(rule, "not measured: nothing to show")
        return
    answers: list[int] = []
    found: list[Figure] = []
    for name in readers:
        with _reader(full, name) as reader:
            first = reader.sees(path)
            answers.append(first.status_code)
            if first.status_code == 200:
                times = [_once(reader, path) for _ in range(rounds)]
                what = f"{rule}, {PEOPLE[name]}"
                slowest = None if _is_download(first) else SLOWEST_MS
                found.append(_figure(what, times, _weight(reader, first), slowest))
    yield from found or [Figure(rule, f"not measured: answers {answers}")]


def _of_search(full: Full, rounds: int) -> Iterator[Figure]:
    """By somebody who sees all."""
    with _reader(full, cast.ASSISTANT) as reader:
        for words in SEARCHES:
            path = f"/search?q={words}"
            first = reader.sees(path)
            if first.status_code != 200:
                yield Figure("/search", f"not measured: answers {first.status_code}")
                return
            times = [_once(reader, path) for _ in range(rounds)]
            yield _figure(f"search {words}", times, _weight(reader, first), SLOWEST_SEARCH_MS)


@contextmanager
def _reader(full: Full, name: str) -> Iterator[Visitor]:
    with requests.Session() as session:
        session.trust_env = False
        visitor = Visitor(full.running.dashboard, session)
        visitor.submits("/login", "/login", name=name, password=cast.PASSWORD)
        yield visitor


def _once(reader: Visitor, path: str) -> float:
    """Milliseconds until the whole page is here."""
    began = monotonic()
    reader.sees(path)
    return (monotonic() - began) * 1000


def _weight(reader: Visitor, page: requests.Response) -> int:
    """Of the page and of what it names of ours, each once."""
    needed = set(_NEEDS.findall(page.text)) if "html" in page.headers["Content-Type"] else set()
    return len(page.content) + sum(len(reader.sees(path).content) for path in needed)


def _is_download(answer: requests.Response) -> bool:
    """A file to keep, as long as what it holds: no page that somebody waits to read."""
    return answer.headers.get("Content-Disposition", "").startswith("attachment")


def _figure(what: str, times: list[float], weight: int, slowest: int | None) -> Figure:
    """Without `slowest` it is only told."""
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    said = f"p50 {statistics.median(times):.0f}, p95 {p95:.0f} ms; {weight / 1000:.0f} KB"
    if slowest is None:
        return Figure(what, said)
    is_reached = p95 < slowest and weight < HEAVIEST
    return Figure(what, said, f"< {slowest} ms, < {HEAVIEST // 1000} KB", is_reached)
