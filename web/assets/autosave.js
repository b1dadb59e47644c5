// What stands in a step is kept on the server while it is being written: when a field is left, and every ten seconds.
import { element, t } from "./texts.js";

const EVERY_MS = 10_000;
// Leaving a field for the save button must not start a draft of what is about to be saved.
const AFTER_FIELD_MS = 300;

function content(form) {
  const sent = new FormData(form);
  sent.delete("csrf_token");
  return new URLSearchParams(sent).toString();
}

/** The token of a page that was signed in anew in another tab. */
async function freshToken() {
  const answer = await fetch(location.pathname, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector('meta[name="csrf-token"]')?.content ?? null;
}

function useToken(token) {
  document.querySelector('meta[name="csrf-token"]').content = token;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
}

function watch(form) {
  const status = form.querySelector("[data-autosave-status]");
  let kept = content(form);
  let timer;
  let asked;
  let told = "";
  const show = (key, ...parts) => {
    if (key !== told) status.replaceChildren(...parts);
    told = key;
  };
  const post = (signal) => fetch(form.dataset.autosave, {
    method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, signal, credentials: "same-origin",
  });
  const signedOut = () => {
    const url = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    const link = element("a", { href: url, target: "_blank", rel: "noopener" }, t("Logga in i en ny flik"));
    show("out", `${t("Du är utloggad. Det du skrivit finns kvar på sidan.")} `, link);
  };
  const save = async () => {
    clearTimeout(timer);
    const now = content(form);
    if (now === kept || asked) return;
    asked = new AbortController();
    try {
      let answer = await post(asked.signal);
      if (answer.status === 403) {
        const token = await freshToken();
        if (token) {
          useToken(token);
          answer = await post(asked.signal);
        }
      }
      if (answer.status === 401) signedOut();
      else if (answer.status === 422) show("long", t("Texten är för lång för att sparas som utkast. Spara steget."));
      else if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      else {
        kept = now;
        const { clock } = await answer.json();
        show(clock, clock ? t("Utkast sparat %(clock)s").replace("%(clock)s", clock) : "");
        // The page may be left: nothing is lost. What was typed since then is told anew.
        if (content(form) === now) form.dispatchEvent(new CustomEvent("form:drafted", { bubbles: true }));
      }
    } catch (error) {
      if (error.name !== "AbortError") show("off", t("Utkastet kunde inte sparas just nu. Det du har skrivit är kvar på sidan."));
    } finally {
      asked = undefined;
    }
  };
  form.addEventListener("focusout", () => { clearTimeout(timer); timer = setTimeout(save, AFTER_FIELD_MS); });
  const ticking = setInterval(save, EVERY_MS);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    clearTimeout(timer);
    clearInterval(ticking);
    asked?.abort();
  });
}

export function startAutosave() {
  document.querySelectorAll("form[data-autosave]").forEach(watch);
}
