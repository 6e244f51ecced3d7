// Documents: a list with filters and a search, and one document with its outline and full text.
import { h, marked, say, show } from "./dom.js";
import { openClause, sourceOf } from "./source.js";
import { json, path, post, query } from "./service.js";
import { t } from "./strings.js";

export async function list(main) {
  const results = h("div", {});
  const field = (name, words, type = "text") => h("label", {}, t(words), h("input", { name, type, maxlength: 200 }));
  const filters = h("form", { class: "filters", onsubmit: (event) => { event.preventDefault(); documents(results, new FormData(filters)).catch(failed(results)); } },
    field("place", "filter_place"), h("label", {}, t("filter_year"), h("input", { name: "year", inputmode: "numeric", pattern: "(19|20|21)[0-9]{2}", maxlength: 4, size: 5 })),
    field("issuer", "filter_issuer"), h("button", {}, t("apply")));
  const words = h("input", { name: "query", type: "search", maxlength: 2000 });
  const search = h("form", { class: "filters", role: "search", onsubmit: (event) => { event.preventDefault(); hits(results, words.value).catch(failed(results)); } },
    h("label", {}, t("search"), words), h("button", { class: "primary" }, t("search_button")));
  show(main, h("h1", {}, t("documents_title")), search, filters, results);
  await documents(results, new FormData(filters));
}

const failed = (place) => (error) => show(place, h("p", { class: "error", role: "alert" }, error.message));

async function documents(place, filters) {
  const found = await json(query("/v1/documents", { ...Object.fromEntries(filters), limit: 1000 }));
  say(t("documents_lead", found.total));
  show(place, h("p", { class: "lead" }, found.total ? t("documents_lead", found.total) : t("no_documents")),
    h("ul", { class: "cards" }, found.items.map(card)));
}

export function card(one) {
  const facts = [one.document_number, one.issuer.join("、"), one.issued || one.published, one.place, t("clauses_count", one.clauses)];
  return h("li", {}, h("h2", {}, h("a", { href: `#/document/${encodeURIComponent(one.document_id)}` }, one.title)),
    h("p", {}, facts.filter(Boolean).join(" · ")),
    one.warnings.length ? h("p", {}, `${t("warnings")}：${one.warnings.join("；")}`) : null);
}

async function hits(place, words) {
  if (!words.trim()) return;
  const found = await (await post("/v1/search", { query: words, k: 20 })).json();
  say(found.hits.length ? t("hits", words) : t("no_hits"));
  show(place, h("h2", {}, found.hits.length ? t("hits", words) : t("no_hits")),
    h("ul", { class: "cards" }, found.hits.map((one) => h("li", {},
      h("h3", {}, h("button", { class: "link", type: "button", onclick: (event) => openClause(one.clause_id, event.currentTarget) },
        `${one.document_title} ${one.label} ${one.heading || ""}`)),
      h("blockquote", {}, marked(snippet(one.text, terms(words)), terms(words)))))));
}

// Runs of two characters of the query: enough to show why a clause was found.
function terms(words) {
  const runs = words.match(/[\u3400-\u9fff]+|[A-Za-z0-9.%]+/g) || [];
  return runs.flatMap((run) => (/[\u3400-\u9fff]/.test(run) ? Array.from({ length: run.length - 1 }, (_, at) => run.slice(at, at + 2)) : [run]));
}

function snippet(text, wanted) {
  const at = Math.max(0, Math.min(...wanted.map((term) => text.indexOf(term)).filter((index) => index >= 0), text.length) - 60);
  const first = at >= text.length - 60 ? 0 : at;
  return `${first ? "…" : ""}${text.slice(first, first + 220)}${text.length > first + 220 ? "…" : ""}`;
}

export async function read(main, id) {
  const place = h("div", {}, h("p", {}, t("loading")));
  show(main, place);
  const [one, text] = await Promise.all([json(`/v1/documents/${path(id)}`), sourceOf(id)]);
  if (!place.isConnected) return; // the reader has gone on
  const facts = [["number", one.document_number], ["issuer", one.issuer.join("、")], ["date", one.issued || one.published], ["place", one.place],
    ["file", one.source_file], ["warnings", one.warnings.join("；")]].filter(([, value]) => value);
  const body = h("div", { class: "text" });
  const spans = new Map();
  let at = 0;
  for (const entry of one.outline) {
    if (entry.start < at) continue;
    if (entry.start > at) body.append(h("span", { class: "rest" }, text.slice(at, entry.start)));
    const words = text.slice(entry.start, entry.end);
    const span = entry.clause_id
      ? h("span", { "data-clause": entry.clause_id, onclick: () => openClause(entry.clause_id) }, words)
      : h("strong", {}, words);
    spans.set(entry, span);
    body.append(span);
    at = entry.end;
  }
  if (at < text.length) body.append(h("span", { class: "rest" }, text.slice(at, text.length)));
  const entries = one.outline.filter((entry) => spans.has(entry) && (entry.clause_id || entry.level > 0) && entry.kind !== "row");
  const outline = h("nav", { class: "outline", "aria-label": t("outline") }, h("ul", {}, entries.map((entry) => h("li", { class: `l${Math.min(entry.level, 7)}` },
    h("a", { href: "#", onclick: (event) => jump(event, entry, spans.get(entry)) }, named(entry, text))))));
  show(place, h("p", {}, h("a", { href: "#/documents" }, `← ${t("back")}`)), h("h1", {}, one.title),
    h("dl", { class: "meta" }, facts.map(([key, value]) => [h("dt", {}, t(key)), h("dd", {}, value)])),
    h("div", { class: "reader" }, outline, body));
  window.scrollTo(0, 0);
}

// A heading, or the first words of a clause that has none; its label leads where the words do not say it already.
function named(entry, text) {
  const words = entry.heading || text.slice(entry.start, Math.min(entry.end, entry.start + 16)).trim();
  return entry.label && entry.heading && !entry.heading.startsWith(entry.label) ? `${entry.label} ${words}` : words;
}

function jump(event, entry, span) {
  event.preventDefault();
  for (const link of event.currentTarget.closest("nav").querySelectorAll("[aria-current]")) link.removeAttribute("aria-current");
  event.currentTarget.setAttribute("aria-current", "true");
  span.scrollIntoView({ block: "start" });
  if (entry.clause_id) openClause(entry.clause_id, event.currentTarget);
}
