// Square canvases side by side, each with its name under it: bench(host, prefix, names, side) -> {name: canvas}. The
// names are the catalogue's PREFIX + NAME.
import { make } from "../../shell/dom.js";
import { t } from "../../shell/language.js";

export function bench(host, prefix, names, side) {
  const canvases = {};
  for (const name of names) {
    const canvas = (canvases[name] = make("canvas", { width: side, height: side }));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", t(prefix + name));
    const caption = make("figcaption", { textContent: t(prefix + name) });
    host.append(make("figure", { className: name }, make("div", { className: "picture" }, canvas), caption));
  }
  return canvases;
}
