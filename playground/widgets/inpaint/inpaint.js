import { loadPicture, make } from "../../shell/dom.js";
import { bus, fresh, hold } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { brush } from "../lib/brush.js";
import { follow } from "../lib/follow.js";
import { tellNear } from "../lib/near.js";
import { pressOne, tool } from "../lib/press.js";
import { tellRemarks } from "../lib/remarks.js";
import { inRow } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";
import { takeButton } from "../lib/take.js";

export default function inpaint({ element, props, trigger, watch }) {
  const find = name => element.querySelector(name),
    S = 32;
  const canvas = find(".easel canvas"),
    c = canvas.getContext("2d"),
    waiting = find(".waiting");
  find("figcaption").textContent = t("inpaint.paint");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", t("inpaint.canvas"));
  let hole = new Uint8Array(S * S),
    base = null,
    own = false,
    size = 6,
    on = 1;

  const figures = Array.from({ length: props.count }, () => {
    const image = make("img", { width: 32, height: 32, alt: "" }),
      take = takeButton(() => ({ src: image.src, label: t("inpaint.taken") }));
    const caption = make("figcaption"),
      near = make("div", { className: "near" });
    find(".drawn").append(make("figure", {}, make("div", { className: "picture" }, image, take), caption, near));
    return { image, caption, near };
  });

  function show() {
    c.clearRect(0, 0, S, S);
    if (base) c.drawImage(base, 0, 0, S, S);
    c.fillStyle = getComputedStyle(find(".bench")).getPropertyValue("--hole");
    for (let i = 0; i < S * S; i++)
      if (hole[i]) {
        c.globalAlpha = ((i % S) + Math.floor(i / S)) % 2 ? 0.9 : 0.7;
        c.fillRect(i % S, Math.floor(i / S), 1, 1);
      }
    c.globalAlpha = 1;
    element.dataset.holes = hole.reduce((a, b) => a + b, 0);
  }
  function dab(x, y) {
    for (let v = 0; v < S; v++)
      for (let u = 0; u < S; u++) if (Math.hypot(u + 0.5 - x, v + 0.5 - y) <= size / 2) hole[v * S + u] = on;
  }
  function line(a, b) {
    const steps = Math.max(1, Math.ceil(Math.hypot(b.x - a.x, b.y - a.y)));
    for (let k = 0; k <= steps; k++) dab(a.x + ((b.x - a.x) * k) / steps, a.y + ((b.y - a.y) * k) / steps);
    show();
  }
  function send() {
    const one = make("canvas", { width: S, height: S }),
      image = new ImageData(S, S);
    for (let i = 0; i < S * S; i++) image.data.set(hole[i] ? [255, 255, 255, 255] : [0, 0, 0, 255], 4 * i);
    one.getContext("2d").putImageData(image, 0, 0);
    own = true;
    hold("inpaint", "mask", { kind: "png", src: one.toDataURL("image/png") });
  }
  let timer = 0;
  brush(canvas, {
    stroke: line,
    end: byKey => {
      if (byKey) {
        clearTimeout(timer);
        timer = setTimeout(send, 700);
      } else send();
    },
  });
  const add = (key, run) => {
    const b = tool(key, run);
    find(".tools").append(b);
    return b;
  };
  const brushes = [1, 0].map(value =>
    add(value ? "inpaint.dig" : "inpaint.mend", b => {
      on = value;
      pressOne(brushes, b);
    }),
  );
  pressOne(brushes, brushes[0]);
  const sizes = [3, 6, 12].map(value => {
    const b = add(String(value), b => {
      size = value;
      pressOne(sizes, b);
    });
    b.setAttribute("aria-label", t("easel.size", { n: value }));
    return b;
  });
  pressOne(sizes, sizes[1]);
  add("inpaint.clear", () => {
    hole.fill(0);
    show();
    send();
  });
  add("inpaint.fill", () => {
    hole.fill(1);
    show();
    send();
  });

  async function holes(src) {
    const image = await loadPicture(src),
      one = make("canvas", { width: S, height: S }),
      k = one.getContext("2d");
    k.drawImage(image, 0, 0, S, S);
    const pixels = k.getImageData(0, 0, S, S).data;
    hole = Uint8Array.from({ length: S * S }, (_, i) => pixels[4 * i] > 127);
  }
  let turn = 0;
  async function update(value) {
    if (!value) return;
    waiting.textContent = say(value.note);
    tellRemarks(find(".remarks"), value.remarks);
    if (!value.src) return;
    const mine = ++turn,
      image = await loadPicture(value.src);
    if (mine !== turn) return;
    base = image;
    if (value.mask && !own) await holes(value.mask);
    show();
    await Promise.all(
      (value.drawn ?? []).map(async (src, k) => {
        if (!src) return;
        try {
          await loadPicture(src);
        } catch {
          return;
        }
        figures[k].image.src = src;
        figures[k].image.alt = t("draws.one", { n: (value.recipe?.settings?.seed ?? 0) + k });
        figures[k].caption.textContent = figures[k].image.alt;
        tellNear(figures[k].near, value.near?.[k]);
      }),
    );
    if (mine !== turn || !value.drawn) return;
    tell();
    element.dataset[value.live ? "live" : "shown"] = mine;
  }
  const sheet = () => inRow([canvas, ...figures.map(f => f.image)], 128);
  const tell = recipeStrip(find(".strip"), props, sheet);
  bus.addEventListener("restored", () => {
    own = false;
  });
  follow({ element, props, watch }, update);
  show();
  fresh(element, () => trigger("retry"));
}
