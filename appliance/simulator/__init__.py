"""The outside world, played: Meta, a person's phone, a mail server. Imports nothing of ours.

So a mistake in our understanding cannot stand on both sides and cancel out.
"""
