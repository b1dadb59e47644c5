// Find a place by name: asked of the service after a pause; a choice moves the map there, and nothing is typed for the writer.
import { element, say, t } from "./texts.js";

const PAUSE_MS = 300;
const NEAR_M_PER_PIXEL = 4;

export function startPlaceSearch(map, box) {
  const field = document.querySelector(`[data-place-search][data-target="${box.id}"]`);
  const input = field?.querySelector("input");
  const list = field?.querySelector("ul");
  if (!input || !list) return;
  field.hidden = false;
  let timer;
  let asked;
  const go = (hit) => {
    map.getView().animate({ center: [hit.east, hit.north], resolution: NEAR_M_PER_PIXEL, duration: 0 });
    say(t("Kartan visar %(label)s.").replace("%(label)s", hit.label));
    box.scrollIntoView({ block: "nearest" });
  };
  const show = (hits) => {
    list.replaceChildren(...hits.map((hit) => {
      const button = element("button", { type: "button", class: "button button--quiet button--small" }, hit.label);
      button.addEventListener("click", () => go(hit));
      return element("li", {}, button, element("span", { class: "soft" }, ` ${hit.kind}, ${hit.detail}`));
    }));
    if (!hits.length) list.append(element("li", { class: "soft" }, t("Inget med det namnet.")));
    say(t("%(count)s platser hittades.").replace("%(count)s", String(hits.length)));
  };
  const ask = async () => {
    asked?.abort();
    const text = input.value.trim();
    if (text.length < 2) { list.replaceChildren(); return; }
    asked = new AbortController();
    try {
      const answer = await fetch(`${field.dataset.placeSearch}?q=${encodeURIComponent(text)}`, { signal: asked.signal, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") list.replaceChildren(element("li", { class: "soft" }, t("Sökningen gick inte. Skriv koordinaterna i fälten i stället.")));
    }
  };
  // What is searched for is no part of the form: nothing that listens to it need hear.
  input.addEventListener("input", (event) => { event.stopPropagation(); clearTimeout(timer); timer = setTimeout(ask, PAUSE_MS); });
  // Enter searches; it does not send the form.
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); clearTimeout(timer); ask(); } });
}
