"""Asks the appliance that runs on this PC how it is."""

from typing import Any

import requests

from appliance.errors import TemporaryError
from appliance.instance import Instance

TIMEOUT = 10  # seconds


def health(instance: Instance) -> dict[str, Any]:
    """Its own /api/health. Raises TemporaryError when it does not answer."""
    headers = {"Authorization": f"Bearer {instance.token}"}
    url = f"{instance.dashboard_url}/api/health"
    try:
        with requests.Session() as session:
            session.trust_env = False  # a proxy has no business between us and ourselves
            answer = session.get(url, headers=headers, timeout=TIMEOUT)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise TemporaryError(
            f"it does not answer ({type(error).__name__}): start it with `greffier run`"
        ) from error
    return found
