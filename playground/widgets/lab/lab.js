import { countShown, make } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { lang, say, t } from "../../shell/language.js";
import { brush } from "../lib/brush.js";
import { follow } from "../lib/follow.js";
import { tool } from "../lib/press.js";
import { onSheet } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";
import { writePoints } from "./points.js";

export default function lab({ element, props, trigger, watch, server }) {
  const find = name => element.querySelector(name),
    S = 400,
    R = 1.2,
    HEAT = 24,
    OPENING = 400,
    MOST = 450;
  const TOYS = ["gan", "vae", "diffusion"];
  const COLOURS = { gan: "#b4530a", vae: "#0f766e", diffusion: "#1d5fbf" },
    layers = { heat: true, arrows: true, lines: true, modes: true };
  const page = Array.from(crypto.getRandomValues(new Uint8Array(12)), v => v.toString(16).padStart(2, "0")).join("");
  let lesson = null,
    toys = null,
    until = 0,
    busy = false,
    anew = false,
    level = 20,
    turn = 0,
    stroke = null;

  const boards = {};
  for (const name of ["real", ...TOYS]) {
    const canvas = make("canvas", { width: S, height: S }),
      numbers = make("span");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", t(`lab.${name}`));
    boards[name] = { canvas, pen: canvas.getContext("2d"), numbers };
    find(".boards").append(
      make(
        "figure",
        { className: name },
        canvas,
        make("figcaption", {}, make("b", { textContent: t(`lab.${name}`) }), numbers),
      ),
    );
  }
  boards.real.numbers.textContent = t("lab.draw_here");
  const spot = (x, y) => [((x / R + 1) / 2) * S, ((1 - y / R) / 2) * S];

  function dots(pen, flat, colour, size) {
    pen.fillStyle = colour;
    for (let i = 0; i < flat.length; i += 2) {
      const [x, y] = spot(flat[i], flat[i + 1]);
      pen.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }
  function path(pen, flat) {
    pen.beginPath();
    for (let i = 0; i < flat.length; i += 2) pen.lineTo(...spot(flat[i], flat[i + 1]));
    pen.stroke();
  }
  function heat(pen, values) {
    const small = make("canvas", { width: HEAT, height: HEAT }),
      c = small.getContext("2d"),
      image = c.createImageData(HEAT, HEAT);
    values.forEach((v, i) => {
      // orange where it says real, blue where drawn, white where it cannot tell
      const far = Math.min(1, Math.abs(v - 50) / 50),
        to = v > 50 ? [244, 178, 102] : [150, 184, 235];
      for (let k = 0; k < 3; k++) image.data[4 * i + k] = 255 + far * (to[k] - 255);
      image.data[4 * i + 3] = 255;
    });
    c.putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(small, 0, 0, S, S);
  }
  function clear(name) {
    const { pen } = boards[name];
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, S, S);
    return pen;
  }
  function circles(pen) {
    pen.strokeStyle = "rgb(0 0 0 / .35)";
    pen.lineWidth = 1;
    for (let i = 0; i < lesson.modes.length; i += 2) {
      pen.beginPath();
      pen.arc(...spot(lesson.modes[i], lesson.modes[i + 1]), (lesson.radius / R / 2) * S, 0, 7);
      pen.stroke();
    }
  }
  function paint() {
    if (!lesson) return;
    const real = clear("real");
    dots(real, lesson.real, "#444", 4);
    if (layers.modes) circles(real);
    for (const name of TOYS) paintToy(name, toys?.[name]);
    if (toys) counted.textContent = t("lab.steps", { n: toys.gan.steps.toLocaleString(lang) });
  }
  function paintToy(name, toy) {
    const pen = clear(name);
    if (toy?.heat && layers.heat) heat(pen, toy.heat);
    if (layers.modes) circles(pen);
    dots(pen, lesson.real, "rgb(0 0 0 / .16)", 3);
    if (toy) paintTrained(pen, name, toy);
  }
  function paintTrained(pen, name, toy) {
    if (toy.lines && layers.lines) {
      pen.strokeStyle = "rgb(0 0 0 / .28)";
      pen.lineWidth = 1;
      toy.lines.forEach(line => path(pen, line));
    }
    dots(pen, toy.samples, COLOURS[name], 4);
    if (toy.arrows && layers.arrows) {
      pen.strokeStyle = COLOURS[name];
      pen.lineWidth = 1.2;
      for (let i = 0; i < toy.arrows.length; i += 4) path(pen, toy.arrows.slice(i, i + 4));
    }
    boards[name].numbers.replaceChildren(
      ...[
        ["lab.modes", { n: toy.modes, of: lesson.modes.length / 2 }],
        ["lab.inside", { n: Math.round(100 * toy.inside) }],
        [
          "lab.loss",
          {
            text:
              Object.entries(toy.losses)
                .map(([who, v]) => `${t(`lab.${who}`)} ${v.toFixed(2)}`)
                .join(" · ") || "–",
          },
        ],
      ].map(one => make("span", { textContent: say(one) })),
    );
  }

  // One question at a time: a slow server slows the lesson, it is never flooded
  async function ask(steps, only = "") {
    if (busy || !lesson) return;
    busy = true;
    const mine = turn;
    let found; // Gradio's own answer to a failed request is nothing, or an error
    try {
      found = await server.teach({ page, settings: lesson.settings, anew, steps, only, t: level });
    } catch {
      found = null;
    }
    found ??= { note: "lab.lost" };
    busy = false;
    if (mine !== turn) return go();
    anew = false;
    find(".waiting").textContent = say(found.note);
    if (!found.toys) {
      until = 0;
      return label();
    }
    toys = found.toys;
    if (found.over) until = 0;
    paint();
    label();
    element.dataset.steps = toys.gan.steps;
    countShown(element);
    go();
  }
  const seen = () => element.isConnected && element.offsetParent && document.visibilityState === "visible";
  function go() {
    if (lesson && !toys) return ask(0);
    if (toys && toys.vae.steps < until) {
      if (seen()) requestAnimationFrame(() => ask(50));
      else until = 0;
    }
    label();
  }
  const button = (key, run, kind = "") => {
    const b = tool(key, run, { className: kind });
    find(".tools").append(b);
    return b;
  };
  const play = button(
    "lab.play",
    () => {
      until = toys && toys.vae.steps < until ? 0 : Infinity;
      go();
    },
    "play",
  );
  button("lab.one", () => {
    until = 0;
    ask(1);
  });
  button("lab.generator_only", () => {
    until = 0;
    ask(20, "generator");
  });
  button("lab.discriminator_only", () => {
    until = 0;
    ask(20, "discriminator");
  });
  button("lab.anew", () => {
    if (lesson) begin(lesson);
  });
  const counted = make("span", { className: "steps" });
  find(".tools").append(counted);
  const label = () => {
    play.textContent = t(toys && toys.vae.steps < until ? "lab.pause" : "lab.play");
  };

  find(".layers").append(
    ...Object.keys(layers).map(name => {
      const box = make("input", { type: "checkbox", checked: true });
      box.onchange = () => {
        layers[name] = box.checked;
        paint();
      };
      return make("label", {}, box, t(`lab.layer_${name}`));
    }),
  );
  const noise = make("input", { type: "range", min: 1, max: 99, value: level });
  noise.oninput = () => {
    level = Number(noise.value);
    ask(0);
  };
  find(".layers").append(make("label", {}, t("lab.level"), noise));

  // A shape of one's own; strokes within a second belong together
  const pad = boards.real.canvas;
  pad.tabIndex = 0;
  function dab({ x, y }) {
    const last = stroke.at(-1);
    [x, y] = [x / S, y / S];
    if (stroke.length >= MOST || (last && Math.hypot(x - last[0], y - last[1]) < 0.015)) return;
    for (let k = 0; k < 3 && stroke.length < MOST; k++)
      stroke.push([x + (Math.random() - 0.5) * 0.03, y + (Math.random() - 0.5) * 0.03]);
    const pen = boards.real.pen;
    pen.fillStyle = "#444";
    stroke.slice(-3).forEach(([u, v]) => pen.fillRect(u * S - 2, v * S - 2, 4, 4));
  }
  let resting = 0;
  brush(pad, {
    begin: () => {
      clearTimeout(resting);
      if (!stroke) {
        stroke = [];
        clear("real");
      }
      until = 0;
    },
    stroke: (from, to) => dab(to),
    end: () => {
      clearTimeout(resting);
      resting = setTimeout(() => {
        trigger("edit", { points: writePoints(stroke) });
        stroke = null;
      }, 900);
    },
    step: 8,
  });

  function begin(value) {
    lesson = value;
    toys = null;
    anew = true;
    turn += 1;
    until = OPENING;
    for (const name of TOYS) boards[name].numbers.textContent = "";
    paint();
    if (!busy) go();
  }
  const sheet = () => onSheet(Object.values(boards).map(one => one.canvas));
  const tell = recipeStrip(find(".strip"), props, sheet);
  function update() {
    find(".waiting").textContent = say(props.value?.note);
    if (!props.value?.settings) return;
    begin(props.value);
    tell();
  }
  follow({ element, props, watch }, update);
  fresh(element, () => trigger("retry"), false);
}
