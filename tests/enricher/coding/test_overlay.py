"""An operator's own verbs, nouns and contexts, and loading everything ahead."""

from pathlib import Path

import pytest

from services.core.errors import ConfigError
from services.enricher import coding
from services.enricher.coding import contexts, patterns, triggers
from services.enricher.coding.match import Matcher
from tests.enricher.coding.support import parsed


def found(sentence: str, overlay: Path | None) -> list[tuple[str, str]]:
    return [(c.pattern.type, c.pattern.rule) for c in Matcher(parsed(sentence), patterns.load(overlay)).run()]


def test_an_operators_lines_are_added(tmp_path: Path) -> None:
    (tmp_path / "verbs.tsv").write_text("# mine\nswarm | obj:depot | ASSAULT/drone | 19 | military | AIR |\n")
    (tmp_path / "nouns.tsv").write_text("swarming | on | ASSAULT/drone | 19 | military | AIR | to=on\n")
    assert found("Drones swarm the depot.", None) == []
    assert found("Drones swarm the depot.", tmp_path) == [("ASSAULT", "own-verbs:swarm:2")]
    assert found("The swarming on the depot lasted an hour.", tmp_path) == [("ASSAULT", "own-nouns:swarming:1")]
    assert found("Chad praised Niger.", tmp_path) == found("Chad praised Niger.", None)


def test_an_operators_line_wins_over_an_equally_strict_one(tmp_path: Path) -> None:
    (tmp_path / "verbs.tsv").write_text("praise | | REQUEST | 10 | | |\n")
    assert found("Chad praised Niger.", tmp_path) == [("REQUEST", "own-verbs:praise:1")]


def test_an_operators_words_add_to_a_set(tmp_path: Path) -> None:
    (tmp_path / "verbs.tsv").write_text("@truce = stand-down\n")
    assert ("CONCEDE", "verbs:declare") in [
        (kind, rule.rpartition(":")[0]) for kind, rule in found("Rebels declared a stand-down.", tmp_path)
    ]


def test_an_operators_words_start_sentences(tmp_path: Path) -> None:
    (tmp_path / "verbs.tsv").write_text("swarm | | ASSAULT/drone | 19 | military | AIR |\n")
    assert triggers.load(tmp_path).fire("Drones swarm the depot.")


def test_contexts_are_added_and_checked(tmp_path: Path) -> None:
    (tmp_path / "contexts.tsv").write_text("environment\tpeatland\n")
    assert contexts.words(tmp_path)["peatland"] == "environment"
    assert "peatland" not in contexts.words()
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "contexts.tsv").write_text("gardening\tpeatland\n")
    with pytest.raises(ConfigError):
        contexts.words(bad)


def test_a_line_that_cannot_be_stops_loading(tmp_path: Path) -> None:
    (tmp_path / "verbs.tsv").write_text("swarm | | NOTHING | 19 | | |\n")
    with pytest.raises(ConfigError, match="own-verbs"):
        coding.warm(tmp_path)


def test_warming_loads_once() -> None:
    coding.warm()
    loaded = patterns.load(None)
    coding.warm()
    assert patterns.load(None) is loaded
