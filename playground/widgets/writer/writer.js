const P = window.playground,
  { t, say, make } = P,
  find = name => element.querySelector(name),
  S = 512;
const books = {},
  range = find("input");
let value = null,
  book = null,
  cell = -1,
  turn = 0;
range.setAttribute("aria-label", t("writer.merges"));

const canvases = {};
for (const name of ["tokens", "whole", "unsure"]) {
  const canvas = (canvases[name] = make("canvas", { width: S, height: S })),
    frame = make("div", { className: "picture" }, canvas);
  canvas.setAttribute("role", "img");
  if (name === "whole") {
    const b = make("button", { type: "button", className: "take", textContent: "↥", title: t("exhibit.take") });
    b.setAttribute("aria-label", t("exhibit.take"));
    b.onclick = () => value?.done && P.specimen({ kind: "png", src: value.picture }, value.prompt);
    frame.append(b);
  }
  canvas.onpointerdown = e => {
    if (!value?.codes) return;
    const box = canvas.getBoundingClientRect(),
      at = v => Math.min(value.grid - 1, Math.max(0, Math.floor(v * value.grid)));
    cell = at((e.clientY - box.top) / box.height) * value.grid + at((e.clientX - box.left) / box.width);
    paint();
  };
  find(".bench").append(
    make("figure", { className: name }, frame, make("figcaption", { textContent: t(`writer.${name}`) })),
  );
}
canvases.tokens.tabIndex = 0;
canvases.tokens.onkeydown = e => {
  const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -value?.grid, ArrowDown: value?.grid }[e.key];
  if (!move || !value?.codes) return;
  e.preventDefault();
  cell = Math.min(value.codes.length - 1, Math.max(0, Math.max(cell, 0) + move));
  paint();
};

function pieces() {
  const state = value.merges[Number(range.value)] ?? [];
  find(".pieces").replaceChildren(
    ...state.map(one => make("span", { textContent: one, dir: "auto" })),
    make("b", { textContent: t("writer.then", { n: value.codes.length, of: value.grid ** 2 }) }),
  );
}
range.oninput = () => value && pieces();
const where = (i, w) => [(i % value.grid) * w, Math.floor(i / value.grid) * w];
function paint(image) {
  if (!book || !value?.codes) return;
  const w = S / value.grid,
    pens = Object.fromEntries(Object.entries(canvases).map(([name, canvas]) => [name, canvas.getContext("2d")]));
  for (const name of ["tokens", "unsure"]) pens[name].clearRect(0, 0, S, S);
  value.codes.forEach((code, i) => {
    book.put(pens.tokens, code, ...where(i, w), w);
  });
  if (image) {
    pens.whole.clearRect(0, 0, S, S);
    pens.whole.imageSmoothingEnabled = false;
    pens.whole.drawImage(image, 0, 0, S, S);
    for (let i = value.codes.length; i < value.grid ** 2; i++) pens.whole.clearRect(...where(i, w), w, w);
  }
  const most = Math.log(book.codes),
    heat = getComputedStyle(element).getPropertyValue("--family") || "#7b4fc9";
  value.entropy.forEach((nats, i) => {
    pens.unsure.globalAlpha = Math.min(1, (nats / most) * 1.4);
    pens.unsure.fillStyle = heat;
    pens.unsure.fillRect(...where(i, w), w - 1, w - 1);
    pens.unsure.globalAlpha = 1;
  });
  for (let i = 0; i < value.kept; i++) {
    pens.tokens.strokeStyle = "#b44bd6";
    pens.tokens.lineWidth = 2;
    pens.tokens.strokeRect(where(i, w)[0] + 1, where(i, w)[1] + 1, w - 2, w - 2);
  }
  if (cell >= 0 && cell < value.codes.length)
    for (const [width, style] of [
      [7, "#fff"],
      [3, "#111"],
    ])
      for (const name of ["tokens", "unsure"]) {
        pens[name].lineWidth = width;
        pens[name].strokeStyle = style;
        pens[name].strokeRect(where(cell, w)[0] + 3, where(cell, w)[1] + 3, w - 6, w - 6);
      }
  offer();
}
function offer() {
  const known = cell >= 0 && cell < value.codes.length;
  const told = !known
    ? t("writer.hint")
    : t("writer.cell", {
        row: Math.floor(cell / value.grid) + 1,
        column: (cell % value.grid) + 1,
        code: value.codes[cell],
        nats: value.entropy[cell].toFixed(2),
      });
  find(".cell").textContent = told;
  canvases.tokens.setAttribute("aria-label", told);
  find(".best").replaceChildren(
    ...(known ? value.best[cell] : []).map(([code, p]) => {
      const canvas = make("canvas", { width: 48, height: 48 }),
        b = make(
          "button",
          { type: "button" },
          canvas,
          make("span", { textContent: p < 0.001 ? "<0.1%" : `${(100 * p).toFixed(1)}%` }),
        );
      book.put(canvas.getContext("2d"), code, 0, 0, 48);
      b.setAttribute("aria-label", t("writer.instead", { code, p: (100 * p).toFixed(1) }));
      b.setAttribute("aria-pressed", code === value.codes[cell]);
      b.onclick = () => P.hold("write", "prefix", `${[...value.codes.slice(0, cell), code].join(" ")}|${value.prompt}`);
      return b;
    }),
  );
}

async function show() {
  find(".waiting").textContent = say(props.value?.note);
  if (!props.value?.codes) return;
  const split = (text, by) => (text ? text.split(by) : []),
    { codes, best, entropy, ...rest } = props.value;
  const mine = ++turn,
    now = {
      ...rest,
      codes: split(codes, " ").map(Number),
      entropy: split(entropy, " ").map(Number),
      best: split(best, "|").map(one => one.split(" ").map(pair => pair.split(":").map(Number))),
    };
  const [known, image] = await Promise.all([
    (books[now.model] ??= server.offered(now.model).then(async b => b && { ...b, put: await codeSprite(b) })),
    P.picture(now.picture),
  ]);
  if (mine !== turn) return;
  if (now.prompt !== value?.prompt) {
    range.max = now.merges.length - 1;
    range.value = range.max;
    cell = -1;
  }
  [value, book] = [now, known];
  pieces();
  paint(image);
  tellNear(find(".near"), now.nearest);
  tellRemarks(find(".remarks"), now.remarks);
  element.dataset.written = now.codes.length;
  if (now.done) {
    tell();
    element.dataset.shown = mine;
  }
}
function sheet() {
  const whole = make("canvas", { width: 2 * 272 + 16, height: 288 }),
    pen = whole.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, whole.width, whole.height);
  pen.imageSmoothingEnabled = false;
  [canvases.tokens, canvases.whole].forEach((canvas, i) => pen.drawImage(canvas, 16 + 272 * i, 16, 256, 256));
  return new Promise(done => whole.toBlob(done, "image/png"));
}
const { tell } = recipeStrip(find(".strip"), {
  chip: props.chip,
  live: true,
  recipe: () => props.value?.recipe,
  link: () => props.value?.link,
  blob: sheet,
});
P.follow(watch, props, show);
P.fresh(element, () => trigger("retry"), false);
void ["retry"];
