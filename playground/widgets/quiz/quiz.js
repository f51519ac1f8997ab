const P = window.playground,
  { t, say, make } = P,
  find = name => element.querySelector(name),
  pair = find(".pair"),
  told = find(".told"),
  tally = find(".tally");
let pairs = [],
  at = 0,
  mine = [],
  its = [];
const right = one => one.real.score > one.drawn.score;

function side(name) {
  const image = make("img", { width: 64, height: 64, alt: "" }),
    b = make("button", { type: "button", disabled: true }, image),
    words = make("small");
  b.setAttribute("aria-label", t(name === "left" ? "quiz.left" : "quiz.right_one"));
  b.onclick = () => choose(name === "left");
  return { b, image, words, node: make("div", {}, b, words) };
}
const sides = [side("left"), side("right")];
pair.append(...sides.map(one => one.node));
const next = make("button", { type: "button", textContent: t("quiz.next"), hidden: true });
next.onclick = () => {
  at += 1;
  show();
  sides[0].b.focus();
};

async function show() {
  const one = pairs[at],
    order = one.left ? ["real", "drawn"] : ["drawn", "real"];
  try {
    await Promise.all(order.map(kind => P.picture(one[kind].src)));
  } catch {
    return;
  }
  if (one !== pairs[at]) return;
  sides.forEach((place, k) => {
    place.image.src = one[order[k]].src;
    place.b.disabled = false;
    place.b.className = "";
    place.words.textContent = "";
  });
  told.replaceChildren(t("quiz.which", { n: at + 1, of: pairs.length }));
  count();
  element.dataset.shown = Number(element.dataset.shown ?? 0) + 1;
}
function choose(left) {
  const one = pairs[at],
    order = one.left ? ["real", "drawn"] : ["drawn", "real"];
  mine.push(left === one.left);
  its.push(right(one));
  sides.forEach((place, k) => {
    const kind = order[k],
      { label, score } = one[kind];
    place.b.disabled = true;
    place.b.className = kind;
    place.words.textContent = `${t(`quiz.${kind}`)} · ${say(label)} · D ${score >= 0 ? "+" : ""}${score.toFixed(1)}`;
  });
  const last = at + 1 >= pairs.length;
  told.replaceChildren(
    t(mine.at(-1) ? "quiz.right" : "quiz.wrong"),
    " ",
    t(its.at(-1) ? "quiz.d_right" : "quiz.d_wrong"),
    ...(last ? [" ", t("quiz.over")] : [next]),
  );
  next.hidden = last;
  if (!last) next.focus();
  count();
}
function count() {
  const line = (key, list) =>
    make(
      "span",
      {},
      t(key, { n: list.filter(Boolean).length, of: list.length }),
      " ",
      make("i", { textContent: list.map(v => (v ? "●" : "○")).join("") }),
    );
  tally.replaceChildren(line("quiz.you", mine), line("quiz.d", its));
}
function sheet() {
  const canvas = make("canvas", { width: pairs.length * 104 + 8, height: 240 }),
    c = canvas.getContext("2d");
  c.fillStyle = "#fff";
  c.fillRect(0, 0, canvas.width, canvas.height);
  c.imageSmoothingEnabled = false;
  return Promise.all(
    pairs.map(async (one, k) => {
      for (const [j, kind] of ["real", "drawn"].entries())
        c.drawImage(await P.picture(one[kind].src), 8 + k * 104, 8 + j * 112, 96, 96);
    }),
  ).then(() => new Promise(done => canvas.toBlob(done, "image/png")));
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
  if (!props.value?.pairs?.length) return;
  pairs = props.value.pairs;
  at = 0;
  mine = [];
  its = [];
  show();
  tell();
}
P.follow(watch, props, update);
P.fresh(element, () => trigger("retry"), false);
