"""The parts that show documents, put together as the settings want them."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.chores import Chores, Kind
from appliance.clock import Clock
from appliance.config import Config, Documents
from appliance.errors import GreffierError
from appliance.sights.cache import Fetch, MediaCache, Places
from appliance.sights.depicting import BEST_QUALITY, Depicting, Depictor, Recipe, Withheld
from appliance.sights.reading import Reader, Reading
from appliance.sights.shelf import SightShelf
from appliance.sights.texts import Texts
from appliance.store.database import Store
from appliance.store.models import Document, Safety
from appliance.workshop.foreman import Workshop
from appliance.workshop.tesseract import Tesseract


def unheard(_document_id: int, _error: GreffierError) -> None:
    """Nobody else keeps a list of doubts: the row of the picture says what was found."""


@dataclass(frozen=True)
class Seams:
    """What other stations lend.

    `is_withheld`: it is in quarantine. `doubt`: inside a unit, a file could not be decoded.
    `fetch`: the bytes of a file on Drive, where there is one.
    """

    is_withheld: Withheld
    doubt: Callable[[int, GreffierError], object] = unheard
    fetch: Fetch | None = None


@dataclass(frozen=True)
class Sights:
    """Everything that shows documents."""

    workshop: Workshop
    shelf: SightShelf
    cache: MediaCache
    depictor: Depictor
    reading: Reading
    texts: Texts
    is_withheld: Withheld

    def sweep(self) -> None:
        """At start: nothing is half-made, and what could not be read before may be now."""
        self.shelf.sweep()
        self.reading.catch_up()

    def close(self) -> None:
        """End the child; hold nothing in memory."""
        self.workshop.close()
        self.cache.close()


def is_quarantined(document: Document) -> bool:
    """Whether it is put away: nobody opens it, and nothing is made of it."""
    return bool(document.safety == Safety.QUARANTINED)


def recipe_of(documents: Documents) -> Recipe:
    """How the settings want copies."""
    if documents.compress:
        return Recipe(documents.max_side, documents.jpeg_quality)
    return Recipe(0, max(documents.jpeg_quality, BEST_QUALITY))


def fit(config: Config, store: Store, clock: Clock, chores: Chores, seams: Seams) -> Sights:
    """Make them, and let them do the chores "depict" and "read"."""
    data = config.firm.data
    shelf = SightShelf(data / "sights")
    workshop = Workshop(data)
    places = Places(data / "media", config.documents.folder)
    most = config.limits.media_cache_mb * 1024 * 1024
    cache = MediaCache(most, clock, places, shelf, seams.fetch)
    depictor = Depictor(store, clock, workshop, shelf, cache, recipe_of(config.documents))
    texts = Texts(store)
    reader = Reader(workshop, depictor, cache, texts, Tesseract.found(), shelf.folder)
    reading = Reading(store, clock, reader, texts, chores, seams.is_withheld)
    depicting = Depicting(depictor, chores, seams.doubt, seams.is_withheld)
    chores.on(Kind.DEPICT, depicting.depict)
    chores.on(Kind.READ, reading.read)
    return Sights(workshop, shelf, cache, depictor, reading, texts, seams.is_withheld)
