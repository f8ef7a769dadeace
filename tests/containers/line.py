"""An article that goes through the whole line, and what the dashboard says about it."""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

SENTENCE = "Russian artillery shelled Kharkiv on Tuesday, killing at least five people."


def until(what: str, met: Callable[[], bool], *, seconds: float, told: Callable[[], str] = str) -> None:
    """Returns once `met()` is true. Fails with what was waited for, and with what `told()` says, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}\n{told()}")
        time.sleep(0.5)


def write_story(folder: Path) -> str:
    """Puts a file with one article, as JSON lines, into the folder; the article's id, which is also the file's name."""
    name = uuid.uuid4().hex
    article = {
        "id": name,
        "url": f"https://news.example/{name}",
        "title": "Shelling in Kharkiv kills five",
        "published": "2026-02-11T08:00:00Z",
        "text": f"{SENTENCE}\n\nThe shelling began before dawn and went on for three hours, residents told reporters. "
        "Hospitals in the city asked for blood donations, and rescue workers were searching a residential block.",
    }
    path = folder / f"{name}.jsonl"
    path.write_text(json.dumps(article) + "\n")
    path.chmod(0o644)
    return name


class Api:
    """The dashboard's API on a port of this machine."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """The JSON at a path; None where nobody answers, or with an error."""
        request = urllib.request.Request(self._base + path, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return json.load(answer)
        except (OSError, urllib.error.URLError):
            return None

    def article(self, name: str, token: str | None = None) -> Any:
        """The article with this id, or None."""
        return self.get(f"/api/v1/articles/{name}", {"Authorization": f"Bearer {token}"} if token else None)

    def tells_of(self, name: str) -> bool:
        """Whether the article is indexed and an assault in Ukraine with five dead is reported by it."""
        found = self.get(f"/api/v1/events?article={name}")
        return self.article(name) is not None and any(
            _is_the_shelling(event) for event in (found or {"items": []})["items"]
        )


def _is_the_shelling(event: Any) -> bool:
    place, tolls = event["place"] or {}, event["tolls"] or {}
    killed = tolls.get("low", {}).get("killed")
    return event["type"] == "ASSAULT" and place.get("country") == "UKR" and killed == 5
