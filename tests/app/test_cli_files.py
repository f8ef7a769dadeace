"""`dateline extract`, `link`, `feeds parse` as others call them: lines in their order, bad input told and passed by."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NEWS = (
    "Gunmen attacked a bus in Quetta on Monday, killing at least seven passengers, police said.\n\n"
    "Provincial police chief Adnan Malik said that four of the attackers were arrested."
)


def dateline(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from services.app.main import main; main()", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    return subprocess.run(command, input=stdin, capture_output=True, timeout=240, env=clean | environment)


def lines(output: bytes) -> list[Any]:
    return [json.loads(line) for line in output.decode().splitlines()]


def article(number: int, text: str = NEWS, **fields: object) -> dict[str, object]:
    return {"id": f"a{number}", "text": text, "published": "2026-03-03T10:00:00Z", **fields}


def as_input(*articles: object) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in articles)


def test_extract_answers_in_input_order_and_goes_on_after_bad_lines() -> None:
    done = dateline(
        "extract", "-",
        stdin=as_input(article(1), {"id": "a2"}, article(3)) + b"{broken\n\n" + as_input(["no object"], article(4)),
    )  # fmt: skip
    assert done.returncode == 1
    assert [line["id"] for line in lines(done.stdout)] == ["a1", "a3", "a4"]
    complaints = lines(done.stderr)
    assert [c["input"] for c in complaints] == ["-:2", "-:4", "-:6"]
    assert "html or text is missing" in complaints[0]["error"]
    assert "JSON" in complaints[1]["error"]


def test_extract_codes_who_did_what_with_its_evidence() -> None:
    done = dateline("extract", "-", stdin=as_input(article(1)))
    assert (done.returncode, done.stderr) == (0, b"")
    (coded,) = lines(done.stdout)
    attack = next(event for event in coded["events"] if event["type"] == "ASSAULT")
    assert attack["casualties"]["killed"]["min"] == 7
    assert attack["casualties"]["killed"]["max"] is None
    assert attack["date"]["start"] == "2026-03-02"
    for event in coded["events"]:
        for evidence in (event["sentence"], event["trigger"]):
            assert coded["text"][evidence["start"] : evidence["end"]] == evidence["text"]


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "a-good.txt").write_text(NEWS)
    (folder / "b-empty.txt").write_bytes(b"")
    (folder / "c-binary.txt").write_bytes(bytes(range(256)) * 50)
    (folder / "d-huge.txt").write_bytes(b"word " * 10_000_000)
    (folder / "e-latin.txt").write_bytes(("Le président est arrivé à Nîmes. " + NEWS).encode("cp1252"))
    (folder / "f-broken.html").write_text("<html><p><div <b>><title>" + NEWS.replace("\n\n", "<p></i></div><td>"))
    (folder / "f-nested.html").write_text("<html><p>" + "<div><b>" * 5000 + NEWS + "</p>")
    (folder / "g-unknown.docx").write_bytes(b"PK\x03\x04")
    (folder / "h-blank.html").write_text("<html><body></body></html>")
    (folder / "i-future.json").write_text(json.dumps(article(9, published="2999-01-01T00:00:00Z")))
    (folder / "j-foreign.txt").write_text("Правительство объявило о новых мерах поддержки населения. " * 20)
    return folder


def test_every_bad_file_gets_a_clear_error_and_the_rest_goes_on(bad_files: Path) -> None:
    names = sorted(str(path) for path in bad_files.iterdir())
    done = dateline("extract", *names, str(bad_files / "missing.txt"))
    assert done.returncode == 1
    complaints = {Path(c["input"]).name: c["error"] for c in lines(done.stderr)}
    assert set(complaints) == {
        "b-empty.txt", "c-binary.txt", "d-huge.txt", "f-nested.html", "g-unknown.docx", "h-blank.html", "missing.txt",
    }  # fmt: skip
    assert "empty" in complaints["b-empty.txt"]
    assert "binary" in complaints["c-binary.txt"]
    assert "limit" in complaints["d-huge.txt"]
    assert ".txt" in complaints["g-unknown.docx"]
    good = lines(done.stdout)
    assert len(good) == 5
    assert any("Nîmes" in line["text"] for line in good)
    assert any("future_date" in line["flags"] for line in good)
    foreign = next(line for line in good if line["language"] == "ru")
    assert "language_unsupported" in foreign["flags"]
    assert foreign["events"] == []


def test_link_joins_reports_and_the_same_set_gives_the_same_bytes() -> None:
    other = NEWS.replace("Gunmen attacked a bus in Quetta on Monday", "On Monday gunmen opened fire on a bus in Quetta")
    coded = dateline(
        "extract", "-",
        stdin=as_input(article(1, url="https://a.example/1"), article(2, other, url="https://b.example/2")),
    ).stdout  # fmt: skip
    one = dateline("link", "-", stdin=coded)
    other_order = dateline("link", "-", stdin=b"\n".join(reversed(coded.splitlines())) + b"\nnonsense\n")
    assert one.returncode == 0
    assert one.stdout == other_order.stdout
    assert other_order.returncode == 1
    assert lines(other_order.stderr)[0]["input"].startswith("-:")
    joined = [event for event in lines(one.stdout) if {m["article_id"] for m in event["mentions"]} == {"a1", "a2"}]
    assert any(event["type"] == "ASSAULT" for event in joined)


def test_feeds_parse_prints_one_entry_a_line(tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text(
        '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>'
        "<item><guid>1</guid><link>https://a.example/1</link><title>One &amp; more</title>"
        "<pubDate>Tue, 03 Mar 2026 10:00:00 +0100</pubDate></item>"
        "<item><title>No link</title></item></channel></rss>"
    )
    done = dateline("feeds", "parse", str(feed))
    assert done.returncode == 0
    first, second = lines(done.stdout)
    assert set(first) == {"id", "url", "title", "author", "published", "updated", "summary", "content"}
    assert (first["url"], first["title"], first["published"]) == (
        "https://a.example/1", "One & more", "2026-03-03T09:00:00Z",
    )  # fmt: skip
    assert second["url"] is None


def test_feeds_parse_of_a_page_names_the_feeds_that_it_announces(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<html><head><link rel="alternate" type="application/rss+xml" href="https://a.example/rss"></head></html>'
    )
    done = dateline("feeds", "parse", str(page))
    assert done.returncode == 1
    assert "https://a.example/rss" in lines(done.stderr)[0]["error"]


@pytest.mark.parametrize("address", ["kafka://127.0.0.1:9", "embedded:/dev/null/nowhere"])
def test_a_bus_that_cannot_be_reached_is_told_with_its_address_and_exit_code_3(address: str) -> None:
    done = dateline("topics", "create", DATELINE_BUS=address, DATELINE_CONNECT_PATIENCE="1")
    assert done.returncode == 3
    assert address.split(":", 1)[1].lstrip("/").split("/")[0] in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_an_index_that_cannot_be_reached_is_told_the_same_way() -> None:
    done = dateline("index", "create", DATELINE_INDEX="opensearch+http://127.0.0.1:9", DATELINE_CONNECT_PATIENCE="1")
    assert done.returncode == 3
    assert b"127.0.0.1:9" in done.stderr
    assert b"Traceback" not in done.stderr


def test_bad_usage_is_exit_code_2() -> None:
    assert dateline("stage", "juggler").returncode == 2
    assert dateline("nonsense").returncode == 2
    assert dateline("config", DATELINE_BUS="rabbit://x").returncode == 2
