"""What surrounds a message: what it answers, the advertisement behind it, what went wrong. Pure.

Source: Meta, webhooks/reference/messages/text (context, referral), messages/errors.
"""

from dataclasses import dataclass

from appliance.inbox.fields import Json, first_text, object_at, objects_at, text


@dataclass(frozen=True)
class Context:
    """What a message refers to. A forwarded one refers to nothing."""

    reply_to: str | None
    is_forwarded: bool
    is_frequently_forwarded: bool


@dataclass(frozen=True)
class Referral:
    """The advertisement by which somebody came."""

    source_type: str | None
    source_id: str | None
    source_url: str | None
    headline: str | None
    body: str | None


@dataclass(frozen=True)
class Fault:
    """An error of Meta's: act on `code` and `details`, titles are to go (support/error-codes)."""

    code: int | None
    title: str | None
    details: str | None


def context_of(raw: Json) -> Context:
    """What it quotes or answers, and whether it was forwarded."""
    context = object_at(raw, "context")
    often = context.get("frequently_forwarded") is True
    return Context(text(context.get("id")), often or context.get("forwarded") is True, often)


def referral_of(raw: Json) -> Referral | None:
    """The advertisement behind this message, if one is."""
    found = object_at(raw, "referral")
    keys = ("source_type", "source_id", "source_url", "headline", "body")
    return Referral(*(text(found.get(key)) for key in keys)) if found else None


def faults_of(holder: object) -> tuple[Fault, ...]:
    """The errors that Meta attached to a message, a receipt, or a value that holds neither."""
    return tuple(_fault(error) for error in objects_at(holder, "errors"))


def _fault(error: Json) -> Fault:
    code, data = error.get("code"), object_at(error, "error_data")
    details = first_text(data.get("details"), error.get("details"))
    is_code = isinstance(code, int) and not isinstance(code, bool)
    return Fault(code if is_code else None, text(error.get("title")), details)
