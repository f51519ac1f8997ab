import { makeSvg } from "../../shell/dom.js";
import { t } from "../../shell/language.js";

export default function bars({ element, props }) {
  const svg = element.querySelector("svg"),
    values = props.values,
    top = Math.max(...values, 1e-9);
  const title = t(props.title, { n: values.filter(v => v > 0.05).length, all: values.length });
  element.querySelector("figcaption").textContent = values.length ? title : "";
  element.querySelector("figure").hidden = !values.length;
  svg.setAttribute("viewBox", `0 0 ${values.length * 8} 104`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-label", title);
  values.forEach((value, i) => {
    const height = Math.max(1, (value / top) * 100),
      bar = makeSvg("rect", { x: i * 8 + 1, y: 104 - height, width: 6, height });
    bar.append(makeSvg("title", {}, `${value.toFixed(2)} ${t(props.unit)}`));
    svg.append(bar);
  });
}
