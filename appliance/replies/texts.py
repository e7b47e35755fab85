"""The firm's own texts: which there are, what may stand in braces, what they say at first. Pure."""

import re
from collections.abc import Mapping

from appliance.errors import mark

LONGEST = 4096  # characters of a message (Meta, messages/text-messages)
VARIABLES: dict[str, frozenset[str]] = {
    "document_received": frozenset({"firm", "documents", "count"}),
    "unknown_number": frozenset({"firm"}),
    "outside_hours": frozenset({"firm", "hours", "opens"}),
    "ask_number": frozenset({"firm"}),
    "send_again": frozenset({"firm", "day"}),
}
OFF_AT_FIRST = frozenset({"outside_hours"})  # until the firm has looked at its hours
DEFAULTS: dict[str, dict[str, str]] = {
    "document_received": {
        "fr": "{firm} a bien reçu {documents}. Merci.",
        "en": "{firm} has received {documents}. Thank you.",
        "ar": "استلم {firm} {documents}. شكرا لكم.",
    },
    "unknown_number": {
        "fr": "Votre numéro n'est pas encore connu de {firm} : nous prendrons contact avec vous. "
        "Répondez STOP pour ne plus recevoir de message automatique.",
        "en": "Your number is not yet known to {firm}: we will contact you. "
        "Answer STOP to receive no more automatic messages.",
        "ar": "رقمكم غير معروف بعد لدى {firm}: سنتصل بكم. "
        "أجيبوا بكلمة «توقف» لعدم تلقي رسائل تلقائية.",
    },
    "outside_hours": {
        "fr": "{firm} est fermé en ce moment. Vous aurez une réponse à la réouverture, {opens}. "
        "Horaires : {hours}. Répondez STOP pour ne plus recevoir de message automatique.",
        "en": "{firm} is closed at the moment. You will have an answer when it opens again, "
        "{opens}. Hours: {hours}. Answer STOP to receive no more automatic messages.",
        "ar": "مكتبنا ({firm}) مغلق حاليا. سنجيبكم عند إعادة الفتح، {opens}. أوقات العمل: {hours}. "
        "أجيبوا بكلمة «توقف» لعدم تلقي رسائل تلقائية.",
    },
    # It says nothing of what the file is or should be: Meta bars asking for papers of identity.
    "send_again": {
        "fr": "Le document que vous avez envoyé le {day} n'a pas pu être lu. Pouvez-vous le "
        "renvoyer, s'il vous plaît ? Merci. {firm}",
        "en": "The document that you sent on {day} could not be read. Could you please send it "
        "again? Thank you. {firm}",
        "ar": "تعذرت قراءة الوثيقة التي أرسلتموها يوم {day}. هل يمكنكم إعادة إرسالها من فضلكم؟ "
        "شكرا لكم. {firm}",
    },
    "ask_number": {
        "fr": "{firm} ne voit pas votre numéro de téléphone. Voulez-vous nous le communiquer, "
        "afin que nous sachions qui nous écrit ?",
        "en": "{firm} cannot see your phone number. Would you share it with us, so that we know "
        "who is writing?",
        "ar": "لا يظهر رقم هاتفكم لدى {firm}. هل تودون مشاركته معنا لنعرف من يراسلنا؟",
    },
}
EMPTY = mark("the text is empty: switch it off instead")
TOO_LONG = mark("the text has %(length)d characters; WhatsApp takes %(most)d")
NO_SUCH = mark("{%(name)s} means nothing here; what may stand in braces: %(known)s")
TELLS = mark("{%(name)s} would tell of a matter or a person: whoever holds the phone reads it")
# What people try who think of a letter; Greffier never says it to a phone.
_TELLING = """
affaire avocat case client dossier lawyer label matter name nom number numero opponent phone
reference title titre
"""
TELLING = frozenset(_TELLING.split())
_PLACES = ("\n\n", "\n", ". ", " ")  # where a long text may be cut, the best first
_BRACES = re.compile(r"\{([^{}]*)\}")


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text with its variables; what stands in other braces is left as it is."""
    return _BRACES.sub(lambda found: values.get(found[1].strip(), found[0]), template)


def faults_of(trigger: str, template: str) -> list[tuple[str, dict[str, object]]]:
    """Everything that is wrong with a text, each as a marked sentence and its values."""
    found: list[tuple[str, dict[str, object]]] = []
    if not template.strip():
        found.append((EMPTY, {}))
    if len(template) > LONGEST:
        found.append((TOO_LONG, {"length": len(template), "most": LONGEST}))
    strange = dict.fromkeys(name.strip() for name in _BRACES.findall(template))
    known = ", ".join(sorted(f"{{{name}}}" for name in VARIABLES[trigger]))
    for name in strange:
        if name.casefold() in TELLING:
            found.append((TELLS, {"name": name}))
        elif name not in VARIABLES[trigger]:
            found.append((NO_SUCH, {"name": name, "known": known}))
    return found


def split(text: str, longest: int = LONGEST) -> list[str]:
    """The text in parts that Meta takes, cut between paragraphs, lines, sentences or words."""
    parts = []
    while len(text) > longest:
        cut = _cut(text, longest)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*parts, text]


def _cut(text: str, longest: int) -> int:
    """Where a part ends: the best of the places that leave it at least half full."""
    ends = (text.rfind(sign, 0, longest + 1) + len(sign.rstrip()) for sign in _PLACES)
    return next((end for end in ends if end > longest // 2), longest)
