"""Imported once by the fork server of a stage: all that its worker processes will ever use, loaded to be shared."""

import gc

import py3langid
import trafilatura

from services.enricher.ready import PAGE, STEPS

__all__ = ["STEPS", "warm_up"]


def warm_up() -> None:
    """Uses the models that only some articles need."""
    trafilatura.extract(PAGE, fast=True)
    py3langid.classify(PAGE)


warm_up()
# A collection writes to every object that it looks at, and what is written to is shared no longer.
gc.collect()
gc.freeze()
