// The line under every output: what made it (honesty chip), its recipe, copy link, save as PNG with the recipe inside.
import { copyText, dataUrl, make, saveFile } from "../../shell/dom.js";
import { bus } from "../../shell/events.js";
import { lang, say, t } from "../../shell/language.js";
import { withRecipe } from "../../shell/png.js";
import { tool } from "./press.js";

export const words = n => (typeof n === "number" ? n.toLocaleString(lang, { maximumFractionDigits: 2 }) : say(n));

function honestyChip(checkpoints, live) {
  const names = Object.keys(checkpoints[0]).filter(name => name !== "name");
  const head = make("tr", {}, make("th"), ...names.map(name => make("th", { textContent: t(`chip.${name}`) })));
  const body = checkpoints.map(one =>
    make(
      "tr",
      {},
      make("th", { textContent: t(`model.${one.name}`) }),
      ...names.map(name => make("td", { textContent: typeof one[name] === "number" ? words(one[name]) : "–" })),
    ),
  );
  const fails = checkpoints.map(one => t(`fails.${one.name}`)).filter(text => !text.startsWith("fails."));
  return make(
    "details",
    { className: "chip" },
    make("summary", {}, make("span", { className: "dot" }), t(live ? "chip.live" : "chip.cached")),
    make(
      "div",
      { className: "facts" },
      make("table", {}, head, ...body),
      ...fails.map(text => make("p", { textContent: text })),
    ),
  );
}

// recipeStrip(host, props, blob) -> tell(), which tells the recipe of what is shown. blob(): the picture to save. What
// is shown is the widget's value, unless `recipe` and `link` say otherwise.
export function recipeStrip(
  host,
  props,
  blob,
  { live = true, recipe = () => props.value?.recipe, link = () => props.value?.link } = {},
) {
  const chip = props.chip ?? [],
    line = make("span", { className: "recipe" });
  const copy = tool("strip.copy", async () => {
    if (!link()) return;
    const done = await copyText(location.origin + location.pathname + link());
    copy.textContent = t(done ? "strip.copied" : "strip.not_copied");
    setTimeout(() => {
      copy.textContent = t("strip.copy");
    }, 1600);
  });
  const save = tool("strip.save", async () => {
    if (recipe()) saveFile(await withRecipe(await blob(), recipe()), `${recipe().panel}.png`);
  });
  const keep = tool("strip.keep", async () => {
    if (!link()) return;
    const detail = { src: await dataUrl(await blob()), caption: line.textContent, link: link() };
    bus.dispatchEvent(new CustomEvent("kept", { detail }));
    keep.textContent = t("strip.kept");
    setTimeout(() => {
      keep.textContent = t("strip.keep");
    }, 1600);
  });
  const offer = () => {
    keep.hidden = !document.documentElement.hasAttribute("data-lesson");
  };
  bus.addEventListener("lesson", offer);
  offer();
  const named = (kind, v) => (t(`${kind}.${v}`) === `${kind}.${v}` ? null : t(`${kind}.${v}`));
  const short = v => (typeof v === "string" && v.length > 90 ? `${v.slice(0, 89)}…` : v);
  const shown = v =>
    typeof v === "number" ? String(Math.round(v * 100) / 100) : (named("value", v) ?? named("model", v) ?? short(v));
  function tell() {
    const settings = Object.entries(recipe()?.settings ?? {}).filter(
      ([k, v]) => typeof v !== "object" && !(v === 0 && /^d\d$/.test(k)),
    );
    line.textContent = settings
      .map(([k, v]) => `${t(`setting.${k}`) === `setting.${k}` ? k : t(`setting.${k}`)} ${shown(v)}`)
      .join(" · ");
  }
  host.append(
    ...(chip.length ? [honestyChip(chip, live)] : []),
    line,
    make("span", { className: "buttons" }, keep, copy, save),
  );
  return tell;
}
