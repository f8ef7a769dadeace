// Asking the API. Errors carry what a reader can do about them.

export class Problem extends Error {
  constructor(status, message, parameter = null) {
    super(message);
    this.status = status;
    this.parameter = parameter;
  }
}

/** The JSON answer to a GET under /api/v1. Throws Problem; an aborted request throws AbortError. */
export async function ask(path, params, signal) {
  const query = params ? `?${params}` : "";
  const response = await patiently(`/api/v1/${path}${query}`, { signal, headers: { accept: "application/json" } });
  if (response.ok) return response.json();
  const told = await response.json().catch(() => ({}));
  throw new Problem(response.status, told.error ?? "The server could not answer.", told.parameter);
}

// A laptop that changes networks breaks what is under way; a moment later it works again.
const PAUSES = [300, 1200];

async function patiently(address, options) {
  for (const pause of [...PAUSES, null]) {
    try {
      return await fetch(address, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if (pause === null) break;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  throw new Problem(0, "The dashboard's server does not answer. Is it still running? Then try again.");
}

/** A JSON file among the assets. Throws Problem. */
export async function asset(name) {
  const response = await patiently(`/assets/${name}`, {});
  if (!response.ok) throw new Problem(response.status, `${name} is missing`);
  return response.json();
}

/** Lets only the newest of several requests through: each call aborts the one before. */
export function newestOnly() {
  let controller = null;
  return () => {
    controller?.abort();
    controller = new AbortController();
    return controller.signal;
  };
}
