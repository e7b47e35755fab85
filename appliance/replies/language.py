"""In which of our languages somebody writes. Pure; unsure is None."""

from appliance.folding import words

_LEAST = 2  # words that speak for a language, and more than for the other
_FRENCH = """
je vous nous bonjour bonsoir merci est les des une pour mon ma mes votre vos avec dans que qui quand
quels quelles quel quelle comment combien et ou rendez rdv salut svp voici ci joint du au heures
dossier besoin prendre envoie c j l d
"""
_ENGLISH = """
i you we the is are hello hi thanks thank please my your with in that who when what how much and or
an appointment do does can could would here attached of to for open hours send
"""
_KNOWN = frozenset(_FRENCH.split()), frozenset(_ENGLISH.split())


def language_of(text: str | None) -> str | None:
    """fr, en or ar."""
    letters = [letter for letter in text or "" if letter.isalpha()]
    arabic = sum("\u0600" <= letter <= "\u06ff" for letter in letters)
    if arabic * 2 > len(letters):
        return "ar"
    said = words(text or "")
    french, english = (sum(word in known for word in said) for known in _KNOWN)
    if max(french, english) >= _LEAST and french != english:
        return "fr" if french > english else "en"
    if len(said) <= _LEAST and french != english:  # "Bonjour" is enough of a sentence
        return "fr" if french > english else "en"
    return None
