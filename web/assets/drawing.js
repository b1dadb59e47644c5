// Draw a point, line or area; the answer goes into inputs as WKT in EPSG:3006 (E N) and, for a point, N and E.
import WKT from "ol/format/WKT.js";
import Feature from "ol/Feature.js";
import Point from "ol/geom/Point.js";
import { Draw, Modify, Snap } from "ol/interaction.js";
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import { Circle, Fill, Stroke, Style } from "ol/style.js";
import { element, t } from "./texts.js";

const KINDS = { point: ["Point", "Punkt"], line: ["LineString", "Linje"], polygon: ["Polygon", "Yta"] };
const N_RANGE = [6_100_000, 7_700_000];
const E_RANGE = [200_000, 1_000_000];
const ZOOM_TO_POINT_M = 3000;

const drawnStyle = new Style({
  image: new Circle({ radius: 9, fill: new Fill({ color: "#b3470a" }), stroke: new Stroke({ color: "#fff", width: 2.5 }) }),
  stroke: new Stroke({ color: "#b3470a", width: 3.5 }),
  fill: new Fill({ color: "#b3470a33" }),
});

const field = (id) => (id ? document.getElementById(id) : null);

function readMetres(input, [least, most]) {
  const text = input?.value.replace(/[\s\u00a0\u202f]/g, "").replace(",", ".") ?? "";
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
}

export function startDrawing({ map, box, canvas, places }) {
  const source = new VectorSource();
  map.addLayer(new VectorLayer({ source, style: drawnStyle, zIndex: 5 }));
  const inputs = { n: field(box.dataset.targetN), e: field(box.dataset.targetE), wkt: field(box.dataset.targetWkt) };
  const wkt = new WKT({ decimals: 2 });
  let draw = null;

  const set = (input, text) => {
    if (!input || input.value === text) return;
    input.value = text;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  let telling = false;
  const tell = () => {
    telling = true;
    const geometry = source.getFeatures()[0]?.getGeometry();
    set(inputs.wkt, geometry ? wkt.writeGeometry(geometry, { decimals: 2 }) : "");
    const [e, n] = geometry?.getType() === "Point" ? geometry.getCoordinates() : [null, null];
    set(inputs.n, n === null ? "" : n.toFixed(0));
    set(inputs.e, e === null ? "" : e.toFixed(0));
    telling = false;
  };
  const place = (geometry) => { source.clear(); if (geometry) source.addFeature(new Feature(geometry)); };

  const readTyped = () => {
    if (telling) return;
    const n = readMetres(inputs.n, N_RANGE), e = readMetres(inputs.e, E_RANGE);
    if (n === null || e === null) return;
    place(new Point([e, n]));
    telling = true;
    set(inputs.wkt, wkt.writeGeometry(new Point([e, n]), { decimals: 2 }));
    telling = false;
    if (map.getView().getResolution() * map.getSize()[0] > ZOOM_TO_POINT_M * 20) map.getView().setCenter([e, n]);
    else map.getView().animate({ center: [e, n], duration: 0 });
  };
  inputs.n?.addEventListener("change", readTyped);
  inputs.e?.addEventListener("change", readTyped);

  const kinds = (box.dataset.kinds ?? "point,line,polygon").split(",").filter((kind) => KINDS[kind]);
  const buttons = new globalThis.Map();
  const snap = new Snap({ source: places });
  const choose = (kind) => {
    if (draw) map.removeInteraction(draw);
    map.removeInteraction(snap);
    draw = null;
    for (const [other, button] of buttons) button.setAttribute("aria-pressed", String(other === kind));
    if (!kind) return;
    draw = new Draw({ source, type: KINDS[kind][0] });
    draw.on("drawstart", () => source.clear());
    draw.on("drawend", (event) => { queueMicrotask(() => { place(event.feature.getGeometry()); tell(); if (kind !== "point") choose(null); }); });
    map.addInteraction(draw);
    map.addInteraction(snap);
  };
  const modify = new Modify({ source });
  modify.on("modifyend", tell);
  map.addInteraction(modify);
  const bar = element("div", { class: "map__tools map__tools--draw no-print", role: "group" });
  for (const kind of kinds) {
    const button = element("button", { type: "button", "aria-pressed": "false" }, t(KINDS[kind][1]));
    button.addEventListener("click", () => choose(button.getAttribute("aria-pressed") === "true" ? null : kind));
    buttons.set(kind, button);
    bar.append(button);
  }
  const remove = element("button", { type: "button" }, t("Ta bort"));
  remove.addEventListener("click", () => { source.clear(); tell(); });
  bar.append(remove);
  canvas.append(bar);
  canvas.addEventListener("keydown", (event) => { if (event.key === "Escape") draw?.abortDrawing(); });

  if (inputs.wkt?.value) {
    try { place(wkt.readGeometry(inputs.wkt.value)); map.getView().fit(source.getExtent(), { maxZoom: 8, padding: [48, 48, 48, 48] }); } catch { /* the server says what is wrong with it */ }
  } else readTyped();
  choose(kinds[0] === "point" && !source.getFeatures().length ? "point" : null);
}
