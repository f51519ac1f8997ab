import { make, makeSvg } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { lang, say, t } from "../../shell/language.js";
import { follow } from "../lib/follow.js";
import { tellNear } from "../lib/near.js";
import { tellNearby } from "../lib/nearby.js";
import { showPainted } from "../lib/painted.js";
import { frameOf, placer } from "../lib/plane.js";
import { tellRemarks } from "../lib/remarks.js";
import { inRow } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";
import { takeButton } from "../lib/take.js";

export default function stages({ element, props, trigger, watch }) {
  const part = name => element.querySelector(name);
  const svg = part("svg"),
    W = 360,
    H = 260,
    NAMES = ["prior", "decoder", "upsampler"];
  const images = { small: part(".decoder img"), large: part(".upsampler img") };
  svg.setAttribute("aria-label", t("stages.cloud"));
  part(".upsampler .picture").append(
    takeButton(() => ({ src: images.large.src, label: props.value?.recipe?.settings?.prompt ?? "" })),
  );

  const drawings = makeSvg("g", {}),
    said = makeSvg("g", {});
  svg.replaceChildren(drawings, said);
  let dots = "",
    to = null;
  function cloud(value) {
    const dot = (p, r, kind) => {
      const [cx, cy] = to(p);
      return makeSvg("circle", { cx, cy, r, class: kind });
    };
    if (dots !== value.dots) {
      const places = (dots = value.dots).split("|").map(one => one.split(" ").map(Number));
      to = placer(frameOf(places), [W, H], 14, 9);
      drawings.replaceChildren(...places.map(p => dot(p, 2, "drawing")));
    }
    const [x, y] = to(value.text);
    said.replaceChildren(
      ...value.draws.map(p => dot(p, 6, "drawn")),
      makeSvg("rect", { x: x - 5, y: y - 5, width: 10, height: 10, class: "text", transform: `rotate(45 ${x} ${y})` }),
    );
  }
  function heads(took, side = 64) {
    for (const name of NAMES) {
      const [seconds, calls] = took?.[name] ?? [];
      part(`.${name} h4`).replaceChildren(
        t(`stages.${name}`, { side }),
        make("span", {
          textContent: calls
            ? say([
                "stages.took",
                { s: seconds.toLocaleString(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 }), n: calls },
              ])
            : "",
        }),
      );
    }
  }
  let turn = 0;
  async function show(value) {
    part(".waiting").textContent = say(value?.note);
    if (!value?.dots) return;
    const mine = ++turn;
    cloud(value);
    heads(value.took, value.side);
    part(".chosen").textContent = say(value.chosen);
    tellNearby(part(".nearby"), value.near);
    tellNear(part(".near"), value.nearest);
    tellRemarks(part(".remarks"), value.remarks);
    images.small.alt = images.large.alt = value.recipe?.settings?.prompt ?? "";
    await Promise.all([showPainted(images.small, value.small), showPainted(images.large, value.large)]);
    if (mine !== turn) return;
    tell();
    element.dataset[value.done ? "shown" : "live"] = mine;
  }
  const sheet = () => inRow(Object.values(images), 256, { gap: 16, colour: "#fff" });
  const tell = recipeStrip(part(".strip"), props, sheet);
  heads();
  follow({ element, props, watch }, show);
  fresh(element, () => trigger("retry"), false);
}
