// Tables of inputs with fixed rows: cells pasted from a spreadsheet fill them from the field they were pasted in.
import { say, t } from "./texts.js";

const inputs = (row) => [...row.querySelectorAll("input")];

/** The rows of all parts of the table that share the grid's name, in order. */
function rowsOf(grid) {
  const table = grid.closest("table");
  return [...table.querySelectorAll(`[data-grid="${grid.dataset.grid}"] > [data-grid-row]`)];
}

function paste(grid, field, text) {
  const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
  const rows = rowsOf(grid);
  const firstRow = rows.indexOf(field.closest("[data-grid-row]"));
  const firstColumn = inputs(rows[firstRow]).indexOf(field);
  let filled = 0;
  lines.forEach((cells, down) => {
    const row = rows[firstRow + down];
    if (!row) return;
    cells.forEach((cell, across) => {
      const target = inputs(row)[firstColumn + across];
      if (!target) return;
      target.value = cell.trim();
      filled += 1;
    });
  });
  field.dispatchEvent(new Event("input", { bubbles: true }));
  say(t("%(count)s rutor är ifyllda.").replace("%(count)s", filled));
}

export function startGrids() {
  document.addEventListener("paste", (event) => {
    const grid = event.target.closest?.("[data-grid]");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!grid || !event.target.matches("input") || !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    paste(grid, event.target, text);
  });
}
