const { t } = window.playground,
  svg = element.querySelector("svg"),
  values = props.values,
  top = Math.max(...values, 1e-9);
const title = t(props.title, { n: values.filter(v => v > 0.05).length, all: values.length });
element.querySelector("figcaption").textContent = values.length ? title : "";
element.querySelector("figure").hidden = !values.length;
svg.setAttribute("viewBox", `0 0 ${values.length * 8} 104`);
svg.setAttribute("preserveAspectRatio", "none");
svg.setAttribute("aria-label", title);
values.forEach((value, i) => {
  const bar = document.createElementNS(svg.namespaceURI, "rect"),
    hint = document.createElementNS(svg.namespaceURI, "title");
  const height = Math.max(1, (value / top) * 100);
  Object.entries({ x: i * 8 + 1, y: 104 - height, width: 6, height }).forEach(([k, v]) => bar.setAttribute(k, v));
  hint.textContent = `${value.toFixed(2)} ${t(props.unit)}`;
  bar.append(hint);
  svg.append(bar);
});
