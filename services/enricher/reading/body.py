"""The article's paragraphs in an HTML tree: one pass to weigh, one walk to collect. Linear in the size of the page."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.enricher.reading.marks import firm_marks_of, marks_of, words

_TEXT_PARENTS: Final = "p, blockquote, pre, dd"
_LOOSE_PARENTS: Final = "div, section, article, span, td, main, font, center"
_SKIPPED: Final = words(
    "script style noscript template iframe object embed svg canvas audio video button select option textarea input "
    "label nav footer aside figure figcaption dialog menu form head map"
)
# Elements that do not break the line. All others end a paragraph.
_INLINE: Final = words(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q rp rt ruby s samp small span strike "
    "strong sub sup time tt u var wbr nobr"
)
_NEVER_MARKED: Final = words("html body main article p h1 em strong b i")
_HEADINGS: Final = words("h1 h2 h3 h4 h5 h6")
_FIRM_TAGS: Final = words("nav footer aside script style noscript template select option menu")
_MILDLY: Final = 0.4
_FIRMLY: Final = 0.95
# Deeper than this no page is written by people; what lies below is dropped, so that no walk can run away.
_MAX_DEPTH: Final = 200
_MAX_PARAGRAPHS: Final = 4000
_MAX_NAME: Final = 500
# What stands for <br> until the paragraph is cut; white space, as all splitting needs.
_BREAK: Final = "\x1e"
_BLANK_LINE: Final = re.compile(r"\x1e\s*\x1e")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, heading or table cell. `linked` is how many of its characters are link text."""

    tag: str
    text: str
    linked: int

    @property
    def is_heading(self) -> bool:
        """Whether it is h1 to h6."""
        return self.tag in _HEADINGS


class _Tree:
    """Weights of the elements over the paragraphs: how much running text each holds."""

    def __init__(self, body: LexborNode) -> None:
        self.nodes: dict[int, LexborNode] = {}
        self.parent: dict[int, int] = {}
        self.depth: dict[int, int] = {}
        self.weight: dict[int, int] = {}
        self.suspect: dict[int, float] = {}
        self.chains: list[tuple[list[int], int]] = []
        self.root = body.mem_id
        self._add_root(body)
        self._weigh(body, _TEXT_PARENTS, deep=True)
        if sum(weight for _, weight in self.chains) < 300:
            self._weigh(body, _LOOSE_PARENTS, deep=False)
        self.total = sum(
            weight for chain, weight in self.chains if all(self.suspect[node] != _FIRMLY for node in chain)
        )
        self.good: dict[int, int] = {}
        for chain, weight in self.chains:
            if not any(self.skips_id(node) for node in chain):
                for node in chain:
                    self.good[node] = self.good.get(node, 0) + weight

    def _add_root(self, body: LexborNode) -> None:
        self.nodes[self.root] = body
        self.suspect[self.root] = 0.0
        self.depth[self.root] = 0

    def _weigh(self, body: LexborNode, selector: str, *, deep: bool) -> None:
        # Paragraphs beside each other have the same ancestors, so these are climbed once for all of them.
        parents: dict[int, tuple[LexborNode, int]] = {}
        for node in body.css(selector)[:_MAX_PARAGRAPHS]:
            length = len(" ".join(node.text(deep=deep).split()))
            if length < 25:
                continue
            if deep:
                length -= 2 * sum(len(" ".join(link.text().split())) for link in node.css("a"))
            parent = node if node.tag in ("div", "section", "article", "main", "td", "center") else node.parent
            if length > 0 and parent is not None:
                parents[parent.mem_id] = (parent, parents.get(parent.mem_id, (parent, 0))[1] + length)
        for parent, length in parents.values():
            chain = self._chain(parent)
            if chain:
                self.chains.append((chain, length))
                for ancestor in chain:
                    self.weight[ancestor] = self.weight.get(ancestor, 0) + length

    def _chain(self, parent: LexborNode) -> list[int] | None:
        """The ids of a paragraph's parent and all above it, up to the body; None when it lies too deep."""
        chain: list[int] = []
        current: LexborNode | None = parent
        while current is not None and len(chain) < _MAX_DEPTH:
            ident = current.mem_id
            if ident not in self.nodes:
                self.nodes[ident] = current
                self.suspect[ident] = suspicion(current)
            chain.append(ident)
            if ident == self.root:
                return chain
            current = current.parent
        return None

    def skips_id(self, ident: int) -> bool:
        """Whether an ancestor is boilerplate: so marked, and without the greater part of the page's running text."""
        return self.weight.get(ident, 0) < self.suspect[ident] * self.total

    def skips(self, node: LexborNode) -> bool:
        """The same for any element."""
        ident = node.mem_id
        if ident in self.suspect:
            return self.skips_id(ident)
        return suspicion(node) > 0


def suspicion(node: LexborNode) -> float:
    """What share of the page's running text an element must hold to be taken for part of the article after all.

    0 where nothing speaks against it; tag, class, id, role and style can.
    """
    tag = node.tag
    if tag in _SKIPPED:
        return _FIRMLY if tag in _FIRM_TAGS else _MILDLY
    attributes = node.attributes
    if not attributes or tag in _NEVER_MARKED:
        return 0.0
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return _MILDLY
    if (attributes.get("role") or "") in ("navigation", "complementary", "contentinfo", "dialog", "search"):
        return _FIRMLY
    style = attributes.get("style")
    if style and "none" in style and "display:none" in style.replace(" ", ""):
        return _MILDLY
    kind, ident = attributes.get("class"), attributes.get("id")
    return _suspicion_of_name(f"{kind or ''} {ident or ''}"[:_MAX_NAME]) if kind or ident else 0.0


# The pages of a site share their names, so most of them have been judged before.
@lru_cache(maxsize=8192)
def _suspicion_of_name(name: str) -> float:
    name = name.lower()
    if len(name) < 2 or marks_of("boilerplate_marks.txt").rank(name) is None:
        return 0.0
    return _MILDLY if firm_marks_of("boilerplate_marks.txt").rank(name) is None else _FIRMLY


def _is_content(node: LexborNode) -> bool:
    attributes = node.attributes
    name = " ".join(str(attributes.get(key) or "") for key in ("class", "id", "itemprop")).lower()
    return len(name) > 2 and marks_of("content_marks.txt").rank(name) is not None


def _container(tree: _Tree) -> LexborNode:
    """The element that holds the article: one marked so, else an <article>, else where the running text gathers."""
    total = tree.good.get(tree.root, 0)
    marked = [
        (weight, -order, ident)
        for order, (ident, weight) in enumerate(tree.good.items())
        if weight >= 0.25 * total and _is_content(tree.nodes[ident])
    ]
    if marked:
        return tree.nodes[max(marked)[2]]
    headed = _headed_article(tree)
    if headed in tree.good and tree.good[headed] >= 0.15 * total:
        return tree.nodes[headed]
    articles = [
        (weight, ident)
        for ident, weight in tree.good.items()
        if tree.nodes[ident].tag == "article" and weight >= 0.5 * total
    ]
    if articles:
        return tree.nodes[max(articles)[1]]
    return tree.nodes[_gathering(tree)]


def _headed_article(tree: _Tree) -> int | None:
    """The <article> around the only h1, which is the page's own among several."""
    headings = tree.nodes[tree.root].css("h1")
    current = headings[0].parent if len(headings) == 1 else None
    for _ in range(_MAX_DEPTH):
        if current is None or current.mem_id == tree.root:
            return None
        if current.tag == "article":
            return current.mem_id
        current = current.parent
    return None


def _gathering(tree: _Tree) -> int:
    """Goes down from the body to the child that still holds most of the running text, as far as there is one."""
    children: dict[int, set[int]] = {}
    for chain, _ in tree.chains:
        for child, parent in pairwise(chain):
            children.setdefault(parent, set()).add(child)
    current = tree.root
    while True:
        weight = tree.good.get(current, 0)
        best = max(children.get(current, ()), key=lambda child: tree.good.get(child, 0), default=None)
        if best is None or not weight or tree.good.get(best, 0) < 0.6 * weight:
            return current
        current = best


def main_blocks(parser: LexborHTMLParser) -> list[Block]:
    """The paragraphs of the article, in order, before any judgement on single ones. Empty without a body."""
    body = parser.body
    if body is None:
        return []
    tree = _Tree(body)
    return _Collector(tree).collect(_container(tree))


class _Collector:
    """Walks an element and cuts its text into blocks."""

    def __init__(self, tree: _Tree) -> None:
        self._tree = tree
        self._blocks: list[Block] = []
        self._parts: list[str] = []
        self._linked = 0
        # What is still to do, last first: recursion would let a page of nested elements end the process.
        self._todo: list[tuple[LexborNode | None, str, bool, int]] = []

    def collect(self, container: LexborNode) -> list[Block]:
        self._children(container, container.tag or "", False, 0)
        while self._todo:
            node, tag, linked, depth = self._todo.pop()
            if node is None:
                self._flush(tag)
            elif node.is_text_node:
                self._text(node.text_content or "", linked)
            elif node.is_element_node:
                self._element(node, tag, linked, depth)
        self._flush(container.tag or "")
        return self._blocks

    def _children(self, node: LexborNode, tag: str, linked: bool, depth: int) -> None:
        if depth < _MAX_DEPTH:
            children = [(child, tag, linked, depth + 1) for child in node.iter(include_text=True)]
            self._todo.extend(reversed(children))

    def _text(self, text: str, linked: bool) -> None:
        self._parts.append(text)
        if linked:
            self._linked += len(text.strip())

    def _element(self, node: LexborNode, block: str, linked: bool, depth: int) -> None:
        tag = node.tag or ""
        if tag == "br":
            self._parts.append(_BREAK)
        elif self._tree.skips(node):
            self._parts.append(" ")
        elif tag in _INLINE:
            self._children(node, block, linked or tag == "a", depth)
        else:
            self._flush(block)
            self._todo.append((None, tag, False, depth))
            self._children(node, tag, linked, depth)

    def _flush(self, tag: str) -> None:
        if not self._parts:
            return
        joined = "".join(self._parts)
        pieces = [" ".join(piece.split()) for piece in _BLANK_LINE.split(joined)]
        pieces = [piece for piece in pieces if piece]
        for piece in pieces:
            self._blocks.append(Block(tag, piece, min(self._linked, len(piece)) if len(pieces) == 1 else 0))
        self._parts.clear()
        self._linked = 0
