// The one query that list, map, timeline and filters share. It lives in the page's address.

export const FACETS = ["type", "country", "actor", "source", "modality", "stance"];
const SINGLE = ["q", "from", "to", "box", "sort", "new", "killed_min", "sources_min"];
const HIDDEN_FACETS = ["place", "recipient", "claimant", "story", "article", "mode", "context", "sector", "acled"];
export const MANY = [...FACETS, ...HIDDEN_FACETS];
export const NEW = { "1h": ["the last hour", 1], "24h": ["the last 24 hours", 24], "7d": ["the last 7 days", 168] };

/** The query of an address: only names that are known, so that a stray parameter breaks nothing. */
export function fromAddress(search) {
  const given = new URLSearchParams(search);
  const query = new URLSearchParams();
  for (const name of SINGLE) if (given.get(name)) query.set(name, given.get(name));
  for (const name of MANY) for (const value of new Set(given.getAll(name))) query.append(name, value);
  if (query.has("new") && !(query.get("new") in NEW)) query.delete("new");
  return query;
}

/** A copy with one thing changed: `null` removes, a list replaces all values. */
export function changed(query, changes) {
  const copy = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    copy.delete(name);
    for (const one of [value].flat()) if (one !== null && one !== "") copy.append(name, one);
  }
  return copy;
}

/** A copy with a value of a repeatable filter put in or taken out. */
export function toggled(query, name, value) {
  const values = query.getAll(name);
  return changed(query, {
    [name]: values.includes(value) ? values.filter((one) => one !== value) : [...values, value],
  });
}

/** The parameters for the API. `now` is the server's time, against which "new" is reckoned. */
export function forApi(query, now, extra = {}) {
  const params = new URLSearchParams(query);
  const recent = NEW[params.get("new")];
  params.delete("new");
  if (recent) {
    const since = new Date(new Date(now) - recent[1] * 3600000);
    params.set("first_seen_from", since.toISOString().replace(/\.\d+Z$/, "Z"));
  }
  for (const [name, value] of Object.entries(extra)) {
    params.delete(name);
    if (value !== null) params.set(name, value);
  }
  return params;
}

/** Whether anything narrows it. */
export const isNarrowed = (query) => [...query.keys()].some((name) => name !== "sort");
