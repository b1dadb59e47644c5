// Rows of inputs: add, remove and sum without a reload. Without scripts the same buttons post the form.
import { element, isEnglish, say, t } from "./texts.js";

const GROUPS = /[\s\u00a0\u202f]/g;
const DECIMALS = 8; // an öre in mnkr
const SCALE = 10n ** BigInt(DECIMALS);

/** The typed amount as a whole number of its smallest part, or null where it is not an amount. */
function asWhole(text) {
  const match = /^([-−+]?)(\d+)(?:,(\d{0,8}))?$/.exec(text.replace(GROUPS, ""));
  if (!match) return null;
  const whole = BigInt(match[2]) * SCALE + BigInt((match[3] ?? "").padEnd(DECIMALS, "0"));
  return match[1] && match[1] !== "+" ? -whole : whole;
}

function asText(whole) {
  const absolute = whole < 0n ? -whole : whole;
  const grouped = (absolute / SCALE).toString().replace(/\B(?=(\d{3})+$)/g, isEnglish ? "," : "\u00a0");
  const rest = (absolute % SCALE).toString().padStart(DECIMALS, "0").replace(/0+$/, "");
  return (whole < 0n ? "−" : "") + grouped + (rest ? (isEnglish ? "." : ",") + rest : "");
}

function showSums(group) {
  for (const output of group.querySelectorAll("output[data-sum]")) {
    const column = Number(output.dataset.sum);
    let sum = 0n;
    for (const row of group.querySelectorAll("[data-rows-body] > [data-row]")) {
      const text = row.cells[column]?.querySelector("input")?.value ?? "";
      const whole = text.trim() === "" ? 0n : asWhole(text);
      if (whole === null) { sum = null; break; }
      sum += whole;
    }
    output.textContent = sum === null ? "–" : asText(sum);
  }
}

function nextIndex(group) {
  const pattern = new RegExp(`^${group.dataset.rows}-(\\d+)`);
  const used = [...group.querySelectorAll("[data-rows-body] [name]")].map((field) => Number(pattern.exec(field.name)?.[1] ?? -1));
  return Math.max(-1, ...used, ...[...group.querySelectorAll("[data-rows-body] [data-row-remove]")].map((b) => Number(/-(\d+)$/.exec(b.value)?.[1] ?? -1))) + 1;
}

function renew(group) {
  // Enter in a field presses the form's first submit button: that shall save, never take a row away.
  for (const button of group.querySelectorAll("[data-row-add], [data-row-remove]")) button.type = "button";
  const rows = group.querySelectorAll("[data-rows-body] > [data-row]");
  rows.forEach((row, index) => {
    const button = row.querySelector("[data-row-remove]");
    button.disabled = rows.length <= Number(group.dataset.least ?? 0);
    button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/\s*\d*$/, ` ${index + 1}`));
  });
  group.querySelector("[data-row-add]").disabled = Boolean(group.dataset.most) && rows.length >= Number(group.dataset.most);
  showSums(group);
}

function addRow(group) {
  const row = group.querySelector("[data-row-template]").content.querySelector("[data-row]").cloneNode(true);
  const index = String(nextIndex(group));
  for (const part of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of [...part.attributes]) {
      if (attribute.value.includes("__index__")) part.setAttribute(attribute.name, attribute.value.replaceAll("__index__", index));
    }
  }
  group.querySelector("[data-rows-body]").append(row);
  renew(group);
  row.querySelector("input, select, textarea")?.focus();
  say(t("En rad är tillagd."));
}

function removeRow(group, row) {
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  renew(group);
  (neighbour?.querySelector("[data-row-remove]:not(:disabled)") ?? group.querySelector("[data-row-add]")).focus();
  say(t("Raden är borttagen."));
}

/** Cells pasted from a spreadsheet fill the rows from the field they were pasted in. */
function paste(group, field, text) {
  const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
  let row = field.closest("[data-row]");
  const firstColumn = field.closest("td, th").cellIndex;
  for (const [index, cells] of lines.entries()) {
    if (!row) { addRow(group); row = group.querySelector("[data-rows-body]").lastElementChild; }
    cells.forEach((cell, offset) => {
      const target = row.cells[firstColumn + offset]?.querySelector("input, select");
      if (target) target.value = cell.trim();
    });
    row = index < lines.length - 1 ? row.nextElementSibling : row;
  }
  showSums(group);
}

function faultsOf(group, texts) {
  group.querySelector("[data-paste-faults]")?.remove();
  if (!texts.length) return;
  const list = element("ul", {}, ...texts.map((text) => element("li", {}, text)));
  group.prepend(element("div", { class: "field__error", "data-paste-faults": true }, list));
  say(texts.join(" "));
}

/** The row of the year: the one that has it, else a blank one, else a new one. */
function rowOfYear(group, offset) {
  const rows = () => [...group.querySelectorAll("[data-rows-body] > [data-row]")];
  const select = (row) => row.querySelector("select");
  const typed = (row) => row.querySelector("input").value.trim() !== "";
  const found = rows().find((row) => select(row).value === offset && typed(row)) ?? rows().find((row) => !typed(row));
  if (found) return found;
  addRow(group);
  return rows().at(-1);
}

/** Years and amounts are read by the server, so that they are read in one way whether pasted here or in the text field. */
async function pasteYears(group, form, text) {
  const sent = new FormData(form);
  sent.set("pasted", text);
  let found;
  try {
    const answer = await fetch(form.dataset.pasteUrl, { method: "POST", body: sent, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    found = await answer.json();
  } catch {
    faultsOf(group, [t("Det gick inte att läsa det som klistrades in. Försök igen.")]);
    return;
  }
  faultsOf(group, found.faults);
  for (const { offset, amount } of found.rows) {
    const row = rowOfYear(group, offset);
    row.querySelector("select").value = offset;
    row.querySelector("input").value = amount;
  }
  renew(group);
  if (found.rows.length) say(t("%(count)s år är ifyllda.").replace("%(count)s", found.rows.length));
  group.dispatchEvent(new CustomEvent("rows:change", { bubbles: true }));
}

/** Whoever fills in a row means it: the question above need not be answered too. */
function answerForRows(group) {
  const name = group.dataset.rows === "ended" ? "operating" : group.dataset.rows;
  const answer = group.closest("form")?.querySelector(`input[name="${name}_stated"][value="these"]`);
  if (answer) answer.checked = true;
}

export function startRows() {
  document.querySelectorAll("[data-rows]").forEach(renew);
  document.addEventListener("htmx:after:swap", () => document.querySelectorAll("[data-rows]").forEach(renew));
  document.addEventListener("input", (event) => {
    const group = event.target.closest?.("[data-rows]");
    if (!group) return;
    showSums(group);
    if (event.target.value.trim() !== "") answerForRows(group);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-add], [data-row-remove]");
    if (!button) return;
    event.preventDefault();
    const group = button.closest("[data-rows]");
    if (button.matches("[data-row-add]")) addRow(group);
    else removeRow(group, button.closest("[data-row]"));
    group.dispatchEvent(new CustomEvent("rows:change", { bubbles: true }));
  });
  document.addEventListener("paste", (event) => {
    const group = event.target.closest?.("[data-rows]");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!group || !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    const form = group.closest("form");
    if (form?.dataset.pasteGroup === group.dataset.rows && text.includes("\t")) {
      pasteYears(group, form, text);
      return;
    }
    paste(group, event.target, text);
    group.dispatchEvent(new CustomEvent("rows:change", { bubbles: true }));
  });
}
