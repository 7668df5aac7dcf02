"""Checking a pack: what would go wrong for its users, and what its author can do about it."""
