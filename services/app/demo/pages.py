"""The outlets' pages: a template for each, as different as newsrooms' are."""

import json
from datetime import datetime
from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import Final

from services.app.demo.outlets import Outlet
from services.app.demo.reports import OddPage, Report

_TEMPLATES: Final = resources.files(__package__) / "templates"
_RELATED: Final = 3
_NOTE: Final = "<p>This story has been corrected.</p>"


def article_page(outlet: Outlet, report: Report, others: tuple[Report, ...], base: str) -> str:
    """The page of a report; `others` are the outlet's reports, of which some are linked to."""
    links = [_link(outlet, other) for other in others if other.id != report.id][:_RELATED]
    return _template(f"{outlet.id}.html").substitute(
        site=escape(outlet.name),
        url=base + outlet.path(report),
        title=escape(report.title),
        signature=escape(report.signature or ""),
        iso=iso(report.at),
        long=f"{report.at.day} {report.at:%B %Y, %H:%M} GMT",
        american=f"{report.at:%B} {report.at.day}, {report.at.year}",
        linked=_linked_data(outlet, report),
        language=report.language,
        direction="rtl" if report.language == "ar" else "ltr",
        body=body_html(report, breaks=outlet.breaks),
        note=_NOTE if report.updated else "",
        related="".join(f"<li>{link}</li>" for link in links),
        related_lines="<BR>".join(links),
    )


def odd_page(outlet: Outlet, page: OddPage) -> str:
    """The page behind an address that holds no article."""
    return _template(f"odd/{page.page}").substitute(site=escape(outlet.name), title=escape(page.title))


def front_page(outlet: Outlet, reports: tuple[Report, ...]) -> str:
    """The outlet's headlines, for people who look at the demo's site."""
    items = "".join(f"<li>{_link(outlet, report)}</li>" for report in reports)
    name, kind = escape(outlet.name), escape(outlet.feed_type.partition(";")[0])
    return (
        f'<!doctype html><html lang="{outlet.language}"><head><meta charset="{outlet.charset}"><title>{name}</title>'
        f'<link rel="alternate" type="{kind}" href="{outlet.feed}"></head>'
        f"<body><h1>{name}</h1><p>An invented newspaper of Dateline's demo.</p><ul>{items}</ul></body></html>"
    )


def body_html(report: Report, *, breaks: bool = False) -> str:
    """The paragraphs as HTML."""
    paragraphs = [escape(paragraph, quote=False) for paragraph in report.text]
    if breaks:
        return "\n<br><br>\n".join(paragraphs)
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def iso(time: datetime) -> str:
    """RFC 3339, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _linked_data(outlet: Outlet, report: Report) -> str:
    article = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": report.title,
        "datePublished": iso(report.at),
        "author": {"@type": "Person", "name": report.signature},
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
    }
    # Within a script element nothing is escaped but what could end it.
    return json.dumps(article).replace("<", "\\u003c")


def _link(outlet: Outlet, report: Report) -> str:
    return f'<a href="{escape(outlet.path(report))}">{escape(report.title)}</a>'


@cache
def _template(name: str) -> Template:
    return Template((_TEMPLATES / name).read_text("utf-8"))
