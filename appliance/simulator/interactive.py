"""What Meta accepts as an interactive message, and what a touch of it sends back. Pure.

Source: Meta, messages/interactive-list-messages, interactive-reply-buttons-messages,
business-scoped-user-ids (contact_request).
"""

from typing import Any

from appliance.simulator.refusals import RefusedError

LONGEST_BODY = {"list": 4096, "button": 1024, "contact_request": 1024}  # characters
LONGEST_BUTTON, MOST_BUTTONS, LONGEST_BUTTON_ID = 20, 3, 256
MOST_ROWS, LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_ROW_ID = 10, 24, 72, 200
SHARE = "share-number"
_KEYS = frozenset({"type", "header", "body", "footer", "action"})


def check(interactive: dict[str, Any]) -> None:
    """Raises RefusedError with what is wrong."""
    unknown = sorted(interactive.keys() - _KEYS)
    if unknown:
        raise RefusedError(100, f'Unexpected key "{unknown[0]}" on param "interactive"')
    kind = interactive.get("type")
    if kind not in LONGEST_BODY:
        raise RefusedError(131009, f"The simulator does not play interactive type {kind!r}")
    _words(_object(interactive, "body").get("text"), "interactive.body.text", LONGEST_BODY[kind])
    action = _object(interactive, "action")
    {"list": _list, "button": _buttons, "contact_request": _contact_request}[kind](action)


def choices(interactive: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What may be touched, by id, as the answer will name it."""
    action = interactive.get("action", {})
    rows = [row for section in action.get("sections", []) for row in section["rows"]]
    replies = [button["reply"] for button in action.get("buttons", [])]
    return {each["id"]: dict(each) for each in [*rows, *replies]}


def shown(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What a phone offers to touch under a message: (id, title, description) each."""
    part = body.get("interactive") if body.get("type") == "interactive" else None
    if not isinstance(part, dict):
        return []
    if part.get("type") == "contact_request":
        return [(SHARE, "Partager mon numéro", "")]
    return [
        (each, choice["title"], choice.get("description", ""))
        for each, choice in choices(part).items()
    ]


def touched(interactive: dict[str, Any], choice_id: str) -> dict[str, Any]:
    """The message that a touch sends. Raises KeyError: there is nothing of that id to touch."""
    kind = "list_reply" if interactive["type"] == "list" else "button_reply"
    answer = {"type": kind, kind: choices(interactive)[choice_id]}
    return {"type": "interactive", "interactive": answer}


def _list(action: dict[str, Any]) -> None:
    _keys(action, {"button", "sections"})
    _words(action.get("button"), "action.button", LONGEST_BUTTON)
    sections = action.get("sections")
    if not isinstance(sections, list) or not sections:
        raise RefusedError(131008, "Parameter 'action.sections' is required")
    rows = [row for section in sections for row in section.get("rows", [])]
    if not 1 <= len(rows) <= MOST_ROWS:
        raise RefusedError(131009, f"Total row count exceed max allowed count: {MOST_ROWS}")
    if len(sections) > 1 and not all(section.get("title") for section in sections):
        raise RefusedError(131008, "Section titles are required with several sections")
    for row in rows:
        _keys(row, {"id", "title", "description"})
        _words(row.get("id"), "row.id", LONGEST_ROW_ID)
        _words(row.get("title"), "row.title", LONGEST_TITLE)
        if row.get("description") is not None:
            _words(row["description"], "row.description", LONGEST_DESCRIPTION)
    _unique([row["id"] for row in rows])


def _buttons(action: dict[str, Any]) -> None:
    _keys(action, {"buttons"})
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MOST_BUTTONS:
        raise RefusedError(131009, f"Min 1 and max {MOST_BUTTONS} buttons are allowed")
    for button in buttons:
        _keys(button, {"type", "reply"})
        reply = _object(button, "reply")
        _words(reply.get("id"), "reply.id", LONGEST_BUTTON_ID)
        _words(reply.get("title"), "reply.title", LONGEST_BUTTON)
    _unique([button["reply"]["id"] for button in buttons])


def _contact_request(action: dict[str, Any]) -> None:
    _keys(action, {"name"})
    if action.get("name") != "request_contact_info":
        raise RefusedError(131009, "Parameter 'action.name' must be request_contact_info")


def _object(holder: dict[str, Any], name: str) -> dict[str, Any]:
    part = holder.get(name)
    if not isinstance(part, dict):
        raise RefusedError(131008, f"Parameter '{name}' is required")
    return part


def _keys(part: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(part.keys() - known)
    if unknown:
        raise RefusedError(100, f'Unexpected key "{unknown[0]}" on param')


def _words(value: object, name: str, longest: int) -> None:
    if not isinstance(value, str) or not value:
        raise RefusedError(131008, f"Parameter '{name}' is required")
    if len(value) > longest:
        raise RefusedError(131009, f"Parameter '{name}' is longer than {longest} characters")


def _unique(ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        raise RefusedError(131009, "Duplicated row id")
