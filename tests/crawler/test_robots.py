"""robots.txt by the words of RFC 9309."""

import pytest

from services.crawler.robots import MAX_BYTES, RobotsRules

AGENT = "dateline"


def rules(text: str) -> RobotsRules:
    return RobotsRules(200, text.encode())


def allowed(text: str, path: str, agent: str = AGENT) -> bool:
    return rules(text).allows(f"https://example.org{path}", agent)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 451])
def test_a_client_error_allows_everything(status: int) -> None:
    assert RobotsRules(status, b"User-agent: *\nDisallow: /").allows("https://example.org/a", AGENT)


@pytest.mark.parametrize("status", [500, 503, 599, 302, None])
def test_a_server_error_or_none_at_all_disallows_everything(status: int | None) -> None:
    unreachable = RobotsRules(status, b"")
    assert not unreachable.allows("https://example.org/a", AGENT)
    assert unreachable.crawl_delay(AGENT) is None


def test_an_empty_file_allows_everything() -> None:
    assert allowed("", "/a")
    assert allowed("User-agent: *\nDisallow:\n", "/a")


def test_the_longest_match_wins_and_allow_wins_a_tie() -> None:
    text = "User-agent: *\nDisallow: /news\nAllow: /news/public\nDisallow: /same\nAllow: /same\n"
    assert not allowed(text, "/news/secret")
    assert allowed(text, "/news/public/1")
    assert allowed(text, "/same")
    assert allowed(text, "/other")


def test_wildcards_and_end_anchors() -> None:
    text = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /*/print/\n"
    assert not allowed(text, "/a/b.pdf")
    assert allowed(text, "/a/b.pdf?x=1")
    assert not allowed(text, "/2026/print/7")


def test_the_own_group_is_used_instead_of_the_general_one() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-Agent: DateLine\nDisallow: /private\n"
    assert allowed(text, "/a")
    assert not allowed(text, "/private/a")
    assert not allowed(text, "/a", "otherbot")


@pytest.mark.parametrize(
    "name", ["dateline", "DATELINE", "dateline/1.0", "Dateline/2 (+https://x.example)", "dateline # us"]
)
def test_a_group_is_ours_by_its_product_name(name: str) -> None:
    text = f"User-agent: {name}\nDisallow: /\n"
    assert not allowed(text, "/a")
    assert not allowed(text, "/a", "Dateline/0.1 (+https://example.org/bot)")


@pytest.mark.parametrize("name", ["date", "line", "dateline-news", "xdateline", "Mozilla/5.0 (compatible; dateline)"])
def test_a_group_with_a_similar_name_is_not_ours(name: str) -> None:
    assert allowed(f"User-agent: {name}\nDisallow: /\n", "/a")
    assert not allowed(f"User-agent: {name}\nAllow: /\n\nUser-agent: *\nDisallow: /\n", "/a")


def test_groups_of_one_agent_are_joined_and_agents_share_a_group() -> None:
    text = "User-agent: x\nUser-agent: dateline\nDisallow: /a\n\nUser-agent: dateline\nDisallow: /b\n"
    assert not allowed(text, "/a")
    assert not allowed(text, "/b")
    assert allowed(text, "/c")


def test_escapes_and_other_scripts_match_what_they_spell() -> None:
    assert not allowed("User-agent: *\nDisallow: /caf\u00e9\n", "/caf%C3%A9")
    assert not allowed("User-agent: *\nDisallow: /a%3cb\n", "/a%3Cb")


def test_paths_are_matched_with_their_case_and_query() -> None:
    text = "User-agent: *\nDisallow: /Search?q=\n"
    assert not allowed(text, "/Search?q=1")
    assert allowed(text, "/search?q=1")


@pytest.mark.parametrize(
    "text", ["<html>404</html>", "\ufeffUser-agent: *\nDisallow: /x", "Disallow: /", "\0\0", ":\n::"]
)
def test_what_is_hardly_a_file_of_rules_still_answers(text: str) -> None:
    assert allowed(text, "/a")


def test_a_byte_order_mark_hides_no_rule() -> None:
    assert not allowed("\ufeffUser-agent: *\nDisallow: /x\n", "/x")
    assert not allowed("User-agent: *\r\nDisallow: /x\r\n", "/x")
    assert not allowed("User-agent: * # all\nDisallow: /x # here\n", "/x")


def test_rules_within_the_limit_hold_and_half_a_rule_does_not() -> None:
    head = "User-agent: *\nDisallow: /early\n"
    room = MAX_BYTES - len(head) - len("Disallow: /")
    filler = "#" * (room - 1) + "\n"
    text = head + filler + "Disallow: /only-this\nDisallow: /late\n"
    assert not allowed(text, "/early")
    assert allowed(text, "/anything")
    assert allowed(text, "/late")


@pytest.mark.parametrize(
    ("line", "delay"),
    [("10", 10.0), ("0.5", 0.5), ("0", None), ("-3", None), ("soon", None), ("nan", None), ("1e9", 86400.0)],
)
def test_a_crawl_delay_is_seconds_or_nothing(line: str, delay: float | None) -> None:
    assert rules(f"User-agent: *\nCrawl-delay: {line}\nDisallow: /x\n").crawl_delay(AGENT) == delay


def test_lines_may_end_as_they_like() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert not allowed(end.join(("User-agent: dateline", "Disallow: /x", "")), "/x")


def test_hostile_patterns_end_soon() -> None:
    text = "User-agent: *\n" + "Disallow: /" + "a*" * 200 + "b\n"
    assert allowed(text, "/" + "a" * 2000)
