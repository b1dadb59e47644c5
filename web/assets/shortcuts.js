// One-key shortcuts, which the user can turn off (WCAG 2.1.4). The choice stays in this browser.
const KEY = "investplan.shortcuts";

const areOn = () => { try { return localStorage.getItem(KEY) !== "off"; } catch { return true; } };
const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog[open], .map");

function moveInList(step) {
  const rows = [...document.querySelectorAll("[data-list] a[data-list-link], .table tbody th a")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, at + step))].focus();
  return true;
}

export function startShortcuts() {
  const dialog = document.getElementById("shortcuts");
  const box = dialog?.querySelector("[data-shortcuts-on]");
  if (box) {
    box.checked = areOn();
    box.addEventListener("change", () => { try { localStorage.setItem(KEY, box.checked ? "on" : "off"); } catch { /* not kept */ } });
  }
  document.addEventListener("click", (event) => { if (event.target.closest("[data-shortcuts-open]")) dialog?.showModal(); });
  document.addEventListener("keydown", (event) => {
    if (!areOn() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const search = document.querySelector("[data-search]");
    if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
    else if (event.key === "?" && dialog) { event.preventDefault(); dialog.showModal(); }
    else if ((event.key === "j" || event.key === "k") && moveInList(event.key === "j" ? 1 : -1)) event.preventDefault();
  });
}
