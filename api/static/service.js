// The service, as the page calls it. A problem becomes an Error whose message is one line for a person.
import { t, told } from "./strings.js";

export class Problem extends Error {
  constructor(detail, status, code) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export const key = {
  get: () => sessionStorage.getItem("key") || "",
  set: (value) => (value ? sessionStorage.setItem("key", value) : sessionStorage.removeItem("key")),
};

// Ids hold 〔〕 and slashes; a slash may stand as it is.
export const path = (id) => id.split("/").map(encodeURIComponent).join("/");

function headers(more = {}) {
  return key.get() ? { ...more, authorization: `Bearer ${key.get()}` } : more;
}

async function problem(response) {
  try {
    const said = await response.json();
    return new Problem(told(said.code, said.detail), response.status, said.code);
  } catch {
    return new Problem(`${response.status} ${response.statusText}`, response.status, "unknown");
  }
}

export async function call(address, options = {}) {
  let response;
  try {
    response = await fetch(address, { ...options, headers: headers(options.headers) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(t("offline"), 0, "offline");
  }
  if (!response.ok) throw await problem(response);
  return response;
}

export const json = async (address, options) => (await call(address, options)).json();

export const post = (address, body, signal) =>
  call(address, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" }, signal });

export function query(address, values) {
  const kept = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return kept.length ? `${address}?${new URLSearchParams(kept)}` : address;
}

// The events of a stream, one [name, data] after another. Lines may arrive in any pieces.
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    held += value;
    for (let end = held.indexOf("\n\n"); end >= 0; end = held.indexOf("\n\n")) {
      const lines = held.slice(0, end).split("\n");
      held = held.slice(end + 2);
      const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      yield [field("event"), JSON.parse(field("data"))];
    }
  }
}
