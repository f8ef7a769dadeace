"""robots.txt by RFC 9309: what a site lets us read, and how slowly. Fetching it is the caller's."""

import re

from protego import Protego

from services.crawler.sources.decode import decode

MAX_BYTES = 512 * 1024
_MAX_DELAY = 86_400.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_AGENT_LINE = re.compile(r"^([ \t]*user[- ]?agent[ \t]*:[ \t]*)([A-Za-z0-9_-]+)[^\n]*", re.IGNORECASE | re.MULTILINE)


class RobotsRules:
    """What one origin's robots.txt says. An agent is a product name; version and comment after it do not count."""

    def __init__(self, status: int | None, body: bytes = b"", content_type: str | None = None) -> None:
        """From the final answer: 2xx is parsed, 4xx allows all, all else (None: unreachable) disallows all."""
        self._parsed: Protego | None = None
        self._otherwise = status is not None and 400 <= status < 500
        if status is not None and 200 <= status < 300:
            self._parsed = Protego.parse(_exact_agents(_lines(body, content_type)))

    def allows(self, url: str, agent: str) -> bool:
        """Whether this URL may be fetched. robots.txt itself always may."""
        if self._parsed is None:
            return self._otherwise
        return bool(self._parsed.can_fetch(url, _closed(agent)))

    def crawl_delay(self, agent: str) -> float | None:
        """Seconds to wait between requests, where the file asks for it; at most a day."""
        delay = self._parsed.crawl_delay(_closed(agent)) if self._parsed else None
        return min(float(delay), _MAX_DELAY) if delay is not None and delay > 0 else None


def _lines(body: bytes, content_type: str | None) -> str:
    """The text up to the limit, lines ended by LF."""
    text = "\n".join(decode(body[:MAX_BYTES], content_type).splitlines())
    # Half a rule can say more than was meant ("/" of "/private"), so the line that was cut goes.
    return text.rpartition("\n")[0] if len(body) > MAX_BYTES else text


def _exact_agents(text: str) -> str:
    # protego takes a group's name for ours where ours begins with it, and overlooks it where a version follows.
    # RFC 9309 section 2.2.1 compares whole product tokens: a slash after both makes it so.
    return _AGENT_LINE.sub(r"\1\2/", text)


def _closed(agent: str) -> str:
    token = _TOKEN.match(agent)
    return f"{token[0] if token else agent}/"
