// Building nodes. Text is only ever text: nothing here, or anywhere, parses a string as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An HTML element. Functions among the attributes are listeners; null, undefined and false are left out. */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** An SVG element. */
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** Puts these children in place of what a node holds. */
export function replace(node, ...children) {
  node.replaceChildren(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

/** Text that may be in any script: its direction follows its first strong letter. */
export const words = (text, tag = "span", attributes = {}) => h(tag, { dir: "auto", ...attributes }, text ?? "");

/** A link out, for http and https only; anything else stays plain text. */
export function outward(url, ...children) {
  let good = false;
  try {
    good = ["http:", "https:"].includes(new URL(url).protocol);
  } catch {
    good = false;
  }
  if (!good) return h("span", {}, ...children);
  return h("a", { href: url, rel: "noopener noreferrer", target: "_blank", class: "outward" }, ...children);
}

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'" };
const plain = (escaped) => escaped.replace(/&(?:amp|lt|gt|quot|#x27|#39);/g, (entity) => ENTITIES[entity]);

/** A snippet: what stands between <mark> and </mark> becomes a mark element, all the rest text. */
export function snippet(text) {
  return text
    .split(/(<mark>[^<]*<\/mark>)/)
    .map((piece) => (piece.startsWith("<mark>") ? h("mark", {}, plain(piece.slice(6, -7))) : plain(piece)));
}

/** Tells screen readers. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}
