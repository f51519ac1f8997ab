const P = window.playground,
  { t, say, make } = P,
  find = name => element.querySelector(name),
  S = 512,
  FEW = 8,
  APART = 90; // APART: between colours that count as different
const books = {};
let value = null,
  book = null,
  cell = 0,
  edits = new Map(),
  of = "",
  turn = 0;
const wanted = P.restored("surgery").edits;

const canvases = {};
for (const name of ["specimen", "tokens", "back", "drawn"]) {
  const canvas = (canvases[name] = make("canvas", { width: S, height: S })),
    picture = make("div", { className: "picture" }, canvas);
  canvas.setAttribute("role", "img");
  if (name !== "specimen") picture.append(take(name));
  find(".bench").append(
    make("figure", { className: name }, picture, make("figcaption", { textContent: t(`mosaic.${name}`) })),
  );
}
function take(name) {
  const b = make("button", { type: "button", className: "take", textContent: "↥", title: t("exhibit.take") });
  b.setAttribute("aria-label", t("exhibit.take"));
  b.onclick = () =>
    value &&
    P.specimen(
      { kind: "png", src: name === "tokens" ? canvases.tokens.toDataURL("image/png") : value[name] },
      t(`mosaic.${name}`),
    );
  return b;
}
const side = () => Math.round(Math.sqrt(value.now.length));
async function picture(name, src) {
  const image = await P.picture(src),
    pen = canvases[name].getContext("2d");
  return () => {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(image, 0, 0, S, S);
  };
}
function outline(name, place, width, style) {
  const pen = canvases[name].getContext("2d"),
    w = S / side();
  pen.lineWidth = width;
  pen.strokeStyle = style;
  pen.strokeRect((place % side()) * w + width / 2, Math.floor(place / side()) * w + width / 2, w - width, w - width);
}

async function show() {
  const mine = ++turn,
    now = value;
  const [known, ...draw] = await Promise.all([
    (books[now.model] ??= server.offered(now.model).then(async b => b && { ...b, put: await codeSprite(b) })),
    picture("specimen", now.src),
    picture("back", now.back),
    picture("drawn", now.drawn),
  ]);
  if (mine !== turn) return;
  book = known;
  draw.forEach(run => run());
  paint();
  tellRemarks(find(".remarks"), now.numbers);
  tell();
  element.dataset.shown = Number(element.dataset.shown ?? 0) + 1;
}
function paint() {
  if (!book) return;
  const pen = canvases.tokens.getContext("2d"),
    w = S / side();
  value.now.forEach((code, i) => book.put(pen, code, (i % side()) * w, Math.floor(i / side()) * w, w));
  pen.lineWidth = 1;
  pen.strokeStyle = "rgb(128 128 128 / .45)";
  pen.beginPath();
  for (let k = 1; k < side(); k++) {
    pen.moveTo(k * w, 0);
    pen.lineTo(k * w, S);
    pen.moveTo(0, k * w);
    pen.lineTo(S, k * w);
  }
  pen.stroke();
  value.now.forEach((code, i) => {
    if (code !== value.was[i]) outline("tokens", i, 2, "#b44bd6");
  });
  cell = Math.min(cell, value.now.length - 1);
  outline("tokens", cell, 6, "#fff");
  outline("tokens", cell, 3, "#111");
  canvases.tokens.setAttribute(
    "aria-label",
    t("mosaic.cell", { row: Math.floor(cell / side()) + 1, column: (cell % side()) + 1, code: value.now[cell] }),
  );
  offer();
}
function offer() {
  const code = value.now[cell],
    common = [];
  for (const k of [...book.shares.keys()].sort((a, b) => book.shares[b] - book.shares[a]))
    if (
      common.length < FEW &&
      common.every(one => book.colours[one].reduce((sum, v, i) => sum + Math.abs(v - book.colours[k][i]), 0) > APART)
    )
      common.push(k);
  find(".cell").textContent =
    `${canvases.tokens.getAttribute("aria-label")} · ${t("mosaic.share", { n: (100 * book.shares[code]).toFixed(2) })}`;
  for (const [name, list] of [
    ["near", book.near[code]],
    ["common", common],
  ])
    find(`.${name}`).replaceChildren(
      make("span", { textContent: t(`mosaic.${name}`) }),
      ...list.map(k => patch(k, code)),
    );
  undo.disabled = reset.disabled = !edits.size;
}
function patch(code, current) {
  const canvas = make("canvas", { width: 40, height: 40 }),
    b = make("button", { type: "button", title: code }, canvas);
  book.put(canvas.getContext("2d"), code, 0, 0, 40);
  b.setAttribute("aria-label", t("mosaic.code", { code }));
  b.setAttribute("aria-pressed", code === current);
  b.onclick = () => {
    edits.delete(cell);
    edits.set(cell, code);
    send();
  };
  return b;
}
const send = () =>
  P.hold("surgery", "edits", edits.size ? `${of}${[...edits].map(([c, k]) => ` ${c}=${k}`).join("")}` : "");
const tool = (key, run) => {
  const b = make("button", { type: "button", textContent: t(key), disabled: true });
  b.onclick = run;
  find(".tools").append(b);
  return b;
};
const undo = tool("mosaic.undo", () => {
  edits.delete([...edits.keys()].at(-1));
  send();
});
const reset = tool("mosaic.reset", () => {
  edits.clear();
  send();
});

for (const name of ["tokens", "back", "drawn"])
  canvases[name].onpointerdown = e => {
    if (!value?.now) return;
    const box = e.target.getBoundingClientRect(),
      at = v => Math.min(side() - 1, Math.max(0, Math.floor(v * side())));
    cell = at((e.clientY - box.top) / box.height) * side() + at((e.clientX - box.left) / box.width);
    paint();
  };
canvases.tokens.tabIndex = 0;
canvases.tokens.onkeydown = e => {
  const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -side(), ArrowDown: side() }[e.key];
  if (!move) return;
  e.preventDefault();
  if (cell + move >= 0 && cell + move < value.now.length) {
    cell += move;
    paint();
  }
};

// The changes of a recipe; those of another model are forgotten
function restore(text) {
  const [model, ...pairs] = String(text ?? "").split(" ");
  of = model;
  edits = new Map(
    pairs.map(pair => pair.split("=").map(Number)).filter(pair => pair.length === 2 && pair.every(Number.isInteger)),
  );
}
P.bus.addEventListener("restored", () => restore(P.restored("surgery").edits));
restore(wanted);
function sheet() {
  const whole = make("canvas", { width: 4 * 272 + 16, height: 288 }),
    pen = whole.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, whole.width, whole.height);
  pen.imageSmoothingEnabled = false;
  Object.values(canvases).forEach((canvas, i) => pen.drawImage(canvas, 16 + 272 * i, 16, 256, 256));
  return new Promise(done => whole.toBlob(done, "image/png"));
}
const { tell } = recipeStrip(find(".strip"), {
  chip: props.chip,
  live: true,
  recipe: () => props.value?.recipe,
  link: () => props.value?.link,
  blob: sheet,
});
function update() {
  find(".waiting").textContent = say(props.value?.note);
  if (!props.value?.now) return;
  const codes = text => text.split(" ").map(Number);
  value = { ...props.value, was: codes(props.value.was), now: codes(props.value.now) };
  if (of !== value.model) {
    of = value.model;
    edits = new Map();
  }
  show();
}
P.follow(watch, props, update);
P.fresh(element, () => trigger("retry"));
void ["retry"];
