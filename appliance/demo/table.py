"""What a terminal shows of rows: a table where it is wide enough, else a block a row."""

import shutil

NARROWEST = 110  # characters: below this, columns break numbers and names apart


def table(rows: list[tuple[str, ...]], total: int | None = None) -> str:
    """The rows (first: the header) for `total` characters; newlines in a cell stay newlines."""
    total = total or shutil.get_terminal_size((120, 24)).columns
    return _columns(rows, total) if total >= NARROWEST else _blocks(rows, total)


def _columns(rows: list[tuple[str, ...]], total: int) -> str:
    widths = _widths(rows, total)
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


def _blocks(rows: list[tuple[str, ...]], total: int) -> str:
    """Under each row's first cell a line for each of the others, named as in the header."""
    (_, *names), *rest = rows
    margin = max(map(len, names)) + 4
    lines: list[str] = []
    for first, *cells in rest:
        lines.append(first)
        for name, cell in zip(names, cells, strict=True):
            parts = _wrapped(cell, total - margin)
            lines.append(f"  {name.ljust(margin - 4)}  {parts[0]}")
            lines += [" " * margin + part for part in parts[1:]]
        lines.append("")
    return "\n".join(lines)


def _widths(rows: list[tuple[str, ...]], total: int) -> list[int]:
    """Each column as wide as it needs, the widest giving way until all fit.

    None gives way further than its longest piece: a number or a word is never broken.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(len(line) for cell in column for line in cell.split("\n")) for column in columns]
    least = [max(len(piece) for cell in column for piece in _pieces(cell)) for column in columns]
    room = total - 2 * (len(widths) - 1)
    while sum(widths) > room:
        spare = [width - need for width, need in zip(widths, least, strict=True)]
        if max(spare) <= 0:
            break
        giving = [width if left > 0 else 0 for width, left in zip(widths, spare, strict=True)]
        widths[giving.index(max(giving))] -= 1
    return widths


def _pieces(cell: str) -> list[str]:
    """What is never broken: words, and what stands between the slashes of a path."""
    return cell.replace("/", "/ ").replace("\n", " ").split(" ")


def _wrapped(cell: str, width: int) -> list[str]:
    return [line for part in cell.split("\n") for line in _fold(part, width)]


def _fold(text: str, width: int) -> list[str]:
    """The text in lines of that width, broken after a space or a slash only."""
    lines = [""]
    for piece in text.replace("/", "/\0").replace(" ", " \0").split("\0"):
        if lines[-1] and len((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]
