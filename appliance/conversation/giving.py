"""Which documents people of the firm may give to clients, as the settings and the register say."""

from functools import partial

from appliance.config import Config
from appliance.firm import recognition
from appliance.outbox.enclosures import Rules
from appliance.safety import fitting
from appliance.store.database import Store


def rules(config: Config, store: Store) -> Rules:
    """Asked anew each time: the list of clients and what scanners say may change at any moment."""
    return Rules(
        may_leave=fitting.may_leave(config),
        whose=partial(recognition.clients, store, user_id=None),
        opposed=partial(recognition.opposed_dossiers, store, user_id=None, profile_name=None),
    )
