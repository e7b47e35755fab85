"""The whole way: documents fetched from the simulated WhatsApp and filed; who waits how long."""

import io
import os
import sqlite3
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from PIL import Image

from appliance.demo import cast
from appliance.simulator.account import Account
from appliance.simulator.whatsapp import Meta
from tests.bench import doors
from tests.bench.figures import Figure
from tests.bench.process import memory_mb
from tests.e2e.office import SECRET, TOKEN, VERIFY, Office
from tests.support import until

PDF_BYTES = 200_000
PHOTO = (4000, 3000)  # pixels: twelve million
LONG = 600.0  # seconds


@dataclass
class World:
    """An appliance on an empty data folder, and Meta."""

    meta: Meta
    door: doors.Door
    store: Path

    def rows(self, sql: str) -> list[tuple[float, ...]]:
        with closing(sqlite3.connect(self.store, timeout=10)) as store:
            return store.execute(sql).fetchall()

    def wait_for(self, count: int, status: str) -> None:
        query = f"SELECT count(*) FROM whatsapp_messages WHERE status = '{status}'"
        until(lambda: self.rows(query)[0][0] >= count, LONG, f"not {count} {status}")


@contextmanager
def world() -> Iterator[World]:
    """Clients with dossiers are known; nothing is confirmed meanwhile."""
    account = Account(SECRET, TOKEN, VERIFY)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, Meta(account) as meta:
        office = Office.of(Path(home) / "data", meta)
        office.settings["WHATSAPP_CONFIRM_AFTER"] = "3600s"
        office.know_clients()
        with doors.own(office.data, **office.environ) as door:
            meta.subscribe(door.url)
            yield World(meta, door, office.data / "greffier.db")


def pdf() -> bytes:
    return cast.pdf("CONTRAT", os.urandom(PDF_BYTES // 2).hex())


def photo() -> bytes:
    """As large as a telephone's: noise does not compress."""
    small = Image.frombytes("RGB", (500, 375), os.urandom(500 * 375 * 3))
    file = io.BytesIO()
    small.resize(PHOTO, Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
    return file.getvalue()


def rate(
    content: "list[bytes]", filename: str | None, mime_type: str
) -> tuple[float, World, float]:
    """Documents a second, from Meta's delivery to the last one filed; and the peak of memory."""
    with world() as seen:
        phone = seen.meta.phone(cast.BEN_YOUSSEF, "Amel")
        with seen.meta.batch():
            for one in content:
                phone.sends(one, filename=filename, mime_type=mime_type)
            began = monotonic()
        seen.wait_for(len(content), "document_created")
        spent = monotonic() - began
        return len(content) / spent, seen, memory_mb(seen.door.process.pid, is_peak=True)


def documents(count: int) -> Iterator[Figure]:
    """PDFs of 200 KB and photos of twelve million pixels, five workers."""
    found, _, _ = rate([pdf() for _ in range(count)], "bail.pdf", "application/pdf")
    yield Figure("pipeline, PDFs of 200 KB", f"{found:.0f}/s", "> 50/s", found > 50)
    base = photo()
    shots = [base + os.urandom(16) for _ in range(count // 4)]  # what follows the end is ignored
    found, _, _ = rate(shots, None, "image/jpeg")
    yield Figure(f"pipeline, photos of {len(base) / 1e6:.1f} MB", f"{found:.0f}/s")


def monday(count: int) -> Iterator[Figure]:
    """What came over the weekend, all at once."""
    base = pdf()
    waiting = [base + str(number).encode() for number in range(count)]
    found, _, peak = rate(waiting, "piece.pdf", "application/pdf")
    spent = count / found
    limit = 120 * count / 5000
    said = f"{spent:.0f} s, {peak:.0f} MB at most"
    wanted = f"< {limit:.0f} s, < 250 MB"
    yield Figure(f"{count:,} waiting PDFs drained", said, wanted, spent < limit and peak < 250)


def waits(count: int) -> Iterator[Figure]:
    """From the commit of a message to the commit of its outcome: more than the wait alone."""
    wait = "SELECT (julianday(processed_at) - julianday(received_at)) * 86400000 FROM"
    wait += " whatsapp_messages WHERE id > {last} ORDER BY 1"
    with world() as seen:
        phone = seen.meta.phone(cast.BEN_YOUSSEF, "Amel")
        pause = threading.Event()
        for _ in range(count):
            phone.writes("Bonjour")
            pause.wait(0.25)
        seen.wait_for(count, "processed")
        idle = statistics.median(row[0] for row in seen.rows(wait.format(last=0)))
        yield Figure("queue wait, idle (median)", f"{idle:.1f} ms", "< 20 ms", idle < 20)
        with seen.meta.batch():
            for _ in range(500):
                phone.writes("Bonjour")
        seen.wait_for(count + 500, "processed")
        burst = [row[0] for row in seen.rows(wait.format(last=count))]
        said = f"median {burst[250]:.0f}, p95 {burst[475]:.0f} ms"
        yield Figure("queue wait, 500 at once", said)
