// What every page has. Each behaviour is an improvement: the pages work without.
import "htmx.org";
import { startAutosave } from "./autosave.js";
import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startGrids } from "./grids.js";
import { startLive } from "./live.js";
import { startRows } from "./rows.js";
import { startShortcuts } from "./shortcuts.js";
import { element, t } from "./texts.js";

function startMenu() {
  const button = document.querySelector("[data-menu-button]");
  const menu = button && document.getElementById(button.getAttribute("aria-controls"));
  button?.addEventListener("click", () => {
    const open = menu.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(open));
  });
}

function startUserMenu() {
  const menu = document.querySelector(".user-menu");
  if (!menu) return;
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}

// The page's title tells how far a calculation has come, so that another tab can be watched from the side.
function startProgress() {
  const plain = document.title;
  const show = () => {
    const panel = document.querySelector("[data-progress]");
    document.title = panel?.dataset.progress ? `${panel.dataset.progress} % – ${plain}` : plain;
  };
  show();
  document.addEventListener("htmx:after:swap", show);
}

function startFaults() {
  const tell = (text) => document.getElementById("flashes")?.replaceChildren(element("p", { class: "callout callout--fault callout--plain" }, text));
  document.addEventListener("htmx:error", () => tell(t("Svaret uteblev. Kontrollera nätet och försök igen.")));
  document.addEventListener("htmx:response:error", (event) => {
    const status = event.detail.ctx.response.status;
    if (status === 401) tell(t("Du är inte inloggad längre. Logga in och försök igen."));
    else if (![409, 422].includes(status)) tell(`${t("Det gick inte.")} (${status})`);
  });
  document.addEventListener("htmx:config:request", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    if (token && event.detail.ctx?.request?.headers) event.detail.ctx.request.headers["X-CSRFToken"] = token;
  });
}

function start() {
  document.documentElement.classList.remove("no-js");
  for (const hidden of document.querySelectorAll("[data-needs-js]")) hidden.hidden = false;
  startMenu();
  startUserMenu();
  startForms();
  startRows();
  startGrids();
  startLive();
  startAutosave();
  startDialogs();
  startShortcuts();
  startProgress();
  startFaults();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
