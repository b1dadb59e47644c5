// The panel that tells what a form means while it is being written: asked for after a pause, never saved.
import { element, say, t } from "./texts.js";

const PAUSE_MS = 450;
const OFFLINE = "Följderna kunde inte räknas om just nu. Det du har skrivit är kvar.";

function watch(form) {
  const target = document.getElementById(form.dataset.liveTarget);
  if (!target) return;
  let timer;
  let asked;
  let told = "";
  const show = (content) => {
    target.replaceChildren(...content);
    target.removeAttribute("aria-busy");
    // Only the sum is said aloud, and only when it has changed; the tables are there to be read.
    const summary = target.querySelector("[data-summary]")?.textContent.trim() ?? target.textContent.trim();
    if (summary !== told) say((told = summary));
  };
  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    target.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.dataset.live, { method: "POST", body: new FormData(form), signal: asked.signal, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      show([...page.body.childNodes]);
    } catch (error) {
      if (error.name !== "AbortError") show([element("p", { class: "soft" }, t(OFFLINE))]);
    }
  };
  for (const type of ["input", "change", "rows:change"]) {
    form.addEventListener(type, () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE_MS);
    });
  }
  form.addEventListener("submit", () => { clearTimeout(timer); asked?.abort(); });
}

export function startLive() {
  document.querySelectorAll("form[data-live]").forEach(watch);
}
