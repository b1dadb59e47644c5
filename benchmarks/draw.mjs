// Reads a Vega-Lite specification, writes the picture as SVG.
import { text } from "node:stream/consumers";
import { parse, View } from "vega";
import { compile } from "vega-lite";

const spec = compile(JSON.parse(await text(process.stdin))).spec;
process.stdout.write(await new View(parse(spec), { renderer: "none" }).toSVG());
