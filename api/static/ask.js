// A conversation: questions with their history, replies that come as a stream, each statement with its citations.
import { h, say, show } from "./dom.js";
import { copy, openClause } from "./source.js";
import { events, json, post } from "./service.js";
import { t } from "./strings.js";

const REASONS = { wrong_figure: "wrong_figure", wrong_clause: "wrong_clause", incomplete: "incomplete", not_found: "missing", unclear: "unclear", other: "other" };
const turns = []; // {question, answer}: kept while the reader looks at other views
let running = null; // {stop, turn}: the question that is being answered, which goes on while the reader looks elsewhere
let page = null;

export function view(main, state) {
  const log = h("div", { role: "log", "aria-live": "off" });
  const input = h("textarea", { id: "question", rows: 1, maxlength: 2000, placeholder: t("placeholder"), enterkeyhint: "send" });
  const send = h("button", { class: "primary", type: "submit" }, t(running ? "stop" : "send"));
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); running ? running.stop.abort() : put(input.value); } },
    h("label", { class: "visually-hidden", for: "question" }, t("question")), input, send);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!running) put(input.value);
    }
  });
  input.addEventListener("input", () => grow(input));
  page = { log, input, send, state };
  show(main, h("div", { class: "chat" }, log,
    h("div", { class: "composer" }, form, h("p", { class: "hint" }, h("span", {}, t("hint")),
      h("button", { class: "link", type: "button", onclick: () => restart(main, state) }, t("new_chat"))))));
  if (turns.length) for (const turn of turns) log.append(shown(turn.question, turn.answer));
  else if (!running) welcome(log);
  if (running) log.append(running.turn);
  input.focus({ preventScroll: true });
}

function restart(main, state) {
  running?.stop.abort();
  running = null;
  turns.length = 0;
  view(main, state);
}

function grow(input) {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
}

async function welcome(log) {
  const groups = h("div", { class: "samples" });
  show(log, h("h1", {}, t("title")), h("p", { class: "lead" }, t("lead")), groups);
  try {
    const samples = await json("/v1/samples");
    for (const reader of ["parent", "clerk"]) {
      if (!samples[reader].length) continue;
      groups.append(h("section", {}, h("h2", {}, t(`for_${reader}`)),
        samples[reader].map((question) => h("button", { type: "button", onclick: () => put(question) }, question))));
    }
  } catch (error) {
    groups.append(h("p", { class: "error", role: "alert" }, error.message));
  }
}

// Ask `question` as the next of the conversation.
export async function put(question) {
  question = question.trim();
  if (!question || running) return;
  const { log, input, state } = page;
  if (log.querySelector(".samples")) show(log);
  input.value = "";
  grow(input);
  const reply = h("div", { class: "reply", "aria-busy": "true" }, h("p", { class: "understood" }, t("working")));
  const mine = { stop: new AbortController(), turn: turn(question, reply) };
  log.append(mine.turn);
  reply.scrollIntoView({ block: "nearest" });
  running = mine;
  page.send.textContent = t("stop");
  say(t("working"));
  try {
    const body = { question, history: turns.map((one) => one.question), script: state.answerScript };
    const response = await post("/v1/ask/stream", body, mine.stop.signal);
    const answer = await streamed(reply, response);
    if (!answer) throw new Error(t("stream_broken"));
    turns.push({ question, answer });
    show(reply, ...card(answer));
    say(`${t(answer.status)}。${answer.answer}`);
  } catch (error) {
    const stopped = error.name === "AbortError";
    show(reply, h("p", { class: stopped ? "understood" : "error", role: "alert" }, stopped ? t("stopped") : error.message));
  } finally {
    reply.removeAttribute("aria-busy");
    if (running === mine) {
      running = null;
      page.send.textContent = t("send");
    }
    reply.scrollIntoView({ block: "nearest" });
  }
}

async function streamed(reply, response) {
  const partly = { statements: [], citations: [] };
  for await (const [name, data] of events(response)) {
    if (name === "done") return data;
    if (name === "citations") partly.citations = data;
    if (name === "statement") {
      partly.statements.push(data);
      show(reply, statements(partly));
    }
  }
  return null;
}

function turn(question, reply) {
  return h("section", { class: "turn" },
    h("div", { class: "asked" }, h("p", {}, h("span", { class: "visually-hidden" }, t("you_asked")), question)), reply);
}

function shown(question, answer) {
  return turn(question, h("div", { class: "reply" }, card(answer)));
}

function statements(answer) {
  return h("ul", { class: "statements" }, answer.statements.map((one) => h("li", {}, one.text, one.citations.map((at) => chip(answer.citations[at], at)))));
}

function chip(citation, at) {
  return h("button", { class: "chip", type: "button", "aria-label": t("citation", at + 1, `${citation.document_title} ${citation.clause_label}`),
    onclick: (event) => openClause(citation.clause_id, event.currentTarget) }, at + 1);
}

function link(citation) {
  const words = `《${citation.document_title}》${citation.clause_label} ${citation.heading || ""}`.trim();
  return h("button", { class: "link", type: "button", onclick: (event) => openClause(citation.clause_id, event.currentTarget) }, words);
}

// Everything a reply says. Lines of the answer that are no statement (how it was read, what is missing) stand around them.
function card(answer) {
  const said = new Set(answer.statements.map((one) => one.text));
  const lines = answer.answer.split("\n").filter((line) => line.trim());
  const first = lines.findIndex((line) => said.has(line));
  const others = (part) => part.filter((line) => !said.has(line)).map((line) => h("p", { class: "says" }, line));
  const before = first < 0 ? lines : lines.slice(0, first);
  const after = first < 0 ? [] : lines.slice(first);
  return [
    h("span", { class: `outcome ${answer.status}` }, t(answer.status)),
    bare(answer.understood) !== bare(answer.question) && turns.length ? h("p", { class: "understood" }, t("understood", answer.understood)) : null,
    others(before),
    answer.statements.length ? statements(answer) : null,
    others(after),
    answer.deterministic ? h("details", {}, h("summary", {}, `${t(answer.mode)}。${t("rules_said")}`), h("p", { class: "says" }, answer.deterministic.answer)) : null,
    answer.citations.length ? h("ol", { class: "cites", "aria-label": t("citations") }, answer.citations.map((one, at) => h("li", {}, chip(one, at), link(one)))) : null,
    answer.nearest.length ? h("div", { class: "nearest" }, h("h3", {}, t("nearest")), h("ul", {}, answer.nearest.map((one) => h("li", {}, link(one))))) : null,
    answer.follow_ups.length ? h("div", { class: "followups", role: "group", "aria-label": t("follow_ups") },
      answer.follow_ups.map((question) => h("button", { type: "button", onclick: () => put(question) }, question))) : null,
    judge(answer),
  ].flat().filter(Boolean);
}

const bare = (text) => text.replace(/[\s?？。，,]/g, "");

function judge(answer) {
  const box = h("div", { class: "judge" });
  const kept = async (verdict, more = {}) => {
    try {
      await post("/v1/feedback", { reply_id: answer.reply_id, verdict, ...more });
      show(box, t("thanks"));
      say(t("thanks"));
    } catch (error) {
      show(box, h("span", { class: "error", role: "alert" }, error.message));
    }
  };
  const why = () => {
    const reason = h("select", {}, Object.entries(REASONS).map(([value, words]) => h("option", { value }, t(words))));
    const comment = h("input", { type: "text", maxlength: 500 });
    const more = () => ({ reason: reason.value, question: answer.question, ...(comment.value ? { comment: comment.value } : {}) });
    show(box, h("form", { onsubmit: (event) => { event.preventDefault(); kept("down", more()); } },
      h("label", { class: "field" }, t("reason"), reason), h("label", { class: "field" }, t("comment"), comment), h("button", {}, t("send_feedback"))));
    reason.focus();
  };
  const whole = () => [answer.answer, ...answer.citations.map((one, at) => `[${at + 1}] ${one.document_title}${one.document_number ? `（${one.document_number}）` : ""}${one.clause_label}：${one.quote}`)].join("\n");
  box.append(
    h("button", { class: "link", type: "button", onclick: () => kept("up") }, t("useful")),
    h("button", { class: "link", type: "button", onclick: why }, t("not_useful")),
    h("button", { class: "link", type: "button", onclick: () => copy(whole()) }, t("copy_answer")));
  return box;
}
