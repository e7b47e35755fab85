"""Files that the firm uploads and then sends by their id (business-phone-numbers/media). Pure."""

from collections.abc import Callable
from typing import Any

from appliance.simulator.media import Media
from appliance.simulator.refusals import RefusedError

MB = 1024 * 1024
KINDS = {"document": 100 * MB, "image": 5 * MB, "audio": 16 * MB, "video": 16 * MB}
_OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {
    "audio/aac": "audio",
    "audio/mp4": "audio",
    "audio/mpeg": "audio",
    "audio/amr": "audio",
    "audio/ogg": "audio",
    "application/vnd.ms-powerpoint": "document",
    "application/msword": "document",
    f"{_OFFICE}.wordprocessingml.document": "document",
    f"{_OFFICE}.presentationml.presentation": "document",
    f"{_OFFICE}.spreadsheetml.sheet": "document",
    "application/pdf": "document",
    "text/plain": "document",
    "application/vnd.ms-excel": "document",
    "image/jpeg": "image",
    "image/png": "image",
    "video/mp4": "video",
    "video/3gpp": "video",
}
PLAYED = frozenset({"document", "image"})  # kinds that the simulator carries to a phone
LONGEST_CAPTION = 1024  # characters (messages/document-messages)
_FIELDS = {
    "document": frozenset({"id", "caption", "filename"}),
    "image": frozenset({"id", "caption"}),
}


def check_upload(product: str, declared: str, mime_type: str, size: int) -> None:
    """Raises RefusedError unless Meta would keep this file."""
    if product != "whatsapp":
        raise RefusedError(100, "The parameter messaging_product is required")
    if not declared:
        raise RefusedError(100, "The parameter type is required")
    for given in (mime_type, declared):
        if given not in TYPES:
            known = ", ".join(TYPES)
            raise RefusedError(
                100,
                f"Param file must be a file with one of the following types: {known}. "
                f"Received file of type '{given}'.",
            )
    most = KINDS[TYPES[mime_type]]
    if size > most:  # which code Meta gives here is not stated (UNVERIFIED)
        raise RefusedError(131053, f"Media file size too big. Max file size: {most // MB}MB")


def check_sent(body: dict[str, Any], find: Callable[[str], Media | None]) -> None:
    """Raises RefusedError unless this names a file that was uploaded, of its kind.

    Nothing is said of messages without a file.
    """
    kind = body.get("type")
    part = body.get(kind) if kind in PLAYED else None
    if not isinstance(kind, str) or kind not in PLAYED:
        return
    if not isinstance(part, dict):
        raise RefusedError(131008, f"Parameter '{kind}' is required")
    unknown = sorted(part.keys() - _FIELDS[kind])
    if unknown:  # a link may stand for the id; the simulator fetches nothing
        raise RefusedError(100, f'Unexpected key "{unknown[0]}" on param "{kind}"')
    media = find(str(part.get("id", "")))
    if media is None or TYPES.get(media.mime_type) != kind:
        raise RefusedError(
            100,
            f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID",
        )
    if len(str(part.get("caption", ""))) > LONGEST_CAPTION:
        raise RefusedError(
            100, f"Param {kind}['caption'] must be at most {LONGEST_CAPTION} characters long."
        )


def name_of(body: dict[str, Any]) -> str | None:
    """As the phone shows it: a document by its name, a photo as one; None: there is no file."""
    kind = body.get("type")
    if kind not in PLAYED:
        return None
    return str(body[kind].get("filename") or "") or str(kind)
