"""robots.txt by RFC 9309: what a site lets us read, and how slowly. Fetching it is the caller's."""

from protego import Protego

from services.crawler.sources.decode import decode

MAX_BYTES = 512 * 1024
_MAX_DELAY = 86_400.0


class RobotsRules:
    """What one origin's robots.txt says to one user agent. Its token is the product name, without version."""

    def __init__(self, status: int | None, body: bytes = b"", content_type: str | None = None) -> None:
        """From the final answer: 2xx is parsed, 4xx allows all, all else (None: unreachable) disallows all."""
        self._parsed: Protego | None = None
        self._otherwise = status is not None and 400 <= status < 500
        if status is not None and 200 <= status < 300:
            self._parsed = Protego.parse(_bounded(decode(body[:MAX_BYTES], content_type), cut=len(body) > MAX_BYTES))

    def allows(self, url: str, agent: str) -> bool:
        """Whether this URL may be fetched. robots.txt itself always may."""
        if self._parsed is None:
            return self._otherwise
        return bool(self._parsed.can_fetch(url, agent))

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds to wait between requests, where the file asks for it; at most a day."""
        delay = self._parsed.crawl_delay(agent) if self._parsed else None
        return min(float(delay), _MAX_DELAY) if delay is not None and delay > 0 else None


def _bounded(text: str, *, cut: bool) -> str:
    """Without the last line where the file was cut: half a rule can say more than was meant ("/" of "/private")."""
    return text.rpartition("\n")[0] if cut else text
