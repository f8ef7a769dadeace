"""Files into articles: plain text, HTML, JSON, WARC. Bad input gives an error in its place and never stops the rest."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import PurePath
from typing import Any, Final

from pydantic import ValidationError
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from services.core.errors import BadInput
from services.core.ids import article_id, file_article_id
from services.core.models import RawArticle, format_time
from services.crawler.sources.text import clean
from services.crawler.text import charset_of, decode, looks_binary
from services.crawler.urls import canonical_url

# One article, as large as a page that the crawler would take.
MAX_ARTICLE_BYTES: Final = 10 * 1024 * 1024
KINDS: Final = (".txt", ".html", ".htm", ".json", ".jsonl", ".ndjson", ".warc", ".warc.gz")
_PAGE_TYPES: Final = ("text/html", "application/xhtml+xml", "text/plain")


@dataclass(frozen=True, slots=True)
class IngestError:
    """What could not be read: `input` names the file and, where it has several, the line or record."""

    input: str
    error: str


def raw_articles_from(path_name: str, content: bytes, *, now: datetime) -> Iterator[RawArticle | IngestError]:
    """The articles of a file, in its order. Its name's suffix says what it is; "-" is JSON lines.

    An article without an id gets that of its URL, or else of the file's content; one without `fetched_at` was fetched
    `now`. A date of publication that lies after `now` is clamped to it and flagged.
    """
    name = path_name.lower()
    try:
        if not content.strip():
            yield IngestError(path_name, "the file is empty")
        elif name.endswith((".warc", ".warc.gz")):
            yield from _from_warc(path_name, content)
        elif name == "-" or name.endswith((".json", ".jsonl", ".ndjson")):
            yield from _from_json(path_name, content, now)
        elif name.endswith((".txt", ".html", ".htm")):
            yield _from_text(content, now, is_html=not name.endswith(".txt"))
        else:
            kind = PurePath(path_name).suffix or "a name without a suffix"
            yield IngestError(path_name, f"{kind} is not read; what is: {', '.join(KINDS)}")
    except BadInput as error:
        yield IngestError(path_name, str(error))


def _from_text(content: bytes, now: datetime, *, is_html: bool) -> RawArticle:
    body = _text_of(content)
    return RawArticle(
        id=file_article_id(content),
        html=body if is_html else None,
        text=None if is_html else body,
        fetched_at=now,
        first_fetched_at=now,
    )


def _text_of(content: bytes, charset: str | None = None) -> str:
    if len(content) > MAX_ARTICLE_BYTES:
        raise BadInput(f"{len(content)} bytes are over the limit of {MAX_ARTICLE_BYTES} for one article")
    if looks_binary(content):
        raise BadInput("this is no text but something binary")
    body = decode(content, charset=charset)
    if not body.strip():
        raise BadInput("there is no text in it")
    return body


# ---------------------------------------------------------------- JSON


def _from_json(name: str, content: bytes, now: datetime) -> Iterator[RawArticle | IngestError]:
    if not name.lower().endswith(".json"):
        yield from _from_lines(name, content, now)
        return
    try:
        whole = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        # Many tools write JSON lines into files that they call .json.
        yield from _from_lines(name, content, now)
        return
    objects = whole if isinstance(whole, list) else [whole]
    for number, value in enumerate(objects, start=1):
        yield _checked(f"{name}:{number}" if len(objects) > 1 else name, partial(_article, value, now))


def _from_lines(name: str, content: bytes, now: datetime) -> Iterator[RawArticle | IngestError]:
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            yield _checked(f"{name}:{number}", partial(_line, line, now))


def _checked(where: str, make: Callable[[], RawArticle]) -> RawArticle | IngestError:
    try:
        return make()
    except BadInput as error:
        return IngestError(where, str(error))


def _line(line: bytes, now: datetime) -> RawArticle:
    return _article(_parsed(line), now)


def _parsed(line: bytes) -> Any:
    if len(line) > 2 * MAX_ARTICLE_BYTES:
        raise BadInput(f"a line of {len(line)} bytes is over the limit of {2 * MAX_ARTICLE_BYTES}")
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadInput("not UTF-8, which JSON must be") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"no valid JSON: {str(error)[:200]}") from None


def _article(value: Any, now: datetime) -> RawArticle:
    """A RawArticle from the fields given; required are id or url, and html or text."""
    if not isinstance(value, dict):
        raise BadInput("a RawArticle is a JSON object with id or url, and html or text")
    fields: dict[str, Any] = {key: clean(item) if isinstance(item, str) else item for key, item in value.items()}
    for name in ("html", "text"):
        if isinstance(fields.get(name), str) and not fields[name].strip():
            fields[name] = None
    if fields.get("html") is None and fields.get("text") is None and "retracted" not in (fields.get("flags") or ()):
        raise BadInput("html or text is missing or empty")
    if not fields.get("id"):
        if not fields.get("url") or not isinstance(fields["url"], str):
            raise BadInput("id or url is missing")
        fields["id"] = article_id(canonical_url(fields["url"]))
    fields["fetched_at"] = fields.get("fetched_at") or format_time(now)
    fields["first_fetched_at"] = fields.get("first_fetched_at") or fields["fetched_at"]
    return _bounded(_validated(fields), now)


def _validated(fields: dict[str, Any]) -> RawArticle:
    try:
        return RawArticle.model_validate(fields)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        if all(problem["loc"] == ("published",) for problem in problems):
            # Words that are no timestamp are kept as words: the enricher reads dates in many forms.
            words = fields.get("published_raw") or str(fields["published"])
            return _validated({**fields, "published": None, "published_raw": words})
        path = ".".join(str(part) for part in problems[0]["loc"])
        raise BadInput(f"{path}: {problems[0]['msg']}" if path else problems[0]["msg"]) from None


def _bounded(article: RawArticle, now: datetime) -> RawArticle:
    size = max(len((article.html or "").encode()), len((article.text or "").encode()))
    if size > MAX_ARTICLE_BYTES:
        raise BadInput(f"{size} bytes are over the limit of {MAX_ARTICLE_BYTES} for one article")
    if article.published is None or article.published <= now:
        return article
    raw = article.published_raw or format_time(article.published)
    flags = tuple(dict.fromkeys((*article.flags, "future_date")))
    return article.model_copy(update={"published": now, "published_raw": raw, "flags": flags})


# ---------------------------------------------------------------- WARC


def _from_warc(name: str, content: bytes) -> Iterator[RawArticle | IngestError]:
    """The pages among the responses; other records (robots.txt, pictures, requests) are no articles and no errors."""
    records = ArchiveIterator(BytesIO(content))
    number = 0
    while True:
        number += 1
        where = f"{name}:{number}"
        try:
            record = next(records, None)
            if record is None:
                if number == 1:
                    yield IngestError(name, "the archive is broken: there is no WARC record in it")
                return
            if record.format != "warc" or record.rec_type is None:
                raise ArchiveLoadFailed("this is no WARC record")
            if _is_page(record):
                yield _from_record(record)
        except BadInput as error:
            yield IngestError(where, str(error))
        except (ArchiveLoadFailed, OSError, EOFError, ValueError) as error:
            # What follows can not be found any more: records have no marks to find the next by.
            yield IngestError(where, f"the archive is broken from here on: {str(error)[:200]}")
            return


def _is_page(record: Any) -> bool:
    if record.rec_type != "response" or record.http_headers is None:
        return False
    kind = (record.http_headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    path = (record.rec_headers.get_header("WARC-Target-URI") or "").partition("?")[0]
    status = record.http_headers.get_statuscode()
    return status == "200" and kind in _PAGE_TYPES and not path.endswith("/robots.txt")


def _from_record(record: Any) -> RawArticle:
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    headers = record.http_headers
    content_type = headers.get_header("Content-Type") or ""
    body = _text_of(record.content_stream().read(MAX_ARTICLE_BYTES + 1), charset_of(content_type))
    fetched_at = _warc_date(record.rec_headers.get_header("WARC-Date"))
    plain = content_type.lower().startswith("text/plain")
    canonical = canonical_url(url)
    return RawArticle(
        id=article_id(canonical),
        url=url,
        canonical_url=canonical,
        html=None if plain else body,
        text=body if plain else None,
        fetched_at=fetched_at,
        first_fetched_at=fetched_at,
    )


def _warc_date(value: str | None) -> datetime:
    try:
        time = datetime.fromisoformat(value or "")
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"no valid WARC-Date: {str(value)[:50]}") from None
