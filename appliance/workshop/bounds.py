"""How much the workshop takes on: known to the child and to who asks it."""

MAX_PIXELS = 50_000_000
MAX_PAGES = 2000  # of one document that are read, or counted in a picture
MAX_CHARACTERS = 500_000  # of a document's text: a book
THUMBNAIL_SIDE = 320  # pixels
