const P = window.playground,
  { t, make } = P,
  S = props.side,
  names = Object.keys(props.tables);
const host = element.querySelector(".panes"),
  range = element.querySelector("input"),
  told = element.querySelector("output");
const canvases = [["clean", "forward.clean"], ...names.map(n => [n, `forward.${n}`]), ["noise", "forward.noise"]].map(
  ([name, key]) => {
    const canvas = make("canvas", { width: S, height: S }),
      caption = make("figcaption");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", t(key));
    caption.append(make("b", { textContent: t(key) }), make("span"));
    host.append(make("figure", {}, canvas, caption));
    return { name, canvas, told: caption.lastChild };
  },
);
range.setAttribute("aria-label", t("forward.slider"));
let x0 = null,
  noise = null;

function put(canvas, mix) {
  const image = new ImageData(S, S);
  for (let i = 0; i < S * S; i++) {
    for (let k = 0; k < 3; k++) image.data[4 * i + k] = Math.round(127.5 * (mix(3 * i + k) + 1));
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}
const decibel = a => `${(10 * Math.log10(a / (1 - a))).toFixed(1)} dB`;
function show() {
  const at = Number(range.value);
  told.textContent = `t = ${at}`;
  marks.forEach(mark => mark(at));
  if (!x0) return;
  canvases.forEach(({ name, canvas, told }) => {
    const table = props.tables[name];
    if (!table) return put(canvas, name === "clean" ? i => x0[i] : i => noise[i] / 3);
    const a = Math.sqrt(table[at]),
      b = Math.sqrt(1 - table[at]);
    put(canvas, i => a * x0[i] + b * noise[i]);
    told.textContent = `${t("forward.snr")} ${decibel(table[at])}`;
  });
  element.dataset.at = at;
}
async function update(value) {
  if (!value?.src) return;
  const image = await P.picture(value.src),
    canvas = make("canvas", { width: S, height: S }),
    c = canvas.getContext("2d");
  c.drawImage(image, 0, 0, S, S);
  const pixels = c.getImageData(0, 0, S, S).data,
    bytes = Uint8Array.from(atob(value.noise), b => b.charCodeAt(0));
  noise = Float32Array.from(new Int16Array(bytes.buffer), v => v / 8192);
  x0 = Float32Array.from({ length: 3 * S * S }, (_, i) => pixels[4 * Math.floor(i / 3) + (i % 3)] / 127.5 - 1);
  show();
  tell();
  element.dataset.shown = Number(element.dataset.shown ?? 0) + 1;
}
const every = (table, f) => table.map((a, i) => [i, f(a)]).filter((_, i) => i % 9 === 0);
const x = { label: "forward.t", min: 0, max: 999 };
const [signal, snr] = element.querySelectorAll(".chart");
const marks = [
  chart(signal, {
    x,
    y: { label: "forward.signal", min: 0, max: 1 },
    lines: names.map(n => ({ label: `forward.${n}`, points: every(props.tables[n], Math.sqrt) })),
  }),
  chart(snr, {
    x,
    y: { label: "forward.log_snr", min: -60, max: 45 },
    lines: names.map(n => ({
      label: `forward.${n}`,
      points: every(props.tables[n], a => 10 * Math.log10(a / (1 - a))),
    })),
  }),
];
function sheet() {
  const canvas = make("canvas", { width: 4 * 136 - 8, height: 128 }),
    c = canvas.getContext("2d");
  c.imageSmoothingEnabled = false;
  canvases.forEach((one, i) => c.drawImage(one.canvas, i * 136, 0, 128, 128));
  return new Promise(done => canvas.toBlob(done, "image/png"));
}
const { tell } = recipeStrip(element.querySelector(".strip"), {
  chip: [],
  live: true,
  recipe: () => props.value?.recipe,
  link: () => props.value?.link,
  blob: sheet,
});
range.oninput = show;
P.follow(watch, props, update);
show();
P.fresh(element, () => trigger("retry"));
