// Maps in SWEREF 99 TM (EPSG:3006). GeoJSON comes with coordinates E, N in that system; nothing is reprojected.
import Map from "ol/Map.js";
import Overlay from "ol/Overlay.js";
import View from "ol/View.js";
import ScaleLine from "ol/control/ScaleLine.js";
import { buffer, containsExtent, createEmpty, extend, isEmpty } from "ol/extent.js";
import GeoJSON from "ol/format/GeoJSON.js";
import Point from "ol/geom/Point.js";
import { defaults as defaultInteractions } from "ol/interaction.js";
import VectorLayer from "ol/layer/Vector.js";
import { get as getProjection } from "ol/proj.js";
import { register } from "ol/proj/proj4.js";
import VectorSource from "ol/source/Vector.js";
import { Fill, Stroke, Style, Text } from "ol/style.js";
import proj4 from "proj4";
import { startDrawing } from "./drawing.js";
import { startPlaceSearch } from "./placesearch.js";
import { addLayers } from "./layers.js";
import { kindOf, KINDS, legendSymbol, styleFor } from "./symbols.js";
import { element, isEnglish, t } from "./texts.js";

proj4.defs("EPSG:3006", "+proj=utm +zone=33 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs +type=crs");
register(proj4);
const SWEREF = getProjection("EPSG:3006");
const SWEDEN = [181896.33, 6101648.07, 864416.0, 7689478.3];
SWEREF.setExtent(SWEDEN);

const format = new GeoJSON({ dataProjection: SWEREF, featureProjection: SWEREF });
const PAN_SHARE = 0.25;
const QUIET = matchMedia("(prefers-reduced-motion: reduce)").matches;
const metres = new Intl.NumberFormat(isEnglish ? "en-GB" : "sv-SE", { maximumFractionDigits: 0, useGrouping: false });

const outlineStyle = (feature) => new Style({
  stroke: new Stroke({ color: feature.get("kind") === "district" ? "#8b98a3" : "#17222b", width: feature.get("kind") === "district" ? 1 : 1.6, lineDash: feature.get("kind") === "district" ? [3, 4] : undefined }),
  fill: new Fill({ color: feature.get("kind") === "district" ? "rgba(255,255,255,0)" : "#fbfcf9" }),
  text: feature.get("kind") === "district" && feature.get("name") ? new Text({ text: String(feature.get("name")), font: "13px system-ui, sans-serif", fill: new Fill({ color: "#4b5863" }), stroke: new Stroke({ color: "#fff", width: 3 }), overflow: false }) : undefined,
  zIndex: feature.get("kind") === "district" ? 1 : 0,
});

function pointInside(geometry) {
  switch (geometry.getType()) {
    case "Polygon": return geometry.getInteriorPoint();
    case "MultiPolygon": return geometry.getInteriorPoints();
    case "LineString": return new Point(geometry.getCoordinateAt(0.5));
    case "MultiLineString": return new Point(geometry.getLineString(0).getCoordinateAt(0.5));
    default: return geometry;
  }
}

async function readFeatures(url) {
  const answer = await fetch(url, { headers: { Accept: "application/geo+json, application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return format.readFeatures(await answer.json());
}

function extentOf(...sources) {
  const all = createEmpty();
  for (const source of sources) if (!source.isEmpty()) extend(all, source.getExtent());
  return isEmpty(all) ? null : all;
}

/** Zoom and pan as buttons: reachable by tab, large enough to hit, named for those who listen. */
function tools(map, home) {
  const view = map.getView();
  const zoom = (step) => view.animate({ zoom: view.getZoom() + step, duration: QUIET ? 0 : 150 });
  const pan = (x, y) => {
    const [wide, high] = map.getSize();
    const [e, n] = view.getCenter();
    const distance = view.getResolution() * PAN_SHARE;
    view.animate({ center: [e + x * wide * distance, n + y * high * distance], duration: QUIET ? 0 : 150 });
  };
  const button = (sign, name, act) => {
    const made = element("button", { type: "button", "aria-label": t(name), title: t(name) }, sign);
    made.addEventListener("click", act);
    return made;
  };
  return element("div", { class: "map__tools no-print", role: "group", "aria-label": t("Karta") },
    button("+", "Zooma in", () => zoom(1)),
    button("−", "Zooma ut", () => zoom(-1)),
    button("⌂", "Visa hela kommunen", home),
    element("div", { class: "map__pan" },
      button("▲", "Flytta uppåt", () => pan(0, 1)),
      button("◀", "Flytta åt vänster", () => pan(-1, 0)),
      button("▶", "Flytta åt höger", () => pan(1, 0)),
      button("▼", "Flytta nedåt", () => pan(0, -1))));
}

function legend(features) {
  const labels = new globalThis.Map();
  for (const feature of features) if (!labels.has(kindOf(feature)) || feature.get("status_label")) labels.set(kindOf(feature), feature.get("status_label") ?? kindOf(feature));
  const list = element("ul", { class: "map__legend", "aria-label": t("Teckenförklaring") });
  for (const kind of Object.keys(KINDS)) if (labels.has(kind)) list.append(element("li", {}, legendSymbol(kind), String(labels.get(kind))));
  return list;
}

function popup(map) {
  const box = element("div", { class: "map__popup", role: "group" });
  const overlay = new Overlay({ element: box, positioning: "bottom-center", offset: [0, -16], autoPan: { animation: { duration: QUIET ? 0 : 150 }, margin: 16 } });
  map.addOverlay(overlay);
  return {
    hide: () => overlay.setPosition(undefined),
    show: (feature, at) => {
      const close = element("button", { type: "button", "aria-label": t("Stäng") }, "×");
      close.addEventListener("click", () => { overlay.setPosition(undefined); map.dispatchEvent("deselect"); });
      const title = String(feature.get("title") ?? feature.get("name") ?? "");
      box.setAttribute("aria-label", title);
      box.replaceChildren(close, element("strong", {}, title));
      for (const name of ["status_label", "amount_text", "years_text", "organisation", "text"]) {
        if (feature.get(name)) box.append(element("p", {}, String(feature.get(name))));
      }
      const address = feature.get("url");
      if (typeof address === "string" && address.startsWith("/") && !address.startsWith("//")) box.append(element("p", {}, element("a", { href: address }, t("Öppna"))));
      overlay.setPosition(at);
    },
  };
}

/** What every map has: the municipality, scale, position read-out, buttons. */
async function makeMap(box) {
  const canvas = element("div", { class: "map__canvas", tabindex: "0", role: "application", "aria-label": `${box.dataset.label ?? t("Karta")}. ${t("Tabbtangenten går mellan knapparna. Piltangenterna flyttar kartan, plus och minus zoomar.")}` });
  const position = element("span", { class: "map__position" });
  const foot = element("div", { class: "map__foot" });
  box.append(canvas, foot);
  const outline = new VectorSource(), places = new VectorSource();
  let selected = null;
  const placesLayer = new VectorLayer({ source: places, style: (feature) => styleFor(feature, feature === selected, pointInside), zIndex: 2 });
  const map = new Map({
    target: canvas, keyboardEventTarget: canvas, controls: [new ScaleLine({ minWidth: 80 })],
    // A page is scrolled more often than a map is zoomed: the wheel waits until the map has the focus.
    interactions: defaultInteractions({ onFocusOnly: true, altShiftDragRotate: false, pinchRotate: false }),
    layers: [new VectorLayer({ source: outline, style: outlineStyle, declutter: true }), placesLayer],
    view: new View({ projection: SWEREF, center: [530000, 6700000], zoom: 1, maxZoom: 16, enableRotation: false }),
  });
  const fit = (extent) => extent && map.getView().fit(extent, { size: map.getSize(), maxZoom: 9, duration: 0, padding: [24, 24, 24, 24] });
  const home = () => fit(extentOf(outline) ?? extentOf(places) ?? SWEDEN);
  canvas.append(tools(map, home));
  // Under the pointer; without one, the middle, so that whoever moves the map by keys can read it too.
  const tell = ([e, n], where = "") => { position.textContent = `${where}N ${metres.format(n)}  E ${metres.format(e)}`; };
  const tellMiddle = () => tell(map.getView().getCenter(), `${t("Kartans mitt")}: `);
  map.on("pointermove", (event) => tell(event.coordinate));
  map.on("moveend", tellMiddle);
  canvas.addEventListener("pointerleave", tellMiddle);
  if (box.dataset.outline) outline.addFeatures(await readFeatures(box.dataset.outline));
  if (box.dataset.src) places.addFeatures(await readFeatures(box.dataset.src));
  const { control, fitted } = await addLayers(map, box, readFeatures);
  const all = extentOf(outline), own = extentOf(places, ...fitted);
  // One proposal's place is shown with some kilometres around it; many are shown in the whole municipality.
  if ("close" in box.dataset && own) fit(buffer(own, 2500));
  else fit(all && own && !containsExtent(all, own) ? extend([...all], own) : all ?? own ?? SWEDEN);
  foot.append(legend(places.getFeatures()), ...(control ? [control] : []), position);
  if (box.dataset.attribution) foot.append(element("span", { class: "soft" }, box.dataset.attribution));
  const card = popup(map);
  const select = (feature, at) => {
    selected = feature;
    placesLayer.changed();
    if (feature) card.show(feature, at ?? pointInside(feature.getGeometry()).getFirstCoordinate?.() ?? at);
    else card.hide();
  };
  map.on("deselect", () => select(null));
  canvas.addEventListener("keydown", (event) => { if (event.key === "Escape") select(null); });
  return { map, box, canvas, places, select };
}

function startSelecting({ map, canvas, places, select }) {
  map.on("singleclick", (event) => select(map.forEachFeatureAtPixel(event.pixel, (f) => (places.hasFeature(f) ? f : undefined), { hitTolerance: 6 }) ?? null, event.coordinate));
  map.on("pointermove", (event) => { canvas.style.cursor = map.hasFeatureAtPixel(event.pixel, { hitTolerance: 6, layerFilter: (l) => l.getSource() === places }) ? "pointer" : ""; });
  // A row of the twin table that carries data-map-feature shows its place.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-map-feature]");
    const feature = row && places.getFeatures().find((f) => String(f.getId() ?? f.get("id")) === row.dataset.mapFeature);
    if (!feature) return;
    const at = pointInside(feature.getGeometry()).getFirstCoordinate();
    map.getView().animate({ center: at, duration: QUIET ? 0 : 200 });
    select(feature, at);
  });
}

async function start(box) {
  try {
    const made = await makeMap(box);
    if (box.hasAttribute("data-map-draw")) { startDrawing(made); startPlaceSearch(made.map, box); }
    else startSelecting(made);
    box.investplanMap = made.map;
    box.setAttribute("data-ready", "");
  } catch (error) {
    console.error(error);
    box.replaceChildren(element("p", { class: "map__message", role: "alert" }, t("Kartan gick inte att läsa in. Samma platser står i tabellen.")));
  }
}

document.querySelectorAll("[data-map], [data-map-draw]").forEach(start);
