// The line under every output: what made it (honesty chip), its recipe, copy link, save as PNG with the recipe inside.
import { copyText, dataUrl, make, saveFile } from "../../shell/dom.js";
import { bus } from "../../shell/events.js";
import { known, lang, nameOf, say, t } from "../../shell/language.js";
import { withRecipe } from "../../shell/png.js";
import { remember } from "../../shell/seen.js";
import { tool } from "./press.js";
import { scrolls } from "./scroll.js";

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
      scrolls(make("div", {}, make("table", {}, head, ...body)), t("chip.table")),
      ...fails.map(text => make("p", { textContent: text })),
    ),
  );
}

// Settings that only a link writes out: how much is in a list, and what a point is
const LISTS = {
  shelf: v => ["strip.pictures", v.split(",").length],
  prefix: v => ["strip.tokens", v.split("|")[0].split(" ").filter(Boolean).length],
  edits: v => ["strip.changes", v.split(" ").length - 1],
  points: v => ["strip.points", Math.floor((v.length - 1) / 2)],
  point: v => [`strip.point_${v.split(" ")[0]}`, v.split(" ")[1]],
};
function counted(k, v) {
  if (!(k in LISTS)) return null;
  const [key, n] = LISTS[k](v);
  return t(key, { n });
}

const short = v => (v.length > 90 ? `${v.slice(0, 89)}…` : v);
// Kinds of names from the data: "style:noto", or a setting's
const KINDS = { style: "style.", group: "group.", tone: "tone." };
const ofData = (k, v) => {
  const [kind, name] = v.split(":");
  return kind in KINDS && name ? nameOf(KINDS[kind], name) : k in KINDS ? nameOf(KINDS[k], v) : v;
};
function shown(k, v) {
  if (typeof v === "number") return String(Math.round(v * 100) / 100);
  if (typeof v !== "string") return String(v);
  return counted(k, v) ?? known(`value.${v}`) ?? known(`model.${v}`) ?? short(ofData(k, v));
}
export const settingName = name => known(`setting.${name}`) ?? name;
// A recipe's settings in words, [[setting, value]]
export const inWords = recipe =>
  Object.entries(recipe?.settings ?? {})
    .filter(([k, v]) => typeof v !== "object" && k !== "stamp" && v !== "" && !(v === 0 && /^d\d$/.test(k)))
    .map(([k, v]) => [settingName(k), shown(k, v)]);

const RESTED = 1200; // ms that a picture is shown until it is remembered: not every stop of a slider is

// recipeStrip(host, props, blob) -> tell(), to be called whenever another picture is shown: until the next call the
// line, the link and the saved picture are of what is shown then. blob(): the picture to save. made(): the value it was
// made of.
export function recipeStrip(host, props, blob, { live = true, made = () => props.value } = {}) {
  let recipe = null,
    link = null;
  const chip = props.chip ?? [],
    line = make("span", { className: "recipe" });
  const copy = tool("strip.copy", async () => {
    if (!link) return;
    const done = await copyText(location.origin + location.pathname + link);
    copy.textContent = t(done ? "strip.copied" : "strip.not_copied");
    setTimeout(() => {
      copy.textContent = t("strip.copy");
    }, 1600);
  });
  const save = tool("strip.save", async () => {
    if (recipe) saveFile(await withRecipe(await blob(), recipe), `${recipe.panel}.png`);
  });
  const keep = tool("strip.keep", async () => {
    if (!link) return;
    const detail = { src: await dataUrl(await blob()), caption: line.textContent, link };
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
  let resting = 0;
  // A run's last value is shown when it first comes, marked as under way: what the widget has now is asked
  const isSeen = () => recipe && !props.value?.doing && host.offsetParent;
  function tell() {
    ({ recipe = null, link = null } = made() ?? {});
    line.textContent = inWords(recipe)
      .map(([setting, value]) => `${setting} ${value}`)
      .join(" · ");
    clearTimeout(resting);
    if (live) resting = setTimeout(async () => isSeen() && remember(await blob(), recipe, link), RESTED);
  }
  host.append(
    ...(chip.length ? [honestyChip(chip, live)] : []),
    line,
    make("span", { className: "buttons" }, copy, save, keep),
  );
  return tell;
}
