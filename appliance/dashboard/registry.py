"""What the pages of clients, dossiers, lists and search may ask, in one place."""

import threading
from dataclasses import dataclass, field

from appliance.firm.editing import Editor
from appliance.firm.imports import Imports
from appliance.search.finding import Finder
from appliance.search.indexing import Indexer

AT_ONCE = 2  # dossiers that are saved: each may keep a thread of the dashboard for minutes


@dataclass(frozen=True)
class Registry:
    """Who writes into the register, brings in lists, and finds.

    `country`: whose numbers are written without a prefix. `saving`: held while a dossier is saved.
    """

    editor: Editor
    imports: Imports
    finder: Finder
    indexer: Indexer
    country: str
    saving: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(AT_ONCE)
    )
