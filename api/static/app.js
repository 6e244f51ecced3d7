// The frame: which view stands where the address says, which script, which light.
import { h, say, show } from "./dom.js";
import { t, useScript } from "./strings.js";
import { closeSource, openClause } from "./source.js";
import * as ask from "./ask.js";
import * as browse from "./browse.js";
import * as tables from "./tables.js";
import * as admin from "./admin.js";

const main = document.getElementById("main");
const root = document.documentElement;
const THEMES = ["auto", "light", "dark"];
const dark = matchMedia("(prefers-color-scheme: dark)");

// Until the reader chooses, the page speaks as the browser does and an answer is in the question's own script.
const chosen = localStorage.getItem("script");
const state = {
  script: chosen || (/^zh\b.*(hant|tw|hk|mo)/i.test(navigator.language) ? "hant" : "hans"),
  answerScript: chosen,
  theme: localStorage.getItem("theme") || "auto",
};

const VIEWS = [
  [/^#\/documents$/, "documents", () => browse.list(main)],
  [/^#\/document\/(.+)$/, "documents", (id) => browse.read(main, decoded(id))],
  [/^#\/tables(?:\/(\w+))?$/, "tables", (kind) => tables.view(main, kind || "tasks")],
  [/^#\/admin$/, "admin", () => admin.view(main)],
  [/^#\/clause\/(.+)$/, "ask", (id) => { ask.view(main, state); openClause(decoded(id)); }],
  [/^#\/ask\/(.+)$/, "ask", (question) => { ask.view(main, state); ask.put(decoded(question)); }],
  [/^/, "ask", () => ask.view(main, state)],
];

// An address that was cut in the middle of a character cannot be read.
function decoded(words) {
  try {
    return decodeURIComponent(words);
  } catch {
    throw new Error(t("bad_address"));
  }
}

let visits = 0;

function route() {
  const address = location.hash || "#/";
  if (!address.startsWith("#/")) return; // a jump within the page
  for (const [pattern, name, view] of VIEWS) {
    const found = address.match(pattern);
    if (!found) continue;
    for (const link of document.querySelectorAll("nav [data-view]")) {
      if (link.dataset.view === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (!address.startsWith("#/clause/")) closeSource();
    const visit = ++visits;
    new Promise((done) => done(view(...found.slice(1)))).catch((error) => visit === visits && failed(error)).then(() => {
      // What had the focus may be gone with the view before; the keyboard goes on in the new one, not at the head of the page.
      if (visit > 1 && visit === visits && document.activeElement === document.body) main.focus({ preventScroll: true });
    });
    document.title = name === "ask" ? "条文 Tiaowen" : `${t(name === "documents" ? "browse" : name)} · 条文 Tiaowen`;
    return;
  }
}

function failed(error) {
  show(main, h("p", { class: "error", role: "alert" }, error.message));
}

function speak() {
  useScript(state.script);
  root.lang = state.script === "hant" ? "zh-Hant" : "zh-Hans";
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    const key = element.dataset.tLabel;
    element.setAttribute("aria-label", key === "theme" ? t(key, t(`theme_${state.theme}`)) : t(key));
  }
  document.getElementById("script").textContent = state.script === "hant" ? "简" : "繁";
}

function light() {
  const shown = state.theme === "auto" ? (dark.matches ? "dark" : "light") : state.theme;
  root.dataset.theme = shown;
  document.getElementById("theme").textContent = { auto: "◐", light: "☀", dark: "☾" }[state.theme];
}

document.getElementById("script").addEventListener("click", () => {
  state.script = state.script === "hant" ? "hans" : "hant";
  state.answerScript = state.script;
  localStorage.setItem("script", state.script);
  speak();
  if (location.hash.startsWith("#/ask/")) ask.view(main, state); // what the address asks was asked
  else route();
});
document.getElementById("theme").addEventListener("click", () => {
  state.theme = THEMES[(THEMES.indexOf(state.theme) + 1) % THEMES.length];
  localStorage.setItem("theme", state.theme);
  light();
  speak();
  say(t("theme", t(`theme_${state.theme}`)));
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) closeSource();
});
dark.addEventListener("change", light);
window.addEventListener("hashchange", route);

light();
speak();
route();
