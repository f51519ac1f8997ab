// Small pictures of what some terms of the glossary mean, each worked out from the formula that the term stands for.
import { makeSvg } from "./dom.js";

const W = 240,
  H = 84;
const range = n => Array.from({ length: n }, (_, i) => i);
const sum = values => values.reduce((a, b) => a + b, 0);
const shape = (name, values, kind) => makeSvg(name, { ...values, class: kind });
const line = (points, kind) => shape("polyline", { points: points.map(p => p.join()).join(" ") }, kind);
const dot = ([cx, cy], kind, r = 3) => shape("circle", { cx, cy, r }, kind);
const tell = (x, y, text) => makeSvg("text", { x, y }, text);
// f over [0, 1] with values in [0, 1]
const curve = (f, kind, points = range(61).map(i => i / 60)) =>
  line(
    points.map(x => [x * W, (H - 4) * (1 - f(x)) + 2]),
    kind,
  );
const bars = (values, isKept = () => true, [x0, width] = [0, W]) =>
  values.map((v, i) => {
    const step = width / values.length,
      height = v * (H - 18);
    return shape(
      "rect",
      { x: x0 + i * step + 1, y: H - 14 - height, width: step - 3, height },
      isKept(i) ? "one" : "two",
    );
  });
const arrow = ([x, y], [u, v], kind) => {
  const turn = Math.atan2(v - y, u - x),
    head = side => [u - 8 * Math.cos(turn + side), v - 8 * Math.sin(turn + side)];
  return line([[x, y], [u, v], head(0.45), [u, v], head(-0.45)], kind);
};
// Points that fill a disc evenly
const disc = (n, [x, y], r) =>
  range(n).map(i => [
    x + r * Math.sqrt((i + 0.5) / n) * Math.cos(2.4 * i),
    y + r * Math.sqrt((i + 0.5) / n) * Math.sin(2.4 * i),
  ]);
const isIn = ([x, y], [u, v], r) => Math.hypot(x - u, y - v) < r;

const bell = (mean, deviation) => x => 0.95 * Math.exp(-(((x - mean) / deviation) ** 2) / 2);
const softmax = (logits, temperature = 1) => {
  const powers = logits.map(l => Math.exp(l / temperature));
  return powers.map(p => p / sum(powers));
};
const LOGITS = [0.4, 1.6, 2.4, 0.9, -0.6, 1.2];
const SURE = [0.02, 0.04, 0.86, 0.04, 0.02, 0.02],
  ALIKE = Array(6).fill(1 / 6);
const nats = shares => `${sum(shares.map(p => -p * Math.log(p))).toFixed(1)} nat`;
const sorted = softmax(LOGITS).sort((a, b) => b - a);

// How much of the picture is left after a thousand steps: βs on a line from 1e-4 to 0.02, or the squared cosine
const linear = x => Math.exp(-(1e-4 * x + (0.02 - 1e-4) * x * x * 0.5) * 1000);
const cosine = x => Math.cos((((x + 0.008) / 1.008) * Math.PI) / 2) ** 2;
const decibels = f => x => Math.min(1, Math.max(0, 0.5 + Math.log10(f(x) / (1 - f(x) + 1e-9)) / 8));
const schedules = (of = f => f) => [curve(of(linear), "two"), curve(of(cosine), "one")];

const CLOUDS = { real: [[100, 42], 40], drawn: [[142, 42], 26] };
const clouds = of =>
  Object.entries(CLOUDS).flatMap(([name, [at, r]]) => {
    const [other, far] = Object.values(CLOUDS).find(([one]) => one !== at);
    const points = disc(name === "real" ? 34 : 16, at, r - 4).map(p =>
      dot(p, of !== name ? "faint" : isIn(p, other, far) ? "one" : "two"),
    );
    return [dot(at, "round", r), ...points];
  });

const CENTRE = [120, 78],
  R = 70;
const onArc = angle => [CENTRE[0] + R * Math.cos(angle), CENTRE[1] - R * Math.sin(angle)];
const arc = (from, to, kind) =>
  line(
    range(31).map(i => onArc(from + ((to - from) * i) / 30)),
    kind,
  );
const half = () => arc(0, Math.PI, "faint-line");
const gap = (pictures, captions) => [
  half(),
  ...range(7).map(i => dot(onArc(2 + 0.13 * i), pictures)),
  ...range(7).map(i => dot(onArc(0.36 + 0.13 * i), captions)),
];
const modes = drawn =>
  range(7).flatMap(i => {
    const at = [120 + 84 * Math.cos(0.9 * i), 42 + 30 * Math.sin(0.9 * i)];
    return [dot(at, "round", 9), ...disc(drawn(i), at, 7).map(p => dot(p, "one", 2))];
  });
const guided = () => [
  arrow([20, 74], [110, 60], "two"),
  arrow([20, 74], [100, 34], "faint-line"),
  arrow([110, 60], [100, 34], "faint-line"),
  arrow([20, 74], [82, 8], "one"),
  tell(116, 64, "ε̂(∅)"),
  tell(106, 36, "ε̂(c)"),
  tell(90, 12, "s > 1"),
];
const hourglass = bottom => [
  shape("polygon", { points: `30,6 104,${bottom} 104,${H - bottom} 30,78` }, "two"),
  shape("rect", { x: 112, y: bottom, width: 16, height: H - 2 * bottom }, "one"),
  shape("polygon", { points: `210,6 136,${bottom} 136,${H - bottom} 210,78` }, "two"),
];
const cloudlets = centre => [
  dot([120, 42], "round", 40),
  ...disc(9, [120, 42], 32).map(([cx, cy], i) =>
    shape("ellipse", { cx, cy, rx: 5 + (i % 3), ry: 8 - (i % 3) }, i === centre ? "one" : "two"),
  ),
];
const grid = () =>
  range(32).map(i => {
    const code = (i * i * 5 + i * 3) % 7;
    return shape(
      "rect",
      { x: 48 + (i % 8) * 18, y: 6 + Math.floor(i / 8) * 18, width: 16, height: 16, "fill-opacity": 0.15 + code / 8 },
      "one",
    );
  });
const sizes = [64, 44, 26, 16, 26, 44, 64];

const DRAWN = {
  kl: () => [curve(bell(0.36, 0.12), "one"), curve(bell(0.58, 0.17), "two")],
  normal: () => [curve(bell(0.5, 0.16), "one")],
  entropy: () => [
    ...bars(SURE, undefined, [0, 108]),
    ...bars(ALIKE, undefined, [132, 108]),
    tell(4, H - 2, nats(SURE)),
    tell(136, H - 2, nats(ALIKE)),
  ],
  temperature: () =>
    [0.5, 1, 2].flatMap((T, i) => [
      ...bars(softmax(LOGITS, T), undefined, [i * 84, 72]),
      tell(i * 84 + 2, H - 2, `T = ${T}`),
    ]),
  softmax: () => [
    ...bars(
      LOGITS.map(l => Math.max(0, l) / 2.4),
      () => false,
      [0, 100],
    ),
    tell(112, 46, "→"),
    ...bars(softmax(LOGITS), undefined, [138, 100]),
  ],
  top_k: () =>
    bars(
      sorted.map(p => 2 * p),
      i => i < 3,
    ),
  top_p: () =>
    bars(
      sorted.map(p => 2 * p),
      i => sum(sorted.slice(0, i)) < 0.8,
    ),
  schedule: () => schedules(),
  snr: () => schedules(decibels),
  precision: () => clouds("drawn"),
  recall: () => clouds("real"),
  collapse: () => modes(i => (i === 2 ? 18 : 0)),
  pca: () => [
    ...disc(60, [0, 0], 1).map(([x, y]) => dot([120 + 84 * x - 10 * y, 42 - 26 * x - 14 * y], "two", 2)),
    arrow([120, 42], [208, 14], "one"),
    arrow([120, 42], [112, 24], "one"),
  ],
  cosine: () => [arrow(CENTRE, onArc(0.5), "one"), arrow(CENTRE, onArc(1.5), "two"), arc(0.5, 1.5, "faint-line")],
  slerp: () => [
    half(),
    line([onArc(0.5), onArc(2.4)], "two"),
    arc(0.5, 2.4, "one"),
    dot(onArc(0.5), "one"),
    dot(onArc(2.4), "one"),
  ],
  modality_gap: () => gap("one", "two"),
  z_i: () => gap("one", "faint"),
  z_t: () => gap("faint", "one"),
  guidance: guided,
  autoencoder: () => hourglass(32),
  posterior: () => cloudlets(3),
  vae: () => cloudlets(-1),
  token: grid,
  unet: () =>
    sizes.map((side, i) =>
      shape("rect", { x: 12 + i * 32, y: H / 2 - side / 2, width: 22, height: side }, i === 3 ? "one" : "two"),
    ),
  respacing: () =>
    range(41).map(i =>
      shape("rect", { x: i * 5.8, y: i % 8 ? 34 : 18, width: 2, height: i % 8 ? 16 : 48 }, i % 8 ? "two" : "one"),
    ),
};
const SAME = {
  logit: "softmax",
  cosine_schedule: "schedule",
  alpha_bar: "schedule",
  prior: "vae",
  codebook: "token",
  vqvae: "token",
  classifier_free: "guidance",
  scale: "guidance",
  encoder: "autoencoder",
  decoder: "autoencoder",
  code: "autoencoder",
};

// What is drawn of a term: nothing, or one picture; the text beside it says the same
export function sketch(term) {
  const draw = DRAWN[SAME[term] ?? term];
  if (!draw) return [];
  const svg = makeSvg("svg", { viewBox: `0 0 ${W} ${H}`, "aria-hidden": "true" });
  svg.append(...draw());
  return [svg];
}
