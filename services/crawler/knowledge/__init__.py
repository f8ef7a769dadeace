"""What the crawler knows as data: tracking parameters, zone names. Source and licence are in each file's header."""

from importlib.resources import files


def read_lines(name: str) -> list[str]:
    """The lines of a data file of this package, without comments and blank ones."""
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    return [line for raw in text.splitlines() if (line := raw.strip()) and not line.startswith("#")]
