import { element, t } from "./texts.js";

/** Ask before a step: resolves true when the user goes on. The text is the page's own. */
function ask(text, label, danger) {
  const go = element("button", { type: "submit", class: `button button--${danger ? "danger" : "primary"}`, value: "yes" }, label);
  const stay = element("button", { type: "submit", class: "button", value: "", autofocus: true }, t("Avbryt"));
  const dialog = element("dialog", { class: "dialog", "aria-labelledby": "ask-title", "aria-describedby": "ask-text" },
    element("form", { method: "dialog", class: "dialog__inner" },
      element("h2", { id: "ask-title" }, t("Bekräfta")),
      element("p", { id: "ask-text" }, text),
      element("div", { class: "actions" }, stay, go)));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    resolve(dialog.returnValue === "yes");
    dialog.remove();
  }, { once: true }));
}

export function startDialogs() {
  document.addEventListener("click", async (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      event.preventDefault();
      document.getElementById(opener.dataset.dialog)?.showModal();
      return;
    }
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) { closer.closest("dialog").close(); return; }
    const asking = event.target.closest("button[data-confirm]");
    if (asking && !asking.dataset.confirmed) {
      event.preventDefault();
      event.stopPropagation();
      if (await ask(asking.dataset.confirm, asking.textContent.trim(), asking.classList.contains("button--danger"))) {
        asking.dataset.confirmed = "yes";
        asking.click();
        delete asking.dataset.confirmed;
      }
    }
  }, true);
}
