"""A sample firm against a simulated WhatsApp, on throw-away data."""
