"""Dateline: news in, events out. See docs/architecture.md for the way from here to any stage."""
