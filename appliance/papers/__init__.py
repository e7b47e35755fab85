"""WHAT PROVES AND WHAT IS ASKED FOR: receipts in a chain, expected pieces, bordereaux."""
