"""Greffier: receives what a law firm's clients send on WhatsApp and files it."""

__version__ = "0.1.0"
