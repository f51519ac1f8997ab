const P = window.playground,
  { t, say, make } = P,
  list = element.querySelector("ol"),
  image = element.querySelector("img"),
  waiting = element.querySelector(".waiting");
let shown = null,
  bars = [];
list.style.setProperty("--rows", props.rows);
image.alt = t("tray.specimen");

function layout(value) {
  const order = value.labels.map((text, i) => ({ text, cosine: value.cosine[i] })).sort((a, b) => b.cosine - a.cosine);
  bars = order.map(one => ({ ...one, fill: make("i"), share: make("em") }));
  list.replaceChildren(
    ...bars.map(({ text, cosine, fill, share }) =>
      make(
        "li",
        {},
        make("span", { className: "text", dir: "auto", textContent: text, title: text }),
        make("span", { className: "track" }, fill),
        share,
        make("small", { textContent: `cos ${cosine.toFixed(3)}` }),
      ),
    ),
  );
}
function paint(scale) {
  if (!shown) return;
  softmax(
    bars.map(one => one.cosine),
    scale,
  ).forEach((p, i) => {
    bars[i].fill.style.width = `${100 * p}%`;
    bars[i].share.textContent = percent(p);
  });
}
const own = scaleSlider(element.querySelector(".transport"), paint);
async function show(value) {
  waiting.textContent = say(value?.note);
  if (!value?.cosine) return;
  try {
    await P.picture(value.src);
  } catch {
    return;
  }
  if (value !== props.value) return;
  image.src = value.src;
  shown = value;
  layout(value);
  own(value.scale);
  tellRemarks(element.querySelector(".remarks"), value.remarks);
  tell();
  element.dataset.shown = Number(element.dataset.shown ?? 0) + 1;
}
function sheet() {
  const canvas = make("canvas", { width: 640, height: Math.max(208, 24 + bars.length * 30) }),
    c = canvas.getContext("2d");
  c.fillStyle = "#fff";
  c.fillRect(0, 0, canvas.width, canvas.height);
  c.imageSmoothingEnabled = false;
  c.drawImage(image, 12, 12, 184, 184);
  c.font = "13px 'IBM Plex Sans', sans-serif";
  bars.forEach((one, i) => {
    c.fillStyle = "#222";
    c.fillText(one.text, 212, 32 + i * 30, 160);
    c.fillText(one.share.textContent, 590, 32 + i * 30);
    c.fillStyle = "#2f7a2c";
    c.fillRect(380, 20 + i * 30, (200 * parseFloat(one.fill.style.width)) / 100, 16);
  });
  return new Promise(done => canvas.toBlob(done, "image/png"));
}
const { tell } = recipeStrip(element.querySelector(".strip"), {
  chip: props.chip,
  live: true,
  recipe: () => props.value?.recipe,
  link: () => props.value?.link,
  blob: sheet,
});
P.follow(watch, props, show);
P.fresh(element, () => trigger("retry"));
