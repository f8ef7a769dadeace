// Which view an address means, and going from one to another.

import { replace, h, announce } from "./dom.js";
import { loadCountries } from "./words.js";
import { fromAddress, changed } from "./query.js";
import { Freshness } from "./freshness.js";
import { SearchView } from "./search.js";
import { showEvent } from "./event.js";
import { showArticle } from "./article.js";
import { problem } from "./states.js";

const main = document.getElementById("main");
const box = document.getElementById("q");
const freshness = new Freshness(document.getElementById("freshness"));
const search = new SearchView({ go, now: () => freshness.now });
const page = h("div", { class: "reading" });
replace(main, search.node, page);
let leaving = null;

/** Goes to an address of ours, as a link would. */
export function go(address, { replaced = false } = {}) {
  history[replaced ? "replaceState" : "pushState"]({}, "", address);
  return show({ moved: true });
}

async function show({ moved = false } = {}) {
  const [, kind, id] = location.pathname.split("/").map(decodeURIComponent);
  const searching = location.pathname === "/";
  leaving?.abort();
  leaving = new AbortController();
  search.node.hidden = !searching;
  page.hidden = searching;
  if (searching) {
    const query = fromAddress(location.search);
    box.value = query.get("q") ?? "";
    document.title = query.get("q") ? `${query.get("q")} – Dateline` : "Dateline";
    await search.show(query);
  } else {
    await read(kind, id, leaving.signal);
    if (moved) window.scrollTo(0, 0);
  }
}

async function read(kind, id, signal) {
  const views = { events: showEvent, articles: showArticle };
  replace(page, h("p", { class: "state", role: "status" }, "Loading …"));
  try {
    const show = Object.hasOwn(views, kind) && id ? views[kind] : null;
    const { title, nodes, ready } = show ? await show(id, { signal, now: freshness.now, go }) : nothing();
    document.title = `${title} – Dateline`;
    replace(page, back(), nodes);
    announce(title);
    page.querySelector("h1")?.focus({ preventScroll: true });
    ready?.();
  } catch (error) {
    if (error.name === "AbortError") return;
    document.title = "Dateline";
    replace(
      page,
      back(),
      problem(error, () => show()),
    );
  }
}

function nothing() {
  return {
    title: "Nothing here",
    nodes: h(
      "div",
      { class: "state" },
      h("h1", { tabindex: -1 }, "There is nothing at this address"),
      h("p", {}, "An event or article keeps its address for good; this one was never given. Go back to the search."),
    ),
  };
}

const back = () =>
  h("nav", { class: "back", "aria-label": "Back" }, h("a", { href: search.address() }, "← All events"));

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const plainClick = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !plainClick || link.target || link.hasAttribute("download") || event.defaultPrevented) return;
  const address = new URL(link.href);
  const ours = address.origin === location.origin && !/^\/(api|assets)\//.test(address.pathname);
  const within = address.pathname === location.pathname && address.search === location.search && address.hash;
  if (!ours || within) return;
  event.preventDefault();
  go(address.pathname + address.search + address.hash);
});
document.querySelector(".searchbox").addEventListener("submit", (event) => {
  event.preventDefault();
  const now = location.pathname === "/" ? fromAddress(location.search) : search.query;
  go(`/?${changed(now, { q: box.value.trim(), sort: null })}`);
});
window.addEventListener("popstate", () => show());
freshness.onChange = () => search.refresh();

await Promise.all([freshness.start(), loadCountries().catch(() => null)]);
await show();
