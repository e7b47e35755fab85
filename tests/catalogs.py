"""The texts of the product and their translations: `python -m tests.catalogs` adds what is new.

Afterwards fill the empty `msgstr`s; tests/unit/test_wording.py fails until none is empty or stale.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parents[1] / "appliance"
LANGUAGES = ("fr", "en", "ar")
METHODS = [
    ("simulator/**", "ignore"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
KEYWORDS = {
    "mark": None,
    "marks": (1, 2),
    "text": None,
    "plural": (1, 2),
    "_": None,
    "ngettext": (1, 2),
}


def wanted() -> Catalog:
    """Every text that code and templates ask for."""
    catalog = Catalog()
    found = extract_from_dir(str(PACKAGE), METHODS, keywords=KEYWORDS)
    for file, line, message, _comments, context in found:
        catalog.add(message, locations=[(file, line)], context=context)
    return catalog


def path_of(language: str) -> Path:
    return PACKAGE / "translations" / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """The catalog as it is."""
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def main() -> None:
    for language in LANGUAGES:
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        catalog = read(language) if path.exists() else Catalog(locale=language)
        catalog.update(wanted(), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalog, width=96, no_location=True, sort_output=True, omit_header=False)
        print(f"{path}: {sum(1 for m in catalog if m.id)} texts")


if __name__ == "__main__":
    main()
