"""The version of the code that runs, as installed."""

from importlib.metadata import version

VERSION = version("dateline")
