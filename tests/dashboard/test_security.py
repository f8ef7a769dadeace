from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.adapters.memory_index import MemoryIndex
from services.core.clock import ManualClock
from services.core.errors import ConfigError
from services.dashboard.api import WEB, make_app
from services.dashboard.guard import host_name
from services.dashboard.links import web_link
from services.dashboard.options import DashboardOptions, is_loopback
from services.dashboard.service import Library
from tests.dashboard.conftest import Reader
from tests.dashboard.hostile import SCRIPT, hostile_upserts
from tests.dashboard.newsroom import NOW

PATHS = (
    "/",
    "/events/x",
    "/api/v1/events",
    "/api/v1/nothing",
    "/assets/js/main.js",
    "/assets/nothing",
    "/api/v1/events?x=1",
)


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_carries_the_security_headers(reader: Reader, path: str) -> None:
    headers = (await reader.get(path)).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers
    assert headers["cache-control"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "", "[::1]:8080", "127.0.0.1:x"]
)
@pytest.mark.parametrize("path", ["/", "/api/v1/events", "/assets/js/main.js"])
async def test_an_unknown_host_is_refused_whatever_it_asks(reader: Reader, host: str, path: str) -> None:
    answer = await reader.get(path, host=host)
    assert answer.status_code == 421
    assert answer.json()["parameter"] == "Host"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:99", "LOCALHOST"])
async def test_a_listed_host_is_answered_on_any_port(reader: Reader, host: str) -> None:
    assert (await reader.get("/api/v1/status", host=host)).status_code == 200


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (["news.example"], "news.example"),
        (["news.example:80"], "news.example"),
        (["[::1]"], "::1"),
        (["[::1]:80"], "::1"),
        (["[::1]evil.example"], None),
        (["a:b"], None),
        ([], None),
        (["a", "b"], None),
        ([":80"], None),
    ],
)
def test_the_name_in_a_host_header(values: Sequence[str], name: str | None) -> None:
    assert host_name(values) == name


@pytest.mark.parametrize(
    ("url", "passes"),
    [
        ("https://a.example/x?y=1#z", True),
        ("http://[2001:db8::1]/x", True),
        ("HTTPS://A.example/", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example/x", False),
        ("/local", False),
        ("https://", False),
        ("https://user:secret@a.example/", False),
        ("https:\\\\a.example", False),
        ("http://[bad", False),
        ("https://a.example/" + "x" * 2000, False),
        ("", False),
        (None, False),
    ],
)
def test_only_plain_web_addresses_become_links(url: str | None, passes: bool) -> None:
    assert web_link(url) == (url if passes else None)


async def test_hostile_fields_come_as_text_and_their_links_not_at_all(readers: Callable[..., Reader]) -> None:
    index = MemoryIndex()
    await index.install()
    assert {w.result for w in await index.upsert(hostile_upserts())} == {"written"}
    reader = readers(index=index)
    [item] = (await reader.json("/api/v1/events"))["items"]
    event = await reader.json(f"/api/v1/events/{item['id']}")
    [listed] = (await reader.json("/api/v1/articles"))["items"]
    article = await reader.json(f"/api/v1/articles/{listed['id']}")
    assert SCRIPT in item["title"]
    assert [event["reports"][0]["url"], article["url"], listed["url"]] == [None, None, None]
    answer = await reader.get("/api/v1/events")
    assert answer.headers["content-type"] == "application/json"


async def test_a_snippet_of_hostile_text_is_escaped_but_for_its_marks(readers: Callable[..., Reader]) -> None:
    index = MemoryIndex()
    await index.install()
    await index.upsert(hostile_upserts())
    [item] = (await readers(index=index).json("/api/v1/events", {"q": "market", "highlight": "true"}))["items"]
    for snippet in (s for all_of in item["snippets"].values() for s in all_of):
        bare = snippet.replace("<mark>", "").replace("</mark>", "")
        assert "<" not in bare
        assert ">" not in bare


async def test_the_page_holds_no_inline_code_and_no_foreign_address(reader: Reader) -> None:
    page = (await reader.get("/")).text
    assert " style=" not in page
    assert "<style" not in page
    assert " on" not in page.replace(" on ", "")
    assert all("src=" in tag.split(">")[0] for tag in page.split("<script")[1:])
    assert "//" not in page.replace("<!doctype", "")


def own_scripts() -> list[Path]:
    return sorted((WEB / "js").glob("*.js"))


@pytest.mark.parametrize("path", own_scripts(), ids=lambda path: path.name)
def test_no_script_of_ours_parses_text_as_html_or_code(path: Path) -> None:
    code = path.read_text()
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser",
                 "createContextualFragment", "srcdoc", ".style."):  # fmt: skip
        assert sink not in code, sink


async def test_paths_beside_the_assets_are_not_served(reader: Reader) -> None:
    for path in ("/assets/../api.py", "/assets/%2e%2e/api.py", "/assets/..%2fapi.py", "/assets//etc/passwd"):
        answer = await reader.http.get(httpx.URL(f"http://127.0.0.1:8080{path}"))
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.evil.example", False), ("testclient", False)],
)  # fmt: skip
def test_what_counts_as_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(("more", "fine"), [({}, False), ({"token": "x"}, True), ({"open_reading": True}, True)])
def test_without_a_token_or_a_word_it_listens_on_loopback_only(more: dict[str, Any], fine: bool) -> None:
    DashboardOptions().check()
    options = DashboardOptions(host="0.0.0.0", **more)
    if fine:
        options.check()
    else:
        with pytest.raises(ConfigError, match="DATELINE_DASHBOARD_TOKEN"):
            options.check()


@pytest.mark.parametrize("query", [b"q=\xff", b"\xed\xa0\x80=1", b"cursor=" + "\u0661".encode(), b"q=" + b"a" * 9000])
@pytest.mark.parametrize("path", ["/", "/api/v1/events", "/api/v1/articles/x"])
async def test_a_query_that_is_too_long_or_not_ascii_is_refused(index: MemoryIndex, path: str, query: bytes) -> None:
    # Clients and some servers tidy such a query: it is put into the request's scope as it is.
    app = make_app(Library(index, ManualClock(NOW)), DashboardOptions())

    async def with_query(scope: Any, receive: Any, send: Any) -> None:
        await app(scope | {"query_string": query}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(with_query), base_url="http://localhost") as client:
        answer = await client.get(path)
    assert answer.status_code == 400
    assert "at most 8000 characters" in answer.json()["error"]
