// Draws <figure data-chart data-spec="id"> from a Vega-Lite spec in <script type="application/json" id="id">.
// The interpreter runs the spec's expressions, so nothing is compiled from text (no unsafe-eval).
import { defaultLocale, Error as FAULTS_ONLY, loader, logger, parse, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile } from "vega-lite";
import { isEnglish, t } from "./texts.js";

const INK = "#17222b", SOFT = "#4b5863", LINE = "#d3dae0";
const COLOURS = ["#0b4a6b", "#b3470a", "#1b6537", "#6a3d8f", "#7d5200", "#3f8fb0", "#8c2f56", "#55616b"];
// Light fills under the hatching, so that neighbours differ in print and for those who do not see the colours.
const PATTERNS = ["solid", "diagonal", "dots", "counter", "cross", "rows", "columns", "light"];
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

const MONTHS = isEnglish
  ? ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
  : ["januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"];
const DAYS = isEnglish
  ? ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  : ["söndag", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag"];

defaultLocale(
  { decimal: isEnglish ? "." : ",", thousands: isEnglish ? "," : "\u00a0", grouping: [3], currency: isEnglish ? ["SEK\u00a0", ""] : ["", "\u00a0kr"], percent: isEnglish ? "%" : "\u00a0%", minus: "−" },
  { dateTime: "%Y-%m-%d %H:%M", date: "%Y-%m-%d", time: "%H:%M", periods: ["fm", "em"], days: DAYS, shortDays: DAYS.map((d) => d.slice(0, 3)), months: MONTHS, shortMonths: MONTHS.map((m) => m.slice(0, 3)) },
);

function theme(patterns) {
  const text = { labelFont: FONT, titleFont: FONT, labelFontSize: 13, titleFontSize: 13, labelColor: INK, titleColor: SOFT, titleFontWeight: "normal" };
  return {
    font: FONT, background: "transparent", padding: { left: 2, right: 12, top: 8, bottom: 4 },
    view: { stroke: null },
    numberFormat: ",.4~f",
    axis: { ...text, gridColor: LINE, domainColor: INK, tickColor: LINE, labelPadding: 6, titlePadding: 10, labelLimit: 230 },
    axisQuantitative: { domain: false, ticks: false, tickCount: 5, labelOverlap: true },
    axisX: { grid: false }, axisXQuantitative: { grid: true },
    axisYQuantitative: { titleAngle: 0, titleAlign: "left", titleAnchor: "start", titleX: 0, titleY: -14 },
    legend: { ...text, orient: "bottom", direction: "horizontal", columns: 3, symbolSize: 170, symbolStrokeWidth: 1.5, labelLimit: 260, rowPadding: 6, columnPadding: 20 },
    bar: { stroke: "#ffffff", strokeWidth: 1, color: COLOURS[0] },
    line: { strokeWidth: 2.5, color: COLOURS[0] }, point: { filled: true, size: 60 }, rule: { color: INK },
    text: { font: FONT, fontSize: 13, color: INK },
    range: { category: patterns ? COLOURS.map((_, i) => `url(#pattern-${i + 1})`) : COLOURS },
  };
}

const NS = "http://www.w3.org/2000/svg";
const svg = (tag, attributes, ...children) => {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};

/** Fills that differ in drawing, not only in colour; one set for the page. */
function addPatterns() {
  if (document.getElementById("pattern-1")) return;
  const strokes = { diagonal: "M-2 10 10-2M4 16 16 4", counter: "M-2 4 10 16M4-2 16 10", cross: "M0 6h12M6 0v12", rows: "M0 3h12M0 9h12", columns: "M3 0v12M9 0v12" };
  const patterns = PATTERNS.map((kind, i) => {
    const ground = svg("rect", { width: 12, height: 12, fill: COLOURS[i], "fill-opacity": kind === "solid" ? 1 : kind === "light" ? 0.45 : 0.28 });
    const drawing = kind === "dots"
      ? [svg("circle", { cx: 3, cy: 3, r: 2, fill: COLOURS[i] }), svg("circle", { cx: 9, cy: 9, r: 2, fill: COLOURS[i] })]
      : strokes[kind] ? [svg("path", { d: strokes[kind], stroke: COLOURS[i], "stroke-width": 3 })] : [];
    return svg("pattern", { id: `pattern-${i + 1}`, width: 12, height: 12, patternUnits: "userSpaceOnUse" }, ground, ...drawing);
  });
  document.body.append(svg("svg", { class: "svg-defs", "aria-hidden": "true", width: 0, height: 0 }, svg("defs", {}, ...patterns)));
}

// Figures come with the page. A spec that names an address is refused: nothing is fetched from here.
const closedLoader = loader();
closedLoader.sanitize = () => Promise.reject(new Error("charts load no data"));

/** Charts with a row per category grow with the rows: only their width is fitted. */
const stepped = (spec) => typeof spec.height === "object";

async function draw(figure) {
  const spec = JSON.parse(document.getElementById(figure.dataset.spec).textContent);
  const area = figure.querySelector("[data-chart-area]") ?? figure;
  const patterns = Boolean(spec.usermeta?.patterns);
  if (patterns) addPatterns();
  const width = () => Math.max(220, Math.floor(figure.clientWidth - parseFloat(getComputedStyle(figure).paddingLeft) * 2));
  const drawAt = async (wide) => {
    const config = theme(patterns);
    config.legend.columns = wide < 480 ? 1 : 3;
    if (wide < 480) Object.assign(config.axis, { labelLimit: 130, labelFontSize: 12 });
    const compiled = compile({ ...spec, width: wide, autosize: { type: stepped(spec) ? "fit-x" : "fit", contains: "padding" } }, { config, logger: logger(FAULTS_ONLY) }).spec;
    const view = new View(parse(compiled, undefined, { ast: true }), { expr: expressionInterpreter, renderer: "svg", container: area, hover: false, loader: closedLoader });
    await view.runAsync();
    const drawn = area.querySelector("svg");
    drawn.setAttribute("role", "img");
    if (spec.description) drawn.setAttribute("aria-label", spec.description);
    return view;
  };
  let drawnWidth = width(), view = await drawAt(drawnWidth), busy = false;
  const fit = async () => {
    if (busy || Math.abs(width() - drawnWidth) < 2) return;
    busy = true;
    drawnWidth = width();
    view.finalize();
    area.replaceChildren();
    view = await drawAt(drawnWidth);
    busy = false;
    fit();
  };
  new ResizeObserver(fit).observe(figure);
}

async function drawAll(root) {
  for (const figure of root.querySelectorAll("[data-chart]:not([data-drawn])")) {
    figure.setAttribute("data-drawn", "");
    try { await draw(figure); }
    catch (error) {
      console.error(error);
      const words = document.createElement("p");
      words.textContent = t("Diagrammet gick inte att rita. Siffrorna står i tabellen.");
      figure.append(words);
    }
  }
}

drawAll(document);
document.addEventListener("htmx:after:swap", () => drawAll(document));
