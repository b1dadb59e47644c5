import { element, t } from "./texts.js";

const TYPING_PAUSE_MS = 350;

/** Filters send themselves: at once for a choice, after a pause for typing. */
function startFilters() {
  let timer;
  const send = (form) => { clearTimeout(timer); form.requestSubmit(); };
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-autosubmit]");
    if (form && event.target.type !== "search" && event.target.type !== "text") send(form);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-autosubmit]");
    if (!form || (event.target.type !== "search" && event.target.type !== "text")) return;
    clearTimeout(timer);
    timer = setTimeout(() => send(form), TYPING_PAUSE_MS);
  });
}

/** A form marked data-warn-unsaved says so when it has been changed, and the browser asks before leaving. */
function startUnsaved() {
  const changed = new Set();
  const note = (form) => {
    changed.add(form);
    const place = form.querySelector(":scope .actions");
    if (place && !place.querySelector(".unsaved")) place.append(element("span", { class: "unsaved" }, "● " + t("Osparade ändringar")));
  };
  const clear = (form) => {
    changed.delete(form);
    form.querySelector(".unsaved")?.remove();
  };
  for (const type of ["input", "change", "rows:change"]) {
    document.addEventListener(type, (event) => {
      const form = event.target.closest?.("form[data-warn-unsaved]");
      if (form) note(form);
    });
  }
  document.addEventListener("submit", (event) => clear(event.target));
  document.addEventListener("form:drafted", (event) => changed.delete(event.target));
  document.addEventListener("form:saved", (event) => clear(event.target));
  window.addEventListener("beforeunload", (event) => { if (changed.size) event.preventDefault(); });
}

/** The error summary takes the focus; its links go to the field itself. */
function focusErrors(root) {
  const summary = root.querySelector?.("[data-error-summary]");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const target = document.getElementById(event.target.closest("a")?.hash.slice(1) ?? "");
    if (!target) return;
    event.preventDefault();
    const field = target.closest("fieldset") && target.matches("fieldset") ? target.querySelector("input") : target;
    field.focus();
    (field.closest(".field") ?? field).scrollIntoView({ block: "center" });
  });
}

export function startForms() {
  startFilters();
  startUnsaved();
  focusErrors(document);
  document.addEventListener("htmx:after:swap", (event) => focusErrors(event.detail?.ctx?.target ?? document));
}
