// One shape and one colour per kind of state: the same on the map, in its legend and in the status tags.
import { Circle, Fill, RegularShape, Stroke, Style } from "ol/style.js";

export const KINDS = {
  draft: { colour: "#55616b", path: "M6 1.5a4.5 4.5 0 1 0 .01 0z", hollow: true },
  submitted: { colour: "#0b4a6b", path: "M6 .8 11.6 11H.4z" },
  decided: { colour: "#1b6537", path: "M6 .6a5.4 5.4 0 1 0 .01 0z" },
  dormant: { colour: "#7d5200", path: "m6 .2 5.8 5.8L6 11.8.2 6z" },
  rejected: { colour: "#a1231f", path: "m1.5 1.5 9 9m0-9-9 9", stroke: true },
  cancelled: { colour: "#55616b", path: "M1 1h10v10H1z" },
};

const ALIASES = {
  in: "decided", done: "decided", moved: "submitted", running: "submitted", waiting: "dormant", over: "rejected",
  failed: "rejected", out: "cancelled", closed: "cancelled",
};

export const kindOf = (feature) => {
  const status = feature.get("status") ?? "draft";
  return KINDS[status] ? status : ALIASES[status] ?? "draft";
};

function pointImage(kind, selected) {
  const { colour, hollow, stroke } = KINDS[kind];
  const radius = selected ? 11 : 8;
  const edge = new Stroke({ color: selected ? "#17222b" : "#fff", width: selected ? 3 : 1.5 });
  const fill = new Fill({ color: colour });
  // declutterMode "none": a place must never vanish because another one is near.
  const common = { fill, stroke: edge, declutterMode: "none" };
  if (hollow) return new Circle({ radius: radius - 1, fill: new Fill({ color: "#fff" }), stroke: new Stroke({ color: selected ? "#17222b" : colour, width: 3 }), declutterMode: "none" });
  if (stroke) return new RegularShape({ points: 4, radius: radius + 1, radius2: 0, angle: Math.PI / 4, stroke: new Stroke({ color: selected ? "#17222b" : colour, width: 4 }), declutterMode: "none" });
  if (kind === "decided") return new Circle({ radius, ...common });
  if (kind === "submitted") return new RegularShape({ points: 3, radius: radius + 2, ...common });
  if (kind === "dormant") return new RegularShape({ points: 4, radius: radius + 1, ...common });
  return new RegularShape({ points: 4, radius: radius + 1, angle: Math.PI / 4, ...common });
}

const dashes = { draft: [4, 5], submitted: undefined, decided: undefined, dormant: [10, 6], rejected: [2, 6], cancelled: [12, 4, 2, 4] };

/** Styles for one place: its symbol, and for lines and areas a symbol at a point inside so that they read alike. */
export function styleFor(feature, selected, pointInside) {
  const kind = kindOf(feature);
  const { colour } = KINDS[kind];
  const type = feature.getGeometry()?.getType() ?? "Point";
  const image = pointImage(kind, selected);
  if (type.endsWith("Point")) return [new Style({ image })];
  return [
    new Style({ stroke: new Stroke({ color: "#fff", width: 6 }) }),
    new Style({ stroke: new Stroke({ color: selected ? "#17222b" : colour, width: 3, lineDash: dashes[kind] }), fill: new Fill({ color: colour + "2e" }) }),
    new Style({ image, geometry: () => pointInside(feature.getGeometry()) }),
  ];
}

const NS = "http://www.w3.org/2000/svg";

export function legendSymbol(kind) {
  const { colour, path, hollow, stroke } = KINDS[kind];
  const picture = document.createElementNS(NS, "svg");
  picture.setAttribute("viewBox", "0 0 12 12");
  picture.setAttribute("aria-hidden", "true");
  const drawn = document.createElementNS(NS, "path");
  drawn.setAttribute("d", path);
  drawn.setAttribute("fill", hollow || stroke ? "none" : colour);
  if (hollow || stroke) { drawn.setAttribute("stroke", colour); drawn.setAttribute("stroke-width", stroke ? "2.6" : "1.8"); }
  picture.append(drawn);
  return picture;
}
