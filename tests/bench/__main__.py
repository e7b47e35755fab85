"""Every measurement, one table, one JSON: `python -m tests.bench [--quick]`. See README."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.bench import ack, growth, idle, limits, pages, pipeline, sights
from tests.bench.figures import Figure, table
from tests.torture.machine import Machine, why_not

Part = Callable[[], Iterable[Figure]]


def parts(*, is_quick: bool) -> dict[str, Part]:
    """Each by its name. Quick: shorter, smaller, for a look; its figures are no proof."""
    seconds, rounds = (2.0, 1) if is_quick else (5.0, 3)
    counts = (100, 20_000) if is_quick else (100, 100_000, 1_000_000)
    return {
        "ack": lambda: ack.figures(ack.measure(seconds, rounds)),
        "documents": lambda: pipeline.documents(100 if is_quick else 400),
        "waits": lambda: pipeline.waits(20 if is_quick else 60),
        "growth": lambda: growth.figures(counts, seconds, rounds),
        "start": lambda: idle.start(2 if is_quick else 5),
        "idle": lambda: idle.rest(10 if is_quick else 60),
        "monday": lambda: pipeline.monday(500 if is_quick else 5000),
        "limits": lambda: limits.decisions(seconds, rounds),
        "pages": lambda: pages.figures(10_000 if is_quick else 100_000, 5 if is_quick else 30),
        "sights": lambda: [*sights.figures(rounds), *sights.large()],
        "slow": lambda: slow_disks(seconds, rounds),
    }


def slow_disks(seconds: float, rounds: int) -> Iterator[Figure]:
    """The doors again, each fsync slowed as on an office disk: 2 ms an SSD, 10 ms an old one."""
    if reason := why_not():
        yield Figure("fsync slowed", f"not measured: {reason}")
        return
    for more_ms in (2, 10):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            machine = Machine(Path(home) / "nothing", Path(home) / "machine")
            found = ack.measure(seconds, rounds, machine.environ(fsync_ms=more_ms))
        for figure in ack.figures(found):
            if not figure.what.startswith("ack: hello"):
                yield Figure(f"fsync + {more_ms} ms, {figure.what}", figure.value)


def main() -> int:
    known = parts(is_quick=False)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part", action="append", choices=list(known), help="only this; repeatable"
    )
    parser.add_argument("--quick", action="store_true", help="short, for a look")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    chosen = parser.parse_args()
    found: list[Figure] = []
    for name, part in parts(is_quick=chosen.quick).items():
        if chosen.part is None or name in chosen.part:
            print(f"measuring: {name} ...", file=sys.stderr, flush=True)
            found += part()
    print(table(found))
    if chosen.json:
        chosen.json.write_text(json.dumps([f.as_json() for f in found], indent=1), "utf-8")
    return 1 if any(figure.is_reached is False for figure in found) else 0


if __name__ == "__main__":
    sys.exit(main())
