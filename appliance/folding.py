"""Words as people mean them: without capitals, accents, plurals, or the ways of Arabic writing."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه"}
)
_TATWEEL = "ـ"
_PREFIXES = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ك")
_ENDINGS = ("ا", "ات", "ين", "ون", "يه", "كم", "ها", "ه", "ي")
LONGEST = 1000  # characters
_LEAST = 3  # letters that are left of an Arabic word
# Ending, what stands there instead, letters that are left at least. An x is a plural after u only
# (prix is none), and few letters are no stem: "je vous prie" asks for no price.
_LATIN = (
    ("aux", "al", 2),
    ("aux", "au", 2),
    ("eux", "eu", 2),
    ("oux", "ou", 2),
    ("ies", "y", 2),
    ("xes", "x", 2),
    ("sses", "ss", 2),
    ("ches", "ch", 2),
    ("es", "", 4),
    ("s", "", 3),
    ("e", "", 4),
)
# Words whose s is no plural, and that without it, or with an e for it, would be another word.
_WHOLE = """
cours does fils fois goes gens hers hors mars mois news nous pays plus pres puis sans sous suis tous
this tres vers vous yes
"""
_NO_PLURAL = frozenset(_WHOLE.split())


def folded(text: str) -> str:
    """Lower case, no accents or vowel marks, one form of each Arabic letter.

    Of the first thousand characters: more is a letter, for a person to read, and folding takes
    the square of a text that is made to hurt.
    """
    plain = unicodedata.normalize("NFKD", text[:LONGEST].replace(_TATWEEL, "").casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare).translate(_ARABIC).replace("œ", "oe")


def words(text: str) -> list[str]:
    """The words of a text, folded, in their order."""
    return _WORD.findall(folded(text))


def stems(word: str) -> frozenset[str]:
    """What a folded word may be a form of; two words are the same when they share one."""
    found = {word}
    if "\u0600" <= word[0] <= "\u06ff":
        for prefix in _PREFIXES:
            if word.startswith(prefix) and len(word) - len(prefix) >= _LEAST:
                found.add(word.removeprefix(prefix))
        for stem in tuple(found):
            for ending in _ENDINGS:
                if stem.endswith(ending) and len(stem) - len(ending) >= _LEAST:
                    found.add(stem.removesuffix(ending))
        return frozenset(found)
    if word in _NO_PLURAL:
        return frozenset(found)
    for ending, instead, least in _LATIN:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            found.add(word.removesuffix(ending) + instead)
    return frozenset(found)


def same(one: str, other: str) -> bool:
    """Whether two folded words are forms of one."""
    return one == other or bool(stems(one) & stems(other))
