// Documents added, replaced and removed, with an admin key.
import { h, say, show } from "./dom.js";
import { card } from "./browse.js";
import { call, json, key, path, Problem } from "./service.js";
import { forget } from "./source.js";
import { t, told } from "./strings.js";

export async function view(main) {
  const held = h("div", {});
  show(main, h("h1", {}, t("admin_title")), h("p", { class: "lead" }, t("admin_lead")), keyForm(() => refresh(held)), h("h2", {}, t("upload")), uploadForm(held), h("h2", {}, t("browse")), held);
  await refresh(held);
}

// Where the list is refused, the key that it needs can still be typed.
function refresh(held) {
  return list(held).catch((error) => show(held, h("p", { class: "error", role: "alert" }, error.message)));
}

function keyForm(kept) {
  const done = h("span", { role: "status" });
  const keep = () => {
    const said = input.value.trim();
    const fits = /^[\x21-\x7e]*$/.test(said); // nothing else can be sent in a header, and every request would fail
    if (fits) {
      key.set(said);
      kept();
    }
    done.textContent = t(fits ? "key_kept" : "key_unusable");
  };
  const input = h("input", { type: "password", id: "key", autocomplete: "off", value: key.get() });
  return h("form", { class: "row", onsubmit: (event) => { event.preventDefault(); keep(); } },
    h("label", { for: "key" }, t("key")), input, h("button", {}, t("keep_key")), done);
}

function uploadForm(held) {
  const files = h("input", { type: "file", id: "files", multiple: true, accept: ".txt,.md,.markdown,.text,.html,.htm,.xhtml,.shtml,.docx,.pdf,.zip" });
  const replace = h("input", { type: "checkbox", id: "replace" });
  const bar = h("progress", { max: 100, value: 0, "aria-label": t("upload"), hidden: true });
  const state = h("p", { role: "status" });
  const report = h("div", {});
  const send = h("button", { class: "primary" }, t("upload_button"));
  const form = h("form", { class: "drop", onsubmit: (event) => { event.preventDefault(); start(files.files); } },
    h("label", { for: "files" }, t("choose_files")), h("div", { class: "row" }, files), h("p", { class: "hint" }, t("drop_here")),
    h("div", { class: "row" }, replace, h("label", { for: "replace" }, t("replace_same"))), send, bar, state, report);
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => { event.preventDefault(); form.classList.remove("over"); start(event.dataTransfer.files); });

  const start = async (chosen) => {
    show(report);
    if (!chosen.length) { state.textContent = t("choose_first"); return; }
    send.disabled = true;
    bar.hidden = false;
    try {
      const reply = await upload(chosen, replace.checked, (percent) => {
        bar.value = percent;
        state.textContent = percent < 100 ? t("uploading", percent) : t("reading");
        if (percent === 100) bar.removeAttribute("value");
      });
      state.textContent = t("what_was_read");
      show(report, understood(reply));
      forget();
      await list(held);
    } catch (error) {
      state.textContent = "";
      show(report, h("p", { class: "error", role: "alert" }, error.message));
    } finally {
      send.disabled = false;
      bar.hidden = true;
      bar.value = 0;
    }
  };
  return form;
}

// fetch does not tell how much has gone; XMLHttpRequest does.
function upload(files, replace, progress) {
  const body = new FormData();
  for (const file of files) body.append("files", file);
  body.append("replace", String(replace));
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/documents");
    request.responseType = "json";
    if (key.get()) request.setRequestHeader("authorization", `Bearer ${key.get()}`);
    request.upload.onprogress = (event) => event.lengthComputable && progress(Math.floor((100 * event.loaded) / event.total));
    request.onload = () => request.status < 300 ? resolve(request.response) : reject(new Problem(told(request.response?.code, request.response?.detail) || `${request.status}`, request.status, request.response?.code));
    request.onerror = () => reject(new Problem(t("offline"), 0, "offline"));
    request.send(body);
  });
}

function understood(reply) {
  const figures = (counts) => Object.entries(counts).filter(([name]) => !["lead_units", "responsible_units", "cells"].includes(name)).reduce((sum, [, count]) => sum + count, 0);
  return h("ul", { class: "cards" },
    reply.added.map((one) => {
      const shown = card(one);
      shown.append(h("p", {}, `${reply.replaced.includes(one.document_id) ? t("replaced") : t("added")}：`,
        t("counts", one.clauses, (one.counts.lead_units || 0) + (one.counts.responsible_units || 0), figures(one.counts))));
      return shown;
    }),
    reply.unchanged.map((id) => h("li", {}, t("unchanged", id))),
    reply.failures.map((one) => h("li", { class: "error" }, t("failed", one.reason))));
}

async function list(place) {
  const found = await json("/v1/documents?limit=1000");
  show(place, h("ul", { class: "cards" }, found.items.map((one) => {
    const shown = card(one);
    shown.append(h("button", { type: "button", onclick: () => remove(one, place) }, t("delete")));
    return shown;
  })));
}

function remove(one, place) {
  const dialog = h("dialog", { "aria-labelledby": "remove-title" }, h("p", { id: "remove-title" }, t("delete_question", one.title)),
    h("div", { class: "row" }, h("button", { type: "button", onclick: () => dialog.close() }, t("cancel")),
      h("button", { class: "primary", type: "button", onclick: async () => {
        dialog.close();
        try {
          await call(`/v1/documents/${path(one.document_id)}`, { method: "DELETE" });
          say(t("deleted", one.title));
          forget();
          await list(place);
        } catch (error) {
          place.prepend(h("p", { class: "error", role: "alert" }, error.message));
        }
      } }, t("delete"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
