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
  let response;
  try {
    response = await fetch(`/api/v1/${path}${query}`, { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The dashboard's server does not answer. Is it still running? Then try again.");
  }
  if (response.ok) return response.json();
  const told = await response.json().catch(() => ({}));
  throw new Problem(response.status, told.error ?? "The server could not answer.", told.parameter);
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
