"""What the embedded index makes of a folder that it did not write."""

from pathlib import Path

import pytest

from services.adapters.tantivy_index import TantivyIndex
from services.core.errors import ConfigError


@pytest.mark.parametrize("content", [b"", b"junk", b"\xff\xfe"])
async def test_a_broken_list_of_aliases_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "aliases.json").write_bytes(content)
    index = TantivyIndex(tmp_path)
    await index.start()
    try:
        with pytest.raises(ConfigError, match=r"aliases\.json is not what we wrote"):
            await index.install()
    finally:
        await index.close()
