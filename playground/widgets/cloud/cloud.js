const P = window.playground,
  { t, say, make } = P,
  svg = element.querySelector("svg"),
  told = element.querySelector(".told"),
  waiting = element.querySelector(".waiting");
const W = 720,
  H = 440,
  R = 18,
  NS = "http://www.w3.org/2000/svg";
let shown = null,
  frame = null,
  at = -1,
  ties = null;
const node = (name, values) => {
  const one = document.createElementNS(NS, name);
  Object.entries(values).forEach(([k, v]) => one.setAttribute(k, v));
  return one;
};
svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
svg.setAttribute("aria-label", t("gap.plot"));
element
  .querySelector(".legend")
  .append(
    ...[...props.kinds, "specimen"].map(kind => make("span", {}, make("i", { className: kind }), t(`gap.${kind}`))),
  );

// The frame is kept while one style is shown, so that points move and not the picture
function place(value) {
  const style = value.recipe?.settings?.style,
    all = Object.values(value.points).flat();
  if (frame?.style !== style) {
    const span = k => {
      const v = all.map(p => p[k]),
        a = Math.min(...v),
        b = Math.max(...v);
      return [a, Math.max(b - a, 1e-6)];
    };
    frame = { style, x: span(0), y: span(1) };
  }
  const inside = (v, side) => Math.min(side - 8, Math.max(8, v)); // a picture of the visitor may lie far out
  return ([x, y]) => [
    inside(R + ((W - 2 * R) * (x - frame.x[0])) / frame.x[1], W),
    inside(H - R - ((H - 2 * R) * (y - frame.y[0])) / frame.y[1], H),
  ];
}
function show(value) {
  waiting.textContent = say(value?.note);
  if (!value?.points) return;
  shown = value;
  const to = place(value),
    star = to(value.specimen),
    number = value.numbers;
  ties = node("g", { class: "ties" });
  svg.replaceChildren(
    ties,
    ...props.kinds.flatMap(kind =>
      value.points[kind].map((p, i) => {
        const [cx, cy] = to(p),
          dot = node("circle", { cx, cy, r: 4, class: kind });
        dot.onpointerenter = () => point(i);
        return dot;
      }),
    ),
    node("rect", {
      x: star[0] - 6,
      y: star[1] - 6,
      width: 12,
      height: 12,
      class: "specimen",
      transform: `rotate(45 ${star[0]} ${star[1]})`,
    }),
  );
  element
    .querySelector("dl")
    .replaceChildren(
      ...number.map(([key, text]) =>
        make("div", {}, make("dt", { textContent: t(key) }), make("dd", { textContent: text })),
      ),
    );
  point(at);
  tell();
  element.dataset.shown = Number(element.dataset.shown ?? 0) + 1;
}
function point(i) {
  at = Math.min(i, (shown?.names.length ?? 0) - 1);
  if (!ties) return;
  ties.replaceChildren();
  told.textContent = at < 0 ? t("gap.hint") : `${shown.names[at].en} · ${shown.names[at].zh}`;
  if (at < 0) return;
  const to = place(shown),
    [p, ...names] = props.kinds.map(kind => to(shown.points[kind][at]));
  ties.append(
    ...names.map(n => node("line", { x1: p[0], y1: p[1], x2: n[0], y2: n[1] })),
    ...[p, ...names].map(c => node("circle", { cx: c[0], cy: c[1], r: 9 })),
  );
}
svg.onkeydown = e => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
  if (!step || !shown) return;
  e.preventDefault();
  point((at + step + shown.names.length) % shown.names.length);
};
async function sheet() {
  const copy = svg.cloneNode(true),
    originals = svg.querySelectorAll("circle, rect, line");
  copy.querySelectorAll("circle, rect, line").forEach((one, i) => {
    const style = getComputedStyle(originals[i]);
    one.setAttribute("style", `fill:${style.fill};stroke:${style.stroke};fill-opacity:${style.fillOpacity}`);
  });
  copy.setAttribute("xmlns", NS);
  copy.setAttribute("width", W);
  copy.setAttribute("height", H);
  const image = await P.picture(
    "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(copy)),
  );
  const canvas = make("canvas", { width: W, height: H }),
    c = canvas.getContext("2d");
  c.fillStyle = getComputedStyle(document.body).backgroundColor;
  c.fillRect(0, 0, W, H);
  c.drawImage(image, 0, 0);
  return new Promise(done => canvas.toBlob(done, "image/png"));
}
const { tell } = recipeStrip(element.querySelector(".strip"), {
  chip: props.chip,
  live: true,
  recipe: () => props.value?.recipe,
  link: () => props.value?.link,
  blob: sheet,
});
told.textContent = t("gap.hint");
P.follow(watch, props, show);
P.fresh(element, () => trigger("retry"));
