"""What people see of a document: a copy to look at, a thumbnail, its pages. Owns sights.

Made once by the chore "depict", and again by whoever asks when a picture is missing. A row says
what is known of the bytes; a file under its name is complete. Cut anywhere, it is done again: what
is there is kept. The original is read, and nothing else.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.chores import LOW, Chores, Finish, Kind, Posted
from appliance.clock import Clock
from appliance.errors import GreffierError, PermanentError, mark
from appliance.sights.cache import MediaCache
from appliance.sights.shelf import THUMBNAIL, SightShelf
from appliance.store import rows
from appliance.store.database import Store
from appliance.store.models import Document, Sight
from appliance.telling import columns
from appliance.workshop.faults import UndecodableError
from appliance.workshop.foreman import PATIENCE, Task, Workshop, whole

PICTURES = frozenset(
    f"image/{kind}" for kind in ("jpeg", "png", "webp", "gif", "tiff", "bmp", "heic")
)
PDF = "application/pdf"
BEST_QUALITY = 95  # of a copy that is not to be smaller
SHEET_SIDE = 2048  # pixels: a picture without a copy, when it is bound or read by people
READING_SIDE = 3500  # pixels: a photo of a page, when it is read by machine
NO_PAGE = mark("This document has no such page.")
MOST_PAGES, MOST_PIXELS = 100_000, 1_000_000  # more is what no child of ours would say

Doubt = Callable[[int, GreffierError], object]
"""Inside a unit: what was found makes this document one to check (part safety's)."""
Withheld = Callable[[Document], bool]
"""Whether this document is in quarantine: nothing of it is made or shown."""


@dataclass(frozen=True)
class Recipe:
    """How copies are made: the settings of [documents]. `max_side` 0: as large as it came."""

    max_side: int
    quality: int

    @property
    def name(self) -> str:
        """Of a copy: settings that change make other files."""
        return f"copy-{self.max_side}-{self.quality}.jpg"


class Depictor:
    """Makes pictures of documents, in the workshop, and keeps them on the shelf."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        workshop: Workshop,
        shelf: SightShelf,
        cache: MediaCache,
        recipe: Recipe,
    ) -> None:
        self._store = store
        self._clock = clock
        self._workshop = workshop
        self._shelf = shelf
        self._cache = cache
        self._recipe = recipe

    def facts(self, document: Document) -> Sight | None:
        """What is known of how it looks; None when nobody has looked, or there is nothing."""
        return rows.find(Sight, sha256=document.sha256)

    def copy(self, document: Document, patience: float = PATIENCE) -> Path | None:
        """The copy to look at; None if it has none: then its pages are looked at."""
        sight = self._sight(document, patience)
        if sight is None or not sight.has_copy:
            return None
        path = self._shelf.path(document.sha256, self._recipe.name)
        if not path.exists():
            sight = self._made(document, patience)
        return path if sight.has_copy else None

    def thumbnail(self, document: Document, patience: float = PATIENCE) -> Path | None:
        """The small picture for lists; None for what is no picture and has no pages."""
        sight = self._sight(document, patience)
        if sight is None:
            return None
        path = self._shelf.path(document.sha256, THUMBNAIL)
        if not path.exists():
            self._made(document, patience)
        return path

    def page(self, document: Document, number: int, patience: float = PATIENCE) -> Path:
        """Page `number` (from 1) of a PDF or a TIFF; the first picture of what moves is page 1.

        Raises PermanentError when there is no such page.
        """
        sight = self._sight(document, patience)
        if sight is None or not 1 <= number <= (sight.pages or 0):
            raise PermanentError(NO_PAGE)
        name = f"page-{number}.jpg"
        if not self._shelf.path(document.sha256, name).exists():
            self._draw(document, number, name, patience)
        return self._shelf.path(document.sha256, name)

    def sheet(self, document: Document) -> Path:
        """The JPEG of a picture for a page of a bound PDF: its copy, else its first page."""
        return self.copy(document) or self.page(document, 1)

    def for_reading(self, document: Document, number: int, target: Path, patience: float) -> None:
        """Write a page or a photo to `target`, grey and large: for reading by machine."""
        source = str(self._cache.path(document))
        given: dict[str, Any] = {"source": source, "target": str(target), "number": number}
        if document.mime_type == PDF:
            self._workshop.do(Task.PAGE, patience, **given, for_reading=True)
        else:
            given |= {"max_side": READING_SIDE, "is_gray": True}
            self._workshop.do(Task.FRAME, patience, **given)

    def forget(self, sha256: str) -> None:
        """These bytes were destroyed: so is what was made of them. Not inside a unit."""
        self._cache.forget(sha256)
        self._shelf.forget(sha256)
        self._store.write(Sight.delete().where(Sight.sha256 == sha256).execute)

    def _sight(self, document: Document, patience: float) -> Sight | None:
        if document.mime_type not in PICTURES and document.mime_type != PDF:
            return None
        sight = self.facts(document)
        if sight is None:
            return self._made(document, patience)
        if sight.error is not None:
            return None
        return sight

    def _made(self, document: Document, patience: float) -> Sight:
        """Its pictures are on the shelf now, and what is known of them in its row."""
        try:
            values = self.look(document, patience)
        except UndecodableError as error:
            flaw = {"has_copy": False, **columns(error)}
            self._store.write(lambda: self.know(document.sha256, flaw))
            raise
        self._store.write(lambda: self.know(document.sha256, values))
        self.forget_if_destroyed(document)
        return Sight(sha256=document.sha256, **values)

    def look(self, document: Document, patience: float = PATIENCE) -> dict[str, Any]:
        """Make its pictures; what is to be known of them.

        Raises UndecodableError: the file is at fault. PermanentError: it is nowhere.
        """
        source = str(self._cache.path(document))
        if document.mime_type == PDF:
            return self._look_at_pages(document, source, patience)
        names = (self._recipe.name, THUMBNAIL)
        with self._shelf.making(document.sha256, *names) as (copy, thumbnail):
            came = self._workshop.do(
                Task.DEPICT_PICTURE,
                patience,
                source=source,
                copy=str(copy),
                thumbnail=str(thumbnail),
                max_side=self._recipe.max_side,
                quality=self._recipe.quality,
            )
        return _known(came) | {"has_copy": came.get("has_copy") is True}

    def _look_at_pages(self, document: Document, source: str, patience: float) -> dict[str, Any]:
        with self._shelf.making(document.sha256, "page-1.jpg", THUMBNAIL) as (page, thumbnail):
            given = {"source": source, "preview": str(page), "thumbnail": str(thumbnail)}
            came = self._workshop.do(Task.DEPICT_PAGES, patience, **given)
        return _known(came) | {"has_copy": False}

    def _draw(self, document: Document, number: int, name: str, patience: float) -> None:
        source = str(self._cache.path(document))
        with self._shelf.making(document.sha256, name) as (target,):
            given: dict[str, Any] = {"source": source, "target": str(target), "number": number}
            if document.mime_type == PDF:
                self._workshop.do(Task.PAGE, patience, **given, for_reading=False)
            else:
                given |= {"max_side": SHEET_SIDE, "is_gray": False}
                self._workshop.do(Task.FRAME, patience, **given)
        self.forget_if_destroyed(document)

    def forget_if_destroyed(self, document: Document) -> bool:
        """It was destroyed while its pictures were made: they go, too. Not inside a unit."""
        is_kept = rows.find(Document, id=document.id, destroyed_at=None) is not None
        if not is_kept:
            self.forget(document.sha256)
        return not is_kept

    def know(self, sha256: str, values: dict[str, Any]) -> None:
        """Inside a unit: this is known of these bytes."""
        fresh = {"error": None, "reason": None, **values, "made_at": self._clock.now()}
        seen = rows.find(Sight, sha256=sha256)
        if seen is None:
            rows.insert(Sight, sha256=sha256, **fresh)
        else:
            rows.update(Sight, seen.id, **fresh)


class Depicting:
    """The chore "depict": what people will want to see is there before they ask."""

    def __init__(
        self, depictor: Depictor, chores: Chores, doubt: Doubt, is_withheld: Withheld
    ) -> None:
        self._depictor = depictor
        self._chores = chores
        self._doubt = doubt
        self._is_withheld = is_withheld

    def depict(self, document_id: int) -> Finish | None:
        """Make its pictures, then have it read. A file that cannot be decoded is doubted, kept."""
        document = rows.find(Document, id=document_id)
        if document is None or self._is_withheld(document):
            return None
        if document.mime_type not in PICTURES and document.mime_type != PDF:
            return lambda: self._next(document)
        try:
            values = self._depictor.look(document)
        except UndecodableError as error:
            return self._doubted(document, error)
        if self._depictor.forget_if_destroyed(document):
            return None

        def seen() -> list[Posted]:
            if rows.find(Document, id=document_id, destroyed_at=None) is None:
                return []
            self._depictor.know(document.sha256, values)
            return self._next(document)

        return seen

    def _doubted(self, document: Document, error: UndecodableError) -> Finish:
        def unit() -> None:
            self._depictor.know(document.sha256, {"has_copy": False, **columns(error)})
            self._doubt(document.id, error)

        return unit

    def _next(self, document: Document) -> list[Posted]:
        """Inside a unit. Photos last: most of them hold no word."""
        is_photo = document.mime_type in PICTURES
        return [self._chores.post(Kind.READ, document.id, priority=LOW - 1 if is_photo else LOW)]


def quietly(picture: Callable[[], Path | None]) -> Path | None:
    """What can be shown of it now, or None: a list does not fail over one thumbnail."""
    with suppress(GreffierError):
        return picture()
    return None


def _known(came: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": str(came.get("format"))[:8],
        "width": whole(came, "width", MOST_PIXELS),
        "height": whole(came, "height", MOST_PIXELS),
        "pages": whole(came, "pages", MOST_PAGES),
    }
