const P = window.playground,
  { t, say, make } = P,
  find = name => element.querySelector(name);
const host = find(".panes"),
  range = find("input"),
  told = find("output"),
  waiting = find(".waiting");
const NAMES = ["x", "nothing", "words", "change", "guess", "picture"];
const panes = Object.fromEntries(
  NAMES.map(name => {
    const canvas = make("canvas", { width: 32, height: 32 }),
      told = make("span");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", t(`microscope.${name}`));
    host.append(
      make(
        "figure",
        { className: name },
        canvas,
        make("figcaption", {}, make("b", { textContent: t(`microscope.${name}`) }), told),
      ),
    );
    return [name, { canvas, told }];
  }),
);
range.setAttribute("aria-label", t("film.scrub"));
let moments = null,
  scale = P.scale?.microscope ?? 3,
  drawn = null;

// The sprite's pixels, one array per moment and row: 3 numbers a pixel, from -1 to 1
function cut(image, count) {
  const S = image.naturalHeight / 3,
    canvas = make("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  const c = canvas.getContext("2d", { willReadFrequently: true });
  c.drawImage(image, 0, 0);
  return Array.from({ length: count }, (_, k) =>
    [0, 1, 2].map(row => {
      const pixels = c.getImageData(k * S, row * S, S, S).data;
      return Float32Array.from({ length: 3 * S * S }, (_, i) => pixels[4 * Math.floor(i / 3) + (i % 3)] / 127.5 - 1);
    }),
  );
}
function put({ canvas }, f) {
  const S = canvas.width,
    image = new ImageData(S, S);
  for (let i = 0; i < 3 * S * S; i++) image.data[4 * Math.floor(i / 3) + (i % 3)] = Math.round(127.5 * (f(i) + 1));
  for (let i = 0; i < S * S; i++) image.data[4 * i + 3] = 255;
  canvas.getContext("2d").putImageData(image, 0, 0);
}
function show() {
  if (!moments) return;
  const began = performance.now(),
    k = Math.min(moments.length - 1, Number(range.value)),
    {
      t: at,
      kept,
      spread,
      rows: [eps, nothing, change],
    } = moments[k];
  const [wide, range0] = props.largest,
    signal = Math.sqrt(kept),
    noise = Math.sqrt(1 - kept),
    ratio = signal / noise;
  const loud = 1 / Math.max(1e-6, ratio * spread); // what makes the largest difference of ε fill the range
  put(panes.x, i => (signal * range0 * nothing[i] + noise * wide * eps[i]) / 2);
  put(panes.nothing, i => (wide * eps[i]) / 3);
  put(panes.words, i => (wide * eps[i] - ratio * spread * change[i]) / 3);
  put(panes.change, i => -change[i]);
  put(panes.guess, i => range0 * nothing[i] + scale * spread * change[i]);
  panes.change.told.textContent = t("microscope.loud", { n: loud < 10 ? loud.toFixed(1) : Math.round(loud) });
  panes.guess.told.textContent = t("guidance.at_scale", { s: scale });
  told.textContent = t("film.at", { k: k + 1, n: moments.length, t: at });
  element.dataset.at = k;
  element.dataset.scale = scale;
  element.dataset.took = (performance.now() - began).toFixed(1);
}
async function picture(src) {
  const image = await P.picture(src),
    { canvas } = panes.picture;
  canvas.width = canvas.height = image.naturalWidth;
  canvas.getContext("2d").drawImage(image, 0, 0);
}
let turn = 0;
async function update(value) {
  if (!value) return;
  waiting.textContent = say(value.note);
  tellRemarks(find(".remarks"), value.remarks);
  const mine = ++turn;
  if (value.live) await picture(value.live);
  if (!value.sprite) return;
  const image = await P.picture(value.sprite);
  if (mine !== turn) return;
  const S = image.naturalHeight / 3,
    rows = cut(image, value.moments.length);
  NAMES.slice(0, 5).forEach(name => {
    panes[name].canvas.width = panes[name].canvas.height = S;
  });
  moments = value.moments.map((one, k) => ({ ...one, rows: rows[k] }));
  if (drawn === null) range.value = Math.round(moments.length * 0.45);
  range.max = moments.length - 1;
  drawn = value.scale;
  panes.picture.told.textContent = t("guidance.at_scale", { s: drawn });
  await picture(value.src);
  show();
  tell();
  element.dataset.shown = Number(element.dataset.shown ?? 0) + 1;
}
function sheet() {
  const side = 128,
    canvas = make("canvas", { width: NAMES.length * (side + 8) - 8, height: side }),
    c = canvas.getContext("2d");
  c.imageSmoothingEnabled = false;
  NAMES.forEach((name, i) => c.drawImage(panes[name].canvas, i * (side + 8), 0, side, side));
  return new Promise(done => canvas.toBlob(done, "image/png"));
}
const { tell } = recipeStrip(find(".strip"), {
  chip: props.chip,
  live: true,
  recipe: () => moments && props.value?.recipe,
  link: () => props.value?.link,
  blob: sheet,
});
range.oninput = show;
P.bus.addEventListener("scale", () => {
  if (P.scale?.microscope == null || P.scale.microscope === scale) return;
  scale = P.scale.microscope;
  show();
});
P.follow(watch, props, update);
P.fresh(element, () => trigger("retry"), false);
