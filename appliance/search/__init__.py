"""Clients, dossiers, documents and messages, found by any of their words, within what one sees."""
