import { loadPicture, make, root } from "../../shell/dom.js";
import { bus, fresh, restored } from "../../shell/events.js";
import { lang, t } from "../../shell/language.js";
import { placeOn } from "../lib/brush.js";
import { radios } from "../lib/radios.js";
import { onSheet } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";
import { takeButton } from "../lib/take.js";

export default function latentmap({ element, props, trigger, watch, server }) {
  const G = props.grid,
    T = props.tile,
    R = props.range;
  const $ = name => element.querySelector(name),
    plane = $(".plane"),
    pen = plane.getContext("2d"),
    W = plane.width;
  const COLOURS = ["#f4c20d", "#e07a5f", "#4caf50", "#e53935", "#5c9ce6", "#ab47bc", "#8d6e63", "#00acc1", "#7cb342"];
  const layers = { pictures: true, codes: true, ellipses: true };
  let u = [0, 0],
    shown = props.models.at(-1),
    drag = false,
    raf = 0,
    turn = 0,
    timer = 0,
    calls = 0;
  const state = Object.fromEntries(
    props.models.map(name => [name, { atlas: null, codes: [], mosaic: null, dots: null }]),
  );
  plane.setAttribute("aria-label", t("map.plane"));
  plane.setAttribute("aria-roledescription", t("map.role"));

  // node i of the grid stands in the middle of its tile
  const toPixel = v => ((((v / R + 1) / 2) * (G - 1) + 0.5) * W) / G;
  const toCode = p => Math.max(-R, Math.min(R, ((((p * G) / W - 0.5) / (G - 1)) * 2 - 1) * R));
  const spot = ([a, b]) => [toPixel(a), toPixel(-b)];

  const outs = Object.fromEntries(
    props.models.map(name => {
      const canvas = make("canvas", { width: T, height: T }),
        kind = make("span", { className: "kind" }),
        far = make("span", { className: "far" });
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", t(`model.${name}`));
      const take = takeButton(() => ({ src: canvas.toDataURL("image/png"), label: t(`model.${name}`) }));
      $(".outs").append(
        make(
          "figure",
          {},
          make("div", { className: "picture" }, canvas, take),
          make("figcaption", {}, make("b", { textContent: t(`model.${name}`) }), far, kind),
        ),
      );
      return [name, { canvas, pen: canvas.getContext("2d"), kind, far }];
    }),
  );

  // Four neighbouring tiles; layer k is drawn with its weight over the sum of the weights so far
  function blend(out, sprite) {
    const gx = ((u[0] / R + 1) / 2) * (G - 1),
      gy = ((1 - u[1] / R) / 2) * (G - 1);
    const x = Math.min(gx | 0, G - 2),
      y = Math.min(gy | 0, G - 2),
      fx = gx - x,
      fy = gy - y,
      o = out.pen;
    const put = (i, j, a) => {
      o.globalAlpha = a;
      o.drawImage(sprite, i * T, j * T, T, T, 0, 0, T, T);
    };
    o.globalCompositeOperation = "copy";
    put(x, y, 1);
    o.globalCompositeOperation = "source-over";
    put(x + 1, y, fx);
    put(x, y + 1, fx * fy < 1 ? (fy * (1 - fx)) / (1 - fx * fy) : 0);
    put(x + 1, y + 1, fx * fy);
    o.globalAlpha = 1;
  }

  const nearest = codes =>
    Math.sqrt(codes.reduce((d, c) => Math.min(d, (c[0] - u[0]) ** 2 + (c[1] - u[1]) ** 2), Infinity));

  function ellipse([a, b, sa, sb], times, style, width) {
    const [x, y] = spot([a, b]),
      scale = ((W * (G - 1)) / (2 * R * G)) * times;
    pen.beginPath();
    pen.ellipse(x, y, Math.max(1.5, sa * scale), Math.max(1.5, sb * scale), 0, 0, 7);
    pen.lineWidth = width + 2;
    pen.strokeStyle = "rgb(255 255 255 / .8)";
    pen.stroke();
    pen.lineWidth = width;
    pen.strokeStyle = style;
    pen.stroke();
  }

  function mark([x, y], radius, fill) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    pen.fillStyle = fill;
    pen.fill();
    pen.lineWidth = 3;
    pen.strokeStyle = "#fff";
    pen.stroke();
    pen.lineWidth = 1.5;
    pen.strokeStyle = "#111";
    pen.stroke();
  }

  function paint(blended) {
    raf = 0;
    ground(state[shown]);
    posteriors();
    cross();
    const text = `z₁ ${u[0].toFixed(2)}   z₂ ${u[1].toFixed(2)}`;
    plane.setAttribute("aria-valuenow", u[0].toFixed(2));
    plane.setAttribute("aria-valuetext", text);
    $(".at").textContent = text;
    for (const name of props.models) tellOut(name, blended, text);
  }
  // What lies below the point: the map's pictures, and the codes of the training pictures
  function ground(now) {
    pen.fillStyle = document.body.classList.contains("dark") ? "#1b1e23" : "#fff";
    pen.fillRect(0, 0, W, W);
    if (layers.pictures && now.mosaic) pen.drawImage(now.mosaic, 0, 0);
    if (layers.pictures && now.mosaic && layers.codes) {
      pen.fillStyle = "rgb(255 255 255 / .45)";
      pen.fillRect(0, 0, W, W);
    }
    if (layers.codes && now.dots) pen.drawImage(now.dots, 0, 0);
  }
  // The posteriors of a VAE, and where the specimen lies
  function posteriors() {
    const points = props.value?.points ?? {};
    if (layers.ellipses && shown.startsWith("vae"))
      (props.value?.ellipses ?? []).forEach((e, i) =>
        (i ? [1] : [1, 2]).forEach(k => ellipse(e, k, i ? "#333" : "#d00", i ? 1 : 2)),
      );
    if (points[shown]) mark(spot(points[shown]), 6, "#d00");
  }
  function cross() {
    const [x, y] = spot(u);
    pen.lineWidth = 1;
    pen.strokeStyle = "#111";
    pen.beginPath();
    pen.moveTo(x, 0);
    pen.lineTo(x, W);
    pen.moveTo(0, y);
    pen.lineTo(W, y);
    pen.stroke();
    mark([x, y], 9, "rgb(255 255 255 / .25)");
  }
  function tellOut(name, blended, text) {
    const { codes, atlas } = state[name],
      out = outs[name];
    out.far.textContent = codes.length ? t("map.far", { n: nearest(codes).toFixed(2) }) : "";
    if (blended && atlas) {
      blend(out, atlas);
      out.kind.textContent = t("map.blended");
    }
    out.canvas.setAttribute("aria-label", `${t(`model.${name}`)}: ${text}`);
  }
  const ask = () => {
    turn += 1;
    raf ||= requestAnimationFrame(() => paint(true));
  };

  async function exact() {
    const mine = ++turn;
    let answer = null;
    calls += 1;
    try {
      answer = await server.decode(u);
    } catch {
      /* the blended picture stays */
    }
    if (!answer || mine !== turn) return;
    const images = await Promise.all(props.models.map(name => answer[name] && loadPicture(answer[name])));
    if (mine !== turn) return;
    props.models.forEach((name, i) => {
      outs[name].kind.textContent = images[i] ? t("map.exact") : t("map.unavailable");
      if (!images[i]) return;
      outs[name].pen.globalCompositeOperation = "copy";
      outs[name].pen.drawImage(images[i], 0, 0);
    });
    tell();
    $(".say").textContent = plane.getAttribute("aria-valuetext");
    element.dataset.exact = calls;
  }

  function pointer(e) {
    const { x, y } = placeOn(plane, e);
    u = [toCode(x), -toCode(y)];
    ask();
  }
  plane.onpointerdown = e => {
    drag = true;
    plane.setPointerCapture(e.pointerId);
    pointer(e);
  };
  plane.onpointermove = e => {
    if (drag) pointer(e);
  };
  plane.onpointerup = plane.onpointercancel = () => {
    if (drag) {
      drag = false;
      exact();
    }
  };
  plane.onkeydown = e => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key];
    if (!move) return;
    e.preventDefault();
    const step = e.shiftKey ? 0.3 : 0.06;
    u = u.map((v, i) => Math.max(-R, Math.min(R, v + step * move[i])));
    ask();
    clearTimeout(timer);
    timer = setTimeout(exact, 150);
  };

  $(".modes").setAttribute("aria-label", t("map.of"));
  radios(
    $(".modes"),
    props.models.map(name => [name, t(`model.${name}`)]),
    shown,
    name => {
      shown = name;
      ask();
    },
  );
  $(".layers").append(
    ...Object.keys(layers).map(name => {
      const box = make("input", { type: "checkbox", checked: true });
      box.onchange = () => {
        layers[name] = box.checked;
        raf ||= requestAnimationFrame(() => paint(false));
      };
      return make("label", {}, box, " ", t(`map.${name}`));
    }),
  );
  $(".groups").append(
    ...props.groups.map((group, i) => {
      const dot = make("span", { className: "dot" });
      dot.style.background = COLOURS[i];
      return make("li", {}, dot, group[lang]);
    }),
  );

  function scatter(codes) {
    const layer = make("canvas", { width: W, height: W }),
      c = layer.getContext("2d");
    for (const [a, b, group] of codes) {
      if (Math.abs(a) > R * 1.02 || Math.abs(b) > R * 1.02) continue;
      c.fillStyle = COLOURS[group % COLOURS.length];
      c.beginPath();
      c.arc(...spot([a, b]), 2.2, 0, 7);
      c.fill();
    }
    return layer;
  }
  async function load(name) {
    const now = state[name],
      { "map.webp": map, "codes.json": codes } = props.files[name];
    const got = codes
      ? fetch(root(codes)).then(
          r => (r.ok ? r.json() : {}),
          () => ({}),
        )
      : {};
    now.atlas = map && (await loadPicture(root(map)).catch(() => null));
    if (now.atlas) {
      now.mosaic = make("canvas", { width: W, height: W });
      const c = now.mosaic.getContext("2d");
      c.imageSmoothingQuality = "high";
      c.drawImage(now.atlas, 0, 0, W, W);
    }
    now.codes = (await got).codes ?? [];
    if (now.codes.length) now.dots = scatter(now.codes);
  }
  async function start() {
    await Promise.all(props.models.map(load));
    paint(true);
    exact();
    element.dataset.ready = "1";
  }
  const recipe = () =>
    props.value?.recipe && { ...props.value.recipe, settings: { z1: +u[0].toFixed(3), z2: +u[1].toFixed(3) } };
  const sheet = () => onSheet(props.models.map(name => outs[name].canvas));
  const link = () => props.value?.link && `${props.value.link}&z1=${u[0].toFixed(3)}&z2=${u[1].toFixed(3)}`;
  const tell = recipeStrip($(".strip"), props, sheet, { made: () => ({ recipe: recipe(), link: link() }) });

  // A restored point stays when the specimen's own points arrive
  let pinned = false;
  function restore() {
    const point = [restored("map").z1, restored("map").z2].map(Number);
    pinned = point.every(v => Number.isFinite(v) && Math.abs(v) <= R);
    if (pinned) {
      u = point;
      ask();
      clearTimeout(timer);
      timer = setTimeout(exact, 150);
    }
  }
  bus.addEventListener("restored", restore);
  restore();
  function arrive() {
    const point = pinned ? null : props.value?.points?.[shown];
    pinned = false;
    if (point && !drag) u = point.map(v => Math.max(-R, Math.min(R, v)));
    ask();
    clearTimeout(timer);
    timer = setTimeout(exact, 150);
  }
  watch("value", arrive);
  if (props.value) arrive();
  let started = false;
  fresh(element, () => {
    if (!started) {
      started = true;
      start();
    }
    trigger("retry");
  });
  new MutationObserver(() => paint(false)).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
