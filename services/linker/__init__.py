"""Mentions to events: which reports tell of one happening, and what each of them claims about it."""
