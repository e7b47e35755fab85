"""Who wants no automatic messages says so in one word. Pure.

Meta, getting-opt-in: instructions for opting out are given and honoured. It stops what Greffier
says by itself; what they send is filed as before.
"""

from enum import StrEnum

from appliance.folding import words


class OptOut(StrEnum):
    STOP = "stop"
    START = "start"


_STOP = """
stop|stopp|arret|arreter|arretez|arrete|desabonner|desabonnement|desinscrire|desinscription|
me desabonner|se desabonner|stop messages|stop message|arretez les messages|arreter les messages|
plus de messages|plus de message|unsubscribe|opt out|optout|cancel messages|end messages|stop all|
توقف|اوقف|اوقفوا|ايقاف|الغاء|الغاء الاشتراك|الغ الاشتراك|لا ترسل|لا ترسلوا|كفي
"""
_START = """
start|reprendre|reprise|reprenez|demarrer|commencer|recommencer|abonner|me reabonner|reabonner|
subscribe|resume|opt in|optin|unstop|ابدا|ابدء|استيناف|استانف|اشتراك|تشغيل
"""


def _phrases(listed: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words(phrase)) for phrase in listed.replace("\n", "").split("|"))


_WISHES = {OptOut.STOP: _phrases(_STOP), OptOut.START: _phrases(_START)}
_POLITE = frozenset({"svp", "merci", "please", "thanks", "شكرا", "فضلك", "من", "stp", "bonjour"})


def wish(text: str | None) -> OptOut | None:
    """What this message asks for, if it asks for nothing else. A word within a sentence is none."""
    said = [word for word in words(text or "") if word not in _POLITE]
    return next((kind for kind, known in _WISHES.items() if tuple(said) in known), None)
