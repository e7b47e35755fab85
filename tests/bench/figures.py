"""What was measured, and what was wanted of it."""

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. `wanted` in words; `is_reached` None where nothing was wanted."""

    what: str
    value: str
    wanted: str = ""
    is_reached: bool | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def table(figures: Iterable[Figure]) -> str:
    """In columns, as Markdown: it goes into README.md as it is."""
    rows = [("what", "measured", "wanted", "")]
    marks = {True: "yes", False: "NO", None: ""}
    rows += [(f.what, f.value, f.wanted, marks[f.is_reached]) for f in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * max(3, width) for width in widths) + " |")
    return "\n".join(lines)


def median_of(reports: list[dict[str, Any]]) -> dict[str, float]:
    """The median of each figure over several rounds."""
    keys = ("per_second", "p50_ms", "p99_ms", "max_ms")
    return {key: statistics.median(report[key] for report in reports) for key in keys}
