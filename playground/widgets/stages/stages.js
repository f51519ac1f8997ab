const P = window.playground,
  { t, say, make } = P,
  part = name => element.querySelector(name);
const svg = part("svg"),
  W = 360,
  H = 260,
  NS = "http://www.w3.org/2000/svg",
  NAMES = ["prior", "decoder", "upsampler"];
const take = part(".take"),
  images = { small: part(".decoder img"), large: part(".upsampler img") };
svg.setAttribute("aria-label", t("stages.cloud"));
take.title = t("exhibit.take");
take.setAttribute("aria-label", t("exhibit.take"));
take.onclick = () =>
  images.large.src && P.specimen({ kind: "png", src: images.large.src }, props.value?.recipe?.settings?.prompt ?? "");

const node = (name, values) => {
  const one = document.createElementNS(NS, name);
  Object.entries(values).forEach(([k, v]) => one.setAttribute(k, v));
  return one;
};
// The frame is the drawings'; what lies far outside stands at its edge
function place(dots) {
  const span = k => {
    const v = dots.map(p => p[k]),
      a = Math.min(...v);
    return [a, Math.max(Math.max(...v) - a, 1e-6)];
  };
  const [x, y] = [span(0), span(1)],
    inside = (v, side) => Math.min(side - 9, Math.max(9, v));
  return p => [
    inside(14 + ((W - 28) * (p[0] - x[0])) / x[1], W),
    inside(H - 14 - ((H - 28) * (p[1] - y[0])) / y[1], H),
  ];
}
const drawings = node("g", {}),
  said = node("g", {});
svg.replaceChildren(drawings, said);
let dots = "",
  to = null;
function cloud(value) {
  const dot = (p, r, kind) => {
    const [cx, cy] = to(p);
    return node("circle", { cx, cy, r, class: kind });
  };
  if (dots !== value.dots) {
    const places = (dots = value.dots).split("|").map(one => one.split(" ").map(Number));
    to = place(places);
    drawings.replaceChildren(...places.map(p => dot(p, 2, "drawing")));
  }
  const [x, y] = to(value.text);
  said.replaceChildren(
    ...value.draws.map(p => dot(p, 6, "drawn")),
    node("rect", { x: x - 5, y: y - 5, width: 10, height: 10, class: "text", transform: `rotate(45 ${x} ${y})` }),
  );
}
function heads(took, side = 64) {
  for (const name of NAMES) {
    const [seconds, calls] = took?.[name] ?? [];
    part(`.${name} h4`).replaceChildren(
      t(`stages.${name}`, { side }),
      make("span", {
        textContent: calls
          ? say([
              "stages.took",
              { s: seconds.toLocaleString(P.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 }), n: calls },
            ])
          : "",
      }),
    );
  }
}
function drawing(one) {
  return make(
    "figure",
    { title: say(one.label) },
    make("img", { src: one.src, width: 40, height: 40, alt: say(one.label) }),
    make("figcaption", { textContent: one.cosine }),
  );
}
async function picture(image, src) {
  if (!src) return image.removeAttribute("src");
  try {
    await P.picture(src);
  } catch {
    return;
  }
  image.src = src;
}
let turn = 0;
async function show(value) {
  part(".waiting").textContent = say(value?.note);
  if (!value?.dots) return;
  const mine = ++turn;
  cloud(value);
  heads(value.took, value.side);
  part(".chosen").textContent = say(value.chosen);
  part(".nearby").replaceChildren(...value.near.map(drawing));
  tellNear(part(".near"), value.nearest);
  tellRemarks(part(".remarks"), value.remarks);
  images.small.alt = images.large.alt = value.recipe?.settings?.prompt ?? "";
  await Promise.all([picture(images.small, value.small), picture(images.large, value.large)]);
  if (mine !== turn) return;
  if (value.done) tell();
  element.dataset[value.done ? "shown" : "live"] = mine;
}
async function sheet() {
  const S = 256,
    canvas = make("canvas", { width: 2 * S + 16, height: S }),
    c = canvas.getContext("2d");
  c.fillStyle = "#fff";
  c.fillRect(0, 0, canvas.width, S);
  c.imageSmoothingEnabled = false;
  [images.small, images.large].forEach((image, k) => image.src && c.drawImage(image, k * (S + 16), 0, S, S));
  return new Promise(done => canvas.toBlob(done, "image/png"));
}
const { tell } = recipeStrip(part(".strip"), {
  chip: props.chip,
  live: true,
  recipe: () => props.value?.recipe,
  link: () => props.value?.link,
  blob: sheet,
});
heads();
P.follow(watch, props, show);
P.fresh(element, () => trigger("retry"), false);
