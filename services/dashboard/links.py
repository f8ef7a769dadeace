"""Which addresses may be shown as links."""

import re
from urllib.parse import urlsplit

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")


def web_link(url: str | None) -> str | None:
    """The URL where it is http or https with a host and no credentials; else None."""
    if not url or len(url) > 2000 or _FORBIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return url if good else None
