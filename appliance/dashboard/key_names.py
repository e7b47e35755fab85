"""What the keys that bear a word are called on people's own keyboards. Pure."""

from collections.abc import Mapping

from appliance.wording import Wording, mark

NAMES: Mapping[str, str] = {
    "Enter": mark("Enter"),
    "Escape": mark("Esc"),
    "Shift": mark("Shift"),
    "Space": mark("Space"),
}


def key_name(key: str, said: Wording) -> str:
    """As it stands on the key; letters, figures and signs are called by themselves.

    Several keys stand apart by plain spaces, so a name holds none: keys.js shows each by itself.
    """
    return " ".join(
        said.text(NAMES[one]).replace(" ", "\u00a0") if one in NAMES else one
        for one in key.split(" ")
    )
