// The facts as tables that sort and filter: who leads what, targets with a chart, subsidies.
import { h, say, show, svg } from "./dom.js";
import { openClause } from "./source.js";
import { call, json, query } from "./service.js";
import { t } from "./strings.js";

const KINDS = ["tasks", "targets", "subsidies"];
const SHOWN = 1000;
const COLUMNS = {
  tasks: [["place", (f) => f.place], ["unit", (f) => f.unit], ["role", (f) => t(`${f.role}_role`)], ["task", (f) => f.task]],
  targets: [["place", (f) => f.place], ["year", (f) => f.year], ["indicator", (f) => f.indicator], ["scope", (f) => f.scope], ["value", (f) => f.text], ["amount", (f) => f.value], ["measure", (f) => f.unit], ["sentence", (f) => f.sentence]],
  subsidies: [["place", (f) => f.place], ["task", (f) => f.heading], ["indicator", (f) => f.indicator], ["value", (f) => f.text], ["amount", (f) => f.value], ["measure", (f) => f.unit], ["cap", (f) => f.cap], ["period", (f) => f.periods.join("；")], ["conditions", (f) => f.conditions.join("；")], ["sentence", (f) => f.sentence]],
};

export async function view(main, kind) {
  if (!KINDS.includes(kind)) kind = "tasks";
  const results = h("div", { id: "facts", role: "tabpanel", "aria-labelledby": `tab-${kind}`, tabindex: 0 });
  const tab = (name) => h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(name === kind), "aria-controls": "facts",
    tabindex: name === kind ? 0 : -1, onclick: () => { location.hash = `#/tables/${name}`; } }, t(name));
  const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": t("tables_title") }, KINDS.map(tab));
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) location.hash = `#/tables/${KINDS[(KINDS.indexOf(kind) + step + KINDS.length) % KINDS.length]}`;
  });
  const field = (name, words) => h("label", {}, t(words), h("input", { name, maxlength: 200 }));
  const filters = h("form", { class: "filters", onsubmit: (event) => { event.preventDefault(); fill().catch(failed); } },
    field("place", "filter_place"), field("unit", "filter_unit"),
    h("label", {}, t("filter_year"), h("input", { name: "year", inputmode: "numeric", pattern: "(19|20|21)[0-9]{2}", maxlength: 4, size: 5 })),
    field("indicator", "filter_indicator"), h("button", {}, t("apply")),
    h("button", { type: "button", onclick: () => download(kind, values()).catch(failed) }, t("csv")));
  const values = () => Object.fromEntries(new FormData(filters));
  const failed = (error) => show(results, h("p", { class: "error", role: "alert" }, error.message));
  const fill = async () => {
    const found = await json(query("/v1/facts", { kind, ...values(), limit: SHOWN }));
    const count = found.total > found.items.length ? t("shown_part", found.total, found.items.length) : t("shown", found.total);
    say(count);
    if (!found.total) show(results, h("p", { class: "lead" }, t("no_facts")));
    else if (kind === "tasks") tasks(results, found.items, count);
    else show(results, kind === "targets" ? chart(found.items) : null, table(kind, found.items, count));
  };
  const onTab = document.activeElement?.getAttribute("role") === "tab";
  show(main, h("h1", {}, t("tables_title")), tabs, filters, results);
  if (onTab) document.getElementById(`tab-${kind}`).focus();
  await fill();
}

async function download(kind, values) {
  const data = await (await call(query("/v1/facts", { kind, ...values, format: "csv" }))).blob();
  const link = h("a", { href: URL.createObjectURL(data), download: `tiaowen-${kind}.csv` });
  link.click();
  URL.revokeObjectURL(link.href);
}

// A table whose column heads sort it; numbers by size, words by the order of their script.
function table(kind, facts, count) {
  const columns = [...COLUMNS[kind], ["clause", null]];
  const used = columns.filter(([, of]) => of === null || facts.some((fact) => of(fact) !== null && of(fact) !== "" && of(fact) !== undefined));
  const rows = facts.map((fact) => ({ fact, row: h("tr", {}, used.map(([name, of]) => cell(fact, name, of))) }));
  const body = h("tbody", {}, rows.map((one) => one.row));
  const heads = used.map(([name, of]) => {
    const head = h("th", { scope: "col", "aria-sort": "none" });
    head.append(h("button", { type: "button", title: t("sort_by", t(name)), onclick: () => sort(head, of || ((fact) => fact.clause_label)) }, t(name), " ⇅"));
    return head;
  });
  const sort = (head, of) => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of heads) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = (one) => of(one.fact) ?? "";
    rows.sort((a, b) => (up ? 1 : -1) * compare(value(a), value(b)));
    body.append(...rows.map((one) => one.row));
  };
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t(kind) },
    h("table", {}, h("caption", {}, count), h("thead", {}, h("tr", {}, heads)), body));
}

function compare(one, other) {
  return typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other), "zh");
}

function cell(fact, name, of) {
  if (of === null) return h("td", {}, clauseLink(fact, `${fact.document_number || fact.document_title} ${fact.clause_label}`));
  const value = of(fact);
  return h("td", { class: typeof value === "number" && name !== "year" ? "number" : null }, value ?? "");
}

function clauseLink(fact, words) {
  return h("button", { class: "link", type: "button", onclick: (event) => openClause(fact.clause_id, event.currentTarget) }, words);
}

// Unit × task of one document, or every fact in a list.
function tasks(place, facts, count) {
  const documents = [...new Map(facts.map((fact) => [fact.document_id, fact.document_title]))];
  const shown = h("div", {});
  const choice = h("select", { onchange: () => draw() }, h("option", { value: "" }, t("list")),
    documents.map(([id, title]) => h("option", { value: id }, title)));
  if (documents.length) choice.value = documents[0][0];
  const draw = () => show(shown, choice.value ? matrix(facts.filter((fact) => fact.document_id === choice.value)) : table("tasks", facts, count));
  show(place, h("div", { class: "filters" }, h("label", {}, t("choose_document"), choice)), shown);
  draw();
}

function matrix(facts) {
  const units = [...new Set(facts.map((fact) => fact.unit))];
  const clauses = [...new Map(facts.map((fact) => [fact.clause_id, fact])).values()];
  const role = new Map(facts.map((fact) => [`${fact.clause_id}\n${fact.unit}`, fact.role]));
  const mark = (clause, unit) => {
    const held = role.get(`${clause.clause_id}\n${unit}`);
    if (!held) return h("td", {});
    return h("td", { class: held === "lead" ? "lead-unit" : null }, h("span", { "aria-hidden": "true" }, held === "lead" ? "●" : "○"),
      h("span", { class: "visually-hidden" }, t(`${held}_role`)));
  };
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": t("matrix") }, h("table", { class: "matrix" },
    h("caption", {}, `${t("matrix")}　${t("legend")}`),
    h("thead", {}, h("tr", {}, h("td", {}), units.map((unit) => h("th", { scope: "col" }, unit)))),
    h("tbody", {}, clauses.map((clause) => h("tr", {}, h("th", { scope: "row" }, clauseLink(clause, `${clause.clause_label} ${clause.task}`)), units.map((unit) => mark(clause, unit)))))));
}

// Bars of one indicator by place and year, with the same figures as a table beside them.
function chart(facts) {
  const groups = new Map();
  for (const fact of facts) {
    if (fact.value === null || fact.year === null || !fact.indicator || fact.scope) continue;
    const name = `${fact.indicator}\n${fact.unit || ""}`;
    groups.set(name, [...(groups.get(name) || []), fact]);
  }
  const several = [...groups].filter(([, held]) => new Set(held.map((fact) => `${fact.place} ${fact.year}`)).size > 1)
    .sort((a, b) => b[1].length - a[1].length);
  if (!several.length) return null;
  const drawn = h("div", { class: "chart" });
  const label = (name) => { const [indicator, unit] = name.split("\n"); return unit ? t("chart_of", indicator, unit) : indicator; };
  const choice = h("select", { onchange: () => draw() }, several.map(([name]) => h("option", { value: name }, label(name))));
  const draw = () => {
    const held = groups.get(choice.value).toSorted((a, b) => compare(a.place, b.place) || a.year - b.year).slice(0, 40);
    show(drawn, bars(held, label(choice.value)), h("div", { class: "scroll" }, h("table", {}, h("caption", {}, label(choice.value)),
      h("thead", {}, h("tr", {}, ["place", "year", "value"].map((name) => h("th", { scope: "col" }, t(name))))),
      h("tbody", {}, held.map((fact) => h("tr", {}, h("th", { scope: "row" }, fact.place || ""), h("td", {}, fact.year), h("td", {}, clauseLink(fact, fact.text))))))));
  };
  draw();
  return [h("h2", {}, t("chart")), h("div", { class: "filters" }, h("label", {}, t("indicator"), choice)), drawn];
}

function bars(facts, title) {
  const row = 30, left = 210, width = 640;
  const most = Math.max(...facts.map((fact) => fact.value)) || 1;
  const last = (place) => Array.from(place || "").slice(-9).join("");
  return svg("svg", { viewBox: `0 0 ${width} ${facts.length * row + 20}`, role: "img", "aria-label": title },
    svg("line", { class: "axis", x1: left, y1: 6, x2: left, y2: facts.length * row + 12 }),
    facts.map((fact, at) => [
      svg("text", { x: left - 8, y: at * row + 28, "text-anchor": "end" }, `${last(fact.place)} ${fact.year}`),
      svg("rect", { class: "bar", x: left, y: at * row + 13, height: row - 10, rx: 2, width: Math.max(2, (fact.value / most) * (width - left - 110)) }),
      svg("text", { x: left + Math.max(2, (fact.value / most) * (width - left - 110)) + 6, y: at * row + 28 }, fact.text),
    ]));
}
