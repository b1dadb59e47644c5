// The municipality's own layers on a map: each with a box to switch it on, fetched when it is first wanted.
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import { Circle, Fill, Stroke, Style, Text } from "ol/style.js";
import { element, say, t } from "./texts.js";

// Colour, line and fill differ together, so that no kind is told by its colour alone.
const KINDS = {
  protected: { colour: "#1b6537", dash: undefined, fill: "33" },
  flood: { colour: "#0b4a6b", dash: [2, 4], fill: "40" },
  plan: { colour: "#7d5200", dash: [10, 4], fill: "14" },
  school_area: { colour: "#5b3a8c", dash: [12, 4, 2, 4], fill: "10" },
  property: { colour: "#55616b", dash: [4, 3], fill: "0d" },
  other: { colour: "#a1231f", dash: [6, 6], fill: "26" },
};
const LABELLED_BELOW = 12; // metres a pixel

function styleOf(kind) {
  const { colour, dash, fill } = KINDS[kind] ?? KINDS.other;
  const stroke = new Stroke({ color: colour, width: 2, lineDash: dash });
  const shape = new Style({
    stroke, fill: new Fill({ color: colour + fill }),
    image: new Circle({ radius: 5, fill: new Fill({ color: colour }), stroke: new Stroke({ color: "#fff", width: 1.5 }) }),
  });
  return (feature, resolution) => {
    const name = feature.get("name");
    if (!name || resolution > LABELLED_BELOW) return shape;
    return [shape, new Style({ text: new Text({ text: String(name), font: "12px system-ui, sans-serif", fill: new Fill({ color: colour }), stroke: new Stroke({ color: "#fff", width: 3 }), overflow: false }) })];
  };
}

function swatch(kind) {
  const { colour, dash, fill } = KINDS[kind] ?? KINDS.other;
  const NS = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(NS, "svg");
  picture.setAttribute("viewBox", "0 0 24 12");
  picture.setAttribute("aria-hidden", "true");
  const drawn = document.createElementNS(NS, "rect");
  for (const [name, value] of Object.entries({ x: 1, y: 1, width: 22, height: 10, fill: colour + fill, stroke: colour, "stroke-width": 2, "stroke-dasharray": dash ? dash.map((one) => one / 2).join(" ") : "none" })) drawn.setAttribute(name, value);
  picture.append(drawn);
  return picture;
}

/** Adds the layers and their boxes; answers with the sources of those that are on and to be fitted to. */
export async function addLayers(map, box, readFeatures) {
  const told = JSON.parse(box.dataset.layers ?? "[]");
  if (!told.length) return { control: null, fitted: [] };
  const control = element("fieldset", { class: "map__layers no-print" }, element("legend", {}, t("Lager")));
  const fitted = [];
  for (const one of told) {
    const source = new VectorSource();
    const layer = new VectorLayer({ source, style: styleOf(one.kind), declutter: true, visible: Boolean(one.on), zIndex: 0 });
    map.getLayers().insertAt(1, layer);
    let fetched = null;
    const fetchOnce = () => (fetched ??= readFeatures(one.url).then((found) => source.addFeatures(found)));
    const input = element("input", { type: "checkbox", checked: Boolean(one.on) });
    input.addEventListener("change", async () => {
      layer.setVisible(input.checked);
      if (!input.checked) return;
      try { await fetchOnce(); } catch { input.checked = false; fetched = null; layer.setVisible(false); say(t("Lagret gick inte att läsa in.")); }
    });
    control.append(element("label", {}, input, swatch(one.kind), one.name));
    if (one.on) await fetchOnce();
    if (one.fit) fitted.push(source);
  }
  return { control, fitted };
}
