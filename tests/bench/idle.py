"""What it costs when nothing happens, and how soon it is there."""

import statistics
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from tests.bench import doors
from tests.bench.figures import Figure
from tests.bench.process import cpu_seconds, memory_mb


def start(times: int) -> Iterator[Figure]:
    """From the command to both doors open, on a data folder that exists."""
    spent = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data:
        for _ in range(times + 1):
            began = monotonic()
            with doors.own(Path(data)):
                spent.append(monotonic() - began)
    median = statistics.median(spent[1:])  # the first makes the store
    yield Figure("start to open door", f"{median:.2f} s", "< 1.5 s", median < 1.5)


def rest(seconds: float) -> Iterator[Figure]:
    """Memory and processor time while nobody writes."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data,
        doors.own(Path(data)) as door,
    ):
        pause = threading.Event()
        pause.wait(5)  # the start is over
        before = cpu_seconds(door.process.pid)
        pause.wait(seconds)
        share = (cpu_seconds(door.process.pid) - before) / seconds
        memory = memory_mb(door.process.pid)
    yield Figure(f"idle CPU over {seconds:.0f} s", f"{share:.2%}", "< 0.5 %", share < 0.005)
    yield Figure("resident memory, idle", f"{memory:.0f} MB", "< 120 MB", memory < 120)
