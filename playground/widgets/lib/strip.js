// The line under every output: what made it (honesty chip), its recipe, copy link, save as PNG with the recipe inside.
const words = n =>
  typeof n === "number"
    ? n.toLocaleString(window.playground.lang, { maximumFractionDigits: 2 })
    : window.playground.say(n);

function honestyChip(checkpoints, live) {
  const { t, make } = window.playground;
  const names = [
    "parameters",
    "pictures",
    "psnr",
    "ssim",
    "samples_frechet",
    "frechet",
    "precision",
    "recall",
    "bits_per_dim",
    "name_en_top1",
    "name_zh_top1",
    "picture_en_top1",
    "picture_zh_top1",
  ].filter(name => name === "parameters" || checkpoints.some(one => typeof one[name] === "number"));
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

function recipeStrip(host, { chip, live, recipe, link, blob }) {
  const P = window.playground,
    { t, make } = P,
    line = make("span", { className: "recipe" });
  const copy = make("button", { type: "button", textContent: t("strip.copy") });
  const save = make("button", { type: "button", textContent: t("strip.save") });
  copy.onclick = async () => {
    if (!link()) return;
    const done = await P.copy(location.origin + location.pathname + link());
    copy.textContent = t(done ? "strip.copied" : "strip.not_copied");
    setTimeout(() => {
      copy.textContent = t("strip.copy");
    }, 1600);
  };
  save.onclick = async () => {
    if (recipe()) P.save(await P.withRecipe(await blob(), recipe()), `${recipe().panel}.png`);
  };
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
    make("span", { className: "buttons" }, copy, save),
  );
  return { tell };
}
