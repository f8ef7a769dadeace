// How codes, numbers and times read.

import { asset } from "./api.js";

export const QUADS = {
  1: "Words of cooperation",
  2: "Deeds of cooperation",
  3: "Words of conflict",
  4: "Deeds of conflict",
};
const QUAD_OF = {
  AGREE: 1,
  CONSULT: 1,
  SUPPORT: 1,
  CONCEDE: 1,
  COOPERATE: 2,
  AID: 2,
  RETREAT: 2,
  REQUEST: 3,
  ACCUSE: 3,
  REJECT: 3,
  THREATEN: 3,
  PROTEST: 4,
  SANCTION: 4,
  MOBILIZE: 4,
  COERCE: 4,
  ASSAULT: 4,
};
const MODALITIES = {
  actual: "Reported as fact",
  denied: "Only denied",
  possible: "Possible",
  planned: "Planned",
  threatened: "Threatened",
};
const STANCES = { asserts: "says", denies: "denies", alleges: "alleges", demands: "demands", warns: "warns" };
const STANCE_NAMES = {
  asserts: "Asserted",
  denies: "Denied by somebody",
  alleges: "Alleged",
  demands: "Demanded",
  warns: "Warned of",
};
export const KINDS = ["killed", "injured", "captured", "displaced"];

const sentenceCase = (code) => code.charAt(0).toUpperCase() + code.slice(1).toLowerCase();
export const typeName = (type) => sentenceCase(type);
export const quadOf = (type) => QUAD_OF[type] ?? 3;
export const modeName = (mode) => mode.replaceAll("-", " ");
export const modalityName = (modality) => MODALITIES[modality] ?? modality;
export const stanceVerb = (stance) => STANCES[stance] ?? stance;
export const stanceName = (stance) => STANCE_NAMES[stance] ?? stance;

let alpha2 = new Map();
const regions = new Intl.DisplayNames("en", { type: "region", fallback: "code" });

/** Loads the table of country codes. Without it codes are shown. */
export async function loadCountries() {
  alpha2 = new Map((await asset("vendor/i18n-iso-countries/codes.json")).map(([two, three]) => [three, two]));
}

export function countryName(code) {
  if (!code) return "";
  const two = alpha2.get(code);
  return two ? regions.of(two) : code;
}

const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const DAY = format({ day: "numeric", month: "short", year: "numeric" });
const SHORT = format({ day: "numeric", month: "short" });
const MONTH = format({ month: "short", year: "numeric" });
const MOMENT = format({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
const NUMBER = new Intl.NumberFormat("en-GB");

export const number = (value) => NUMBER.format(value);
export const many = (count, one, more = `${one}s`) => `${number(count)} ${count === 1 ? one : more}`;
export const day = (iso) => DAY.format(new Date(iso));
export const shortDay = (iso) => SHORT.format(new Date(iso));
export const month = (iso) => MONTH.format(new Date(iso));
export const moment = (iso) => (iso ? `${MOMENT.format(new Date(iso))} UTC` : "no date");

/** "3 h ago", for a time and the server's now. */
export function ago(iso, now) {
  const minutes = Math.round((new Date(now) - new Date(iso)) / 60000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h ago`;
  const days = Math.round(minutes / 1440);
  if (days < 60) return `${days} days ago`;
  return days < 730 ? `${Math.round(days / 30.4)} months ago` : `${Math.round(days / 365.25)} years ago`;
}

/** A date range as people write it. */
export function range(date) {
  if (!date) return "";
  return date.start === date.end ? day(date.start) : `${shortDay(date.start)} – ${day(date.end)}`;
}

export function placeName(place) {
  if (!place) return "Place unknown";
  const country = countryName(place.country);
  if (place.precision === "country") return country || place.name;
  return [...new Set([place.name, place.admin1, country].filter(Boolean))].join(", ");
}

/** "4–11 killed" of a lowest and a highest toll; empty where nobody counts. */
export function span(low, high) {
  if (low === null && high === null) return "";
  if (low === null) return `up to ${number(high)}`;
  if (high === null || low === high) return number(low);
  return `${number(low)}–${number(high)}`;
}

/** A count as one account gives it: "at least 4", "up to 20", "3–5". */
export function count(value) {
  if (!value) return "";
  if (value.min === null && value.max === null) return value.text;
  if (value.max === null) return `at least ${number(value.min)}`;
  return span(value.min, value.max);
}
