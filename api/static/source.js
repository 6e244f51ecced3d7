// The source panel: a clause where it stands in its document, with what is known of it.
import { h, say, show, Source } from "./dom.js";
import { call, json, path } from "./service.js";
import { t } from "./strings.js";

const panel = document.getElementById("source");
const texts = new Map(); // the last few source texts
let opener = null;
let asked = 0; // of several clauses asked for, the last is shown, whichever comes last

export async function openClause(id, from = null) {
  const mine = ++asked;
  opener = from || opener;
  panel.hidden = false;
  show(panel, h("p", { class: "paper" }, t("loading")), closer());
  try {
    const clause = await json(`/v1/clauses/${path(id)}`);
    const text = await sourceOf(clause.document_id);
    if (mine === asked) draw(clause, text);
  } catch (error) {
    if (mine === asked) show(panel, h("p", { class: "error", role: "alert" }, error.message), closer());
  }
}

export function closeSource() {
  if (panel.hidden) return;
  asked += 1;
  panel.hidden = true;
  show(panel);
  if (location.hash.startsWith("#/clause/")) history.replaceState(null, "", "#/");
  if (opener?.isConnected) opener.focus();
  opener = null;
}

export async function sourceOf(documentId) {
  if (!texts.has(documentId)) {
    const text = new Source(await (await call(`/v1/documents/${path(documentId)}/source`)).text());
    if (texts.size >= 8) texts.delete(texts.keys().next().value);
    texts.set(documentId, text);
  }
  return texts.get(documentId);
}

export function forget() {
  texts.clear();
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say(t("copied"));
  } catch {
    say(t("copy_failed"));
  }
}

export const permanent = (id) => `${location.origin}${location.pathname}#/clause/${path(id)}`;

function closer() {
  return h("button", { class: "quiet close", type: "button", "aria-label": t("close"), onclick: closeSource }, "✕");
}

function draw(clause, text) {
  const name = `${clause.document_title}${clause.document_number ? `（${clause.document_number}）` : ""}${clause.label}`;
  const facts = [
    ["number", clause.document_number], ["issuer", clause.issuer], ["date", clause.published], ["place", clause.place],
    ["lead_units", clause.lead_units.join("、")], ["responsible_units", clause.responsible_units.join("、")],
    ["figures", [...new Set(clause.figures.map((one) => one.text))].join("、")],
    ["where", `${clause.source_file} [${clause.start}, ${clause.end})`],
  ].filter(([, value]) => value);
  const step = (id, words) => h("button", { type: "button", disabled: id === null, onclick: () => openClause(id) }, t(words));
  const mark = h("mark", { tabindex: -1 }, text.slice(clause.start, clause.end));
  const before = text.slice(0, clause.start);
  show(panel,
    h("div", { class: "head" },
      h("h2", { id: "source-title", tabindex: -1 }, `${clause.document_title} ${clause.label}`),
      clause.heading ? h("p", {}, clause.heading) : null,
      h("dl", {}, facts.map(([key, value]) => [h("dt", {}, t(key)), h("dd", {}, value)])),
      h("div", { class: "tools" },
        step(clause.previous, "previous"), step(clause.next, "next"),
        h("button", { type: "button", onclick: () => copy(`“${clause.text}”——${name}`) }, t("copy_clause")),
        h("button", { type: "button", onclick: () => copy(permanent(clause.clause_id)) }, t("copy_link")),
        h("a", { href: `#/document/${encodeURIComponent(clause.document_id)}` }, t("open_document")))),
    h("div", { class: "paper", tabindex: 0, role: "region", "aria-label": t("source") }, before, mark, text.slice(clause.end, text.length)),
    closer());
  mark.scrollIntoView({ block: "center" });
  panel.querySelector("h2").focus({ preventScroll: true });
}
