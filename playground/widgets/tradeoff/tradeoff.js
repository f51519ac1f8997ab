const P = window.playground,
  { t, say, make } = P,
  find = name => element.querySelector(name);
const host = find(".chart"),
  told = find(".told");

// Where a line stands at a scale between those measured; null beyond them
function between({ points, scales }, s) {
  const k = scales.findIndex((one, i) => i + 1 < scales.length && one <= s && s <= scales[i + 1]);
  if (k < 0) return scales.length === 1 && scales[0] === s ? points[0] : null;
  const share = (s - scales[k]) / (scales[k + 1] - scales[k]);
  return [0, 1].map(i => points[k][i] + share * (points[k + 1][i] - points[k][i]));
}
function show() {
  const value = props.value;
  if (!value?.lines) return;
  const s = P.scale?.prompt ?? 3,
    line = value.lines.find(one => one.kind === value.live),
    point = line && between(line, s);
  const lines = value.lines.map(({ label, points }) => ({ label, points }));
  chart(
    host,
    {
      lines: point ? [...lines, { label: ["curve.live", { s }], points: [point], live: true }] : lines,
      x: { label: value.x },
      y: { label: value.y, log: value.y === "curve.frechet" },
    },
    360,
  );
  told.textContent = point
    ? t("curve.told", {
        s,
        x: t(value.x),
        y: t(value.y),
        a: Number(point[0].toPrecision(3)),
        b: Number(point[1].toPrecision(3)),
      })
    : line
      ? t("curve.beyond", { s })
      : "";
  element.dataset.scale = s;
}
function update() {
  told.textContent = say(props.value?.note);
  host.hidden = !props.value?.lines;
  if (!props.value?.recipe) return;
  show();
  tell();
  element.dataset.shown = Number(element.dataset.shown ?? 0) + 1;
}
async function picture() {
  const svg = host.querySelector("svg");
  const canvas = make("canvas", { width: svg?.clientWidth ?? 300, height: svg?.clientHeight ?? 100 }),
    c = canvas.getContext("2d");
  c.fillStyle = "#fff";
  c.fillRect(0, 0, canvas.width, canvas.height);
  if (svg) {
    const copy = svg.cloneNode(true),
      style = getComputedStyle(element);
    const text = new XMLSerializer()
      .serializeToString(copy)
      .replace(/var\((--\w+)\)/g, (_, name) => style.getPropertyValue(name).trim() || "#222");
    c.drawImage(await P.picture("data:image/svg+xml;charset=utf-8," + encodeURIComponent(text)), 0, 0);
  }
  return new Promise(done => canvas.toBlob(done, "image/png"));
}
const { tell } = recipeStrip(find(".strip"), {
  chip: props.chip,
  live: false,
  recipe: () => props.value?.recipe,
  link: () => props.value?.link,
  blob: picture,
});
P.bus.addEventListener("scale", show);
P.follow(watch, props, update);
P.fresh(element, () => trigger("retry"), false);
