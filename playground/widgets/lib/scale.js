// A slider for the scale s = 1/τ of cosines, on a logarithmic track, which asks nobody.
import { make } from "../../shell/dom.js";
import { t } from "../../shell/language.js";

const MOST = 100;

export function scaleSlider(host, moved) {
  const range = make("input", { type: "range", min: 0, max: 1000 }),
    told = make("output"),
    learned = make("button", { type: "button" });
  let own = null,
    scale = 1;
  const toScale = at => MOST ** (at / 1000),
    toTrack = s => (1000 * Math.log(Math.min(MOST, Math.max(1, s)))) / Math.log(MOST);
  range.setAttribute("aria-label", t("scale.slider"));
  function show() {
    told.textContent = t("scale.told", { s: scale.toFixed(scale < 10 ? 2 : 1), tau: (1 / scale).toFixed(3) });
    range.setAttribute("aria-valuetext", told.textContent);
    learned.setAttribute("aria-pressed", own !== null && Math.abs(scale - own) < 1e-9);
    host.dataset.scale = scale;
    moved(scale);
  }
  range.oninput = () => {
    scale = toScale(Number(range.value));
    show();
  };
  function take() {
    scale = own;
    range.value = toTrack(own);
    show();
  }
  learned.onclick = take;
  host.append(make("span", { textContent: t("scale.name") }), range, told, learned);
  // the scale that the model learned; a visitor who has moved the slider keeps their own
  return value => {
    const follows = own === null || Math.abs(scale - own) < 1e-9;
    own = value;
    learned.textContent = t("scale.learned", { s: own.toFixed(1) });
    if (follows) take();
    else show();
  };
}
