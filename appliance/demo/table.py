"""A plain table for a terminal, cells wrapped to fit."""

import shutil
import textwrap

NARROWEST = 90  # characters: below this a wide table helps nobody


def table(rows: list[tuple[str, ...]]) -> str:
    """The rows (first: the header) in columns; newlines in a cell stay newlines."""
    widths = _widths(rows, max(shutil.get_terminal_size((120, 24)).columns, NARROWEST))
    lines: list[str] = []
    for number, row in enumerate(rows):
        cells = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        height = max(len(cell) for cell in cells)
        for line in range(height):
            parts = [cell[line] if line < len(cell) else "" for cell in cells]
            padded = [part.ljust(width) for part, width in zip(parts, widths, strict=True)]
            lines.append("  ".join(padded).rstrip())
        lines.append("─" * (sum(widths) + 2 * len(widths) - 2) if number == 0 else "")
    return "\n".join(lines)


def _widths(rows: list[tuple[str, ...]], total: int) -> list[int]:
    """Each column as wide as it needs, the widest giving way until all fit."""
    longest = [
        max(max(map(len, c.split("\n"))) for c in column) for column in zip(*rows, strict=True)
    ]
    room = total - 2 * (len(longest) - 1)
    while sum(longest) > room:
        longest[longest.index(max(longest))] -= 1
    return longest


def _wrapped(cell: str, width: int) -> list[str]:
    return [line for part in cell.split("\n") for line in textwrap.wrap(part, width) or [""]]
