"""Custom properties of files and their limits (guides/properties)."""

from typing import Any

from appliance.simulator.drive_refusals import bad_value, forbidden

MAX_BYTES = 124  # of a key and its value together, in UTF-8
MAX_PRIVATE = 30  # of one kind on one file by one app


def merged(known: dict[str, str], told: Any) -> dict[str, str]:
    """Those known with those told; a null clears one. Raises RefusedError.

    The limits are documented; which error Drive gives beyond them is not, so 403 and this reason
    are our choice.
    """
    if told is None:
        return dict(known)
    if not isinstance(told, dict):
        raise bad_value("file.appProperties")
    both = {**known, **told}
    kept = {str(key): str(value) for key, value in both.items() if value is not None}
    if len(kept) > MAX_PRIVATE:
        raise forbidden("propertyLimitExceeded", "Too many properties for this file.")
    for key, value in kept.items():
        if len((key + value).encode()) > MAX_BYTES:
            raise forbidden("propertyTooLong", f"The property is longer than {MAX_BYTES} bytes.")
    return kept
