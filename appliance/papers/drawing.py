"""The papers that are drawn. What draws them is large (24 MB of memory, a fifth of a second of a
start), and most days draw none: it is loaded with the first one."""

from typing import Any

from appliance.chain import Entry
from appliance.wording import Wording

ATTACHMENT = "receipt.json"  # what a receipt brings along: its entry, word for word


def receipt_pdf(entry: Entry, wording: Wording) -> bytes:
    """See `receipt_sheet.receipt_pdf`."""
    from appliance.papers import receipt_sheet

    return receipt_sheet.receipt_pdf(entry, wording)


def bordereau_pdf(said: dict[str, Any], wording: Wording) -> bytes:
    """See `bordereau_sheet.bordereau_pdf`."""
    from appliance.papers import bordereau_sheet

    return bordereau_sheet.bordereau_pdf(said, wording)
