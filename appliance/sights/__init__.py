"""What people see of documents, and the words in them: made from the originals, never instead."""
