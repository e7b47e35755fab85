"""Files in the media store that no row knows. Named for a person; never removed.

Of a file without a row nobody can prove that it is not needed: after an older copy of the store was
put back, the documents of the days between are just such files. What Greffier itself decides to
remove has a row (leavings) before it goes, and is removed by that.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from appliance.store.models import Document, Leaving, Media

MARGIN = timedelta(days=8)  # a day more than Meta keeps a file: whatever was cut short is over


def orphans(folder: Path, now: datetime) -> Iterator[Path]:
    """Every file below `folder` that is older than the margin and that no row speaks of."""
    for shelf in sorted(folder.glob("*")) if folder.is_dir() else ():
        files = [path for path in shelf.iterdir() if path.is_file()] if shelf.is_dir() else [shelf]
        for path in sorted(files):
            if _is_old(path, now) and not _is_known(path):
                yield path


def _is_old(path: Path, now: datetime) -> bool:
    try:
        return path.stat().st_mtime < (now - MARGIN).timestamp()
    except OSError:
        return False  # gone meanwhile


def _is_known(path: Path) -> bool:
    sha256 = path.name
    if path.parent.name != sha256[:2]:
        return False
    return any(
        table.select().where(table.sha256 == sha256).exists() for table in (Document, Media)
    ) or bool(
        Leaving.select().where(Leaving.sha256 == sha256, Leaving.settled_at.is_null()).exists()
    )
