"""A letter as a mail server keeps it."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import MIMEPart


@dataclass(frozen=True)
class Letter:
    """What arrived, with the envelope's sender and recipients; `text` and `html` are decoded."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str | None
    message_id: str
    at: float
    raw: bytes = field(repr=False)


def letter_from(raw: bytes, *, sender: str, recipients: list[str], at: float) -> Letter:
    parsed = message_from_bytes(raw, policy=policy.default)
    plain = parsed.get_body(("plain",))
    html = parsed.get_body(("html",))
    return Letter(
        sender=sender,
        recipients=tuple(recipients),
        subject=str(parsed["Subject"] or ""),
        text=_decoded(plain) or "",
        html=_decoded(html),
        message_id=str(parsed["Message-ID"] or ""),
        at=at,
        raw=raw,
    )


def _decoded(part: MIMEPart | None) -> str | None:
    """With this machine's line ends instead of the wire's."""
    return str(part.get_content()).replace("\r\n", "\n") if part else None
