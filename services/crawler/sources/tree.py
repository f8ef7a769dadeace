"""Feed text to an element tree that cannot hurt: no DTD, no entities but HTML's, no control characters."""

import html.entities
import re
from collections.abc import Iterator
from copy import deepcopy
from html import escape

from lxml import etree

from services.crawler.sources.text import absolute, clean

# White space and what programs print before the declaration; XML allows nothing there.
_DECLARATION = re.compile(r"<\?xml[^>]{0,300}\?>")
_DOCTYPE = re.compile(
    r"""<!DOCTYPE(?:[^\[\]>"']|"[^"]*+"|'[^']*+')*+(?:\[(?:[^\]"']|"[^"]*+"|'[^']*+')*+\]\s*+)?>""", re.IGNORECASE
)
_DOCTYPE_START = re.compile("<!DOCTYPE", re.IGNORECASE)
_ROOT = re.compile(r"<[A-Za-z_]")
_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);)(?:#([0-9]{1,8});|#[xX]([0-9A-Fa-f]{1,8});|([A-Za-z][A-Za-z0-9]{0,30});)?"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_NUMBER = re.compile(r"&#(?:([0-9]{1,8})|[xX]([0-9A-Fa-f]{1,8}));")

# Namespaces that feeds use, by their URI in lower case without its last / or #; Atom's and RSS's own have no prefix.
_PREFIXES = {
    "": "",
    "http://www.w3.org/2005/atom": "",
    "http://purl.org/atom/ns": "",
    "http://purl.org/rss/1.0": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://channel.netscape.com/rdf/simple/0.9": "",
    "http://my.netscape.com/publish/formats/rss-0.91.dtd": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://cyber.law.harvard.edu/rss": "",
    "http://purl.org/net/rss1.1": "",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/rss/1.0/modules/syndication": "sy",
    "http://purl.org/rss/1.0/modules/rss091": "",
    "http://purl.org/dc/elements/1.0": "dc",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
}
_KNOWN = frozenset(_PREFIXES.values())
_XML = "{http://www.w3.org/XML/1998/namespace}"


def parse_tree(text: str) -> etree._Element | None:
    """The root of a document, however broken; None where there is no element at all."""
    body = mended(text)
    # A parser is made per document: lxml's keep their dictionary of names, which a hostile feed could fill.
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _without_prolog(text: str) -> str:
    """Without XML declaration and document type: with it go all entities that a document could define."""
    text = _DECLARATION.sub("", text, count=1)
    root = _ROOT.search(text)
    start = _DOCTYPE_START.search(text, 0, root.start()) if root else None
    # Matched at one place only: a search from every place would be quadratic in hostile text.
    doctype = _DOCTYPE.match(text, start.start()) if start else None
    return text[doctype.end() :] if doctype else text


def mended(text: str) -> str:
    """A document without prolog and control characters, and with every reference harmless that is not in CDATA."""
    text = _without_prolog(clean(text).lstrip())
    parts: list[str] = []
    at = 0
    while (start := text.find("<![CDATA[", at)) >= 0:
        end = text.find("]]>", start)
        end = len(text) if end < 0 else end
        # What looks like CDATA within a tag is none to the parser: numbers that are no characters go from there too.
        parts += (_mend(text[at:start]), _NUMBER.sub(_character, text[start:end]))
        at = end
    return "".join((*parts, _mend(text[at:])))


def _mend(text: str) -> str:
    return _REFERENCE.sub(_reference, text)


def _reference(match: re.Match[str]) -> str:
    """A reference that XML allows and that needs no definition; what is none is text."""
    decimal, hexadecimal, name = match.groups()
    if characters := html.entities.html5.get(f"{name};"):
        return "".join(f"&#{ord(character)};" for character in characters)
    return _character(match) if decimal or hexadecimal else f"&amp;{match[0][1:]}"


def _character(match: re.Match[str]) -> str:
    number = int(match[1]) if match[1] else int(match[2], 16)
    return f"&#{number};" if number < 0x110000 and clean(chr(number)) else ""


def name_of(element: etree._Element) -> str:
    """An element's name in lower case with our prefix for its namespace: "title", "dc:date", "?:other"."""
    tag = element.tag
    if not isinstance(tag, str):
        return "?:"
    if tag.startswith("{"):
        uri, _, local = tag[1:].partition("}")
        prefix = _PREFIXES.get(uri.lower().rstrip("/#"), "?")
    else:
        prefix, _, local = tag.rpartition(":")  # an undeclared prefix stays in the name
        prefix = prefix.lower() if prefix.lower() in _KNOWN else "" if prefix.lower() == "atom" else "?"
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


def children(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """Name and element of each child."""
    for child in element:
        yield name_of(child), child


def attribute(element: etree._Element, name: str) -> str | None:
    """An attribute by its local name, whatever its case and namespace."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2].lower() == name:
            return str(value).strip()
    return None


def base_of(element: etree._Element, outer: str | None) -> str | None:
    """The base for links in an element: xml:base of it and its ancestors, each against the next outer one."""
    chain = [value for node in (element, *element.iterancestors()) if (value := node.get(_XML + "base"))]
    base = outer
    for value in reversed(chain):
        base = absolute(value, base)
    return base


def language_of(element: etree._Element) -> str | None:
    """The nearest xml:lang."""
    return next((v for node in (element, *element.iterancestors()) if (v := node.get(_XML + "lang"))), None)


def text_of(element: etree._Element) -> str:
    """All text of an element."""
    return "".join(str(part) for part in element.itertext())


def markup_of(element: etree._Element) -> str:
    """What an element holds: its text, and child elements as HTML."""
    if len(element) == 0:
        return element.text or ""
    inner = (etree.tostring(_bare(child), encoding="unicode", method="html", with_tail=True) for child in element)
    return escape(element.text or "", quote=False) + "".join(inner)


def _bare(element: etree._Element) -> etree._Element:
    copy = deepcopy(element)
    for node in copy.iter():
        if isinstance(node.tag, str) and node.tag.startswith("{"):
            local = node.tag.partition("}")[2]
            node.tag = local if _NAME.fullmatch(local) else "span"  # the parser lets names pass that it will not write
    if isinstance(copy.tag, str):  # not a reference that the parser left as it was
        etree.cleanup_namespaces(copy)
    return copy
