"""Arabic as some programs leave it in a PDF: the letters of each word from the wrong end.

Measured with Chromium's "print to PDF" read by PDFium; other programs write it as one reads.
"""

import re

_WORD = re.compile(r"[\u0621-\u064a\u0671]{3,}")
_ONLY_LAST = ("ة", "ى")  # letters that begin no word
_ARTICLE = "ال"
_LEAST = 3  # words that speak for it: one is chance


def righted(text: str) -> tuple[str, bool]:
    """The text as one reads it, and whether its Arabic words had to be turned round.

    By what no Arabic says: words that begin with the letter of endings, or end with the article.
    """
    astray = straight = 0
    for word in _WORD.findall(text):
        astray += word.startswith(_ONLY_LAST) or word.endswith(_ARTICLE[::-1])
        straight += word.endswith(_ONLY_LAST) or word.startswith(_ARTICLE)
    if astray < _LEAST or astray <= 2 * straight:
        return text, False
    return _WORD.sub(lambda found: found[0][::-1], text), True


def both_ways(text: str) -> str:
    """The text, and once more with each Arabic word turned round: some of a page may be right."""
    return f"{text}\n{' '.join(word[::-1] for word in _WORD.findall(text))}"
