"""Imported once by the fork server: what it loads here is shared by all worker processes."""

from services.enricher.knowledge import load_knowledge
from services.enricher.pipeline import STEPS

load_knowledge()

__all__ = ["STEPS"]
