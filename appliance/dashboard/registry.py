"""What the pages of clients, dossiers, lists and search may ask, in one place."""

from dataclasses import dataclass, field

from appliance.dashboard.saving import Saving
from appliance.firm.editing import Editor
from appliance.firm.imports import Imports
from appliance.search.finding import Finder
from appliance.search.indexing import Indexer


@dataclass(frozen=True)
class Registry:
    """Who writes into the register, brings in lists, and finds.

    `country`: whose numbers are written without a prefix. `saving`: for those who
    save a dossier or a list.
    """

    editor: Editor
    imports: Imports
    finder: Finder
    indexer: Indexer
    country: str
    saving: Saving = field(default_factory=Saving)
