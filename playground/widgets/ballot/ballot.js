import { countShown, loadPicture, make } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { follow } from "../lib/follow.js";
import { tellRemarks } from "../lib/remarks.js";
import { scaleSlider } from "../lib/scale.js";
import { blank, toPng } from "../lib/sheet.js";
import { percent, softmax } from "../lib/softmax.js";
import { recipeStrip } from "../lib/strip.js";

export default function ballot({ element, props, trigger, watch }) {
  const list = element.querySelector("ol"),
    image = element.querySelector("img"),
    waiting = element.querySelector(".waiting");
  let shown = null,
    bars = [];
  list.style.setProperty("--rows", props.rows);
  image.alt = t("tray.specimen");

  function layout(value) {
    const order = value.labels
      .map((text, i) => ({ text, cosine: value.cosine[i] }))
      .sort((a, b) => b.cosine - a.cosine);
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
      await loadPicture(value.src);
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
    countShown(element);
  }
  function sheet() {
    const { canvas, pen: c } = blank(640, Math.max(208, 24 + bars.length * 30));
    c.drawImage(image, 12, 12, 184, 184);
    bars.forEach((one, i) => {
      c.fillStyle = "#222";
      c.fillText(one.text, 212, 32 + i * 30, 160);
      c.fillText(one.share.textContent, 590, 32 + i * 30);
      c.fillStyle = "#2f7a2c";
      c.fillRect(380, 20 + i * 30, (200 * parseFloat(one.fill.style.width)) / 100, 16);
    });
    return toPng(canvas);
  }
  const tell = recipeStrip(element.querySelector(".strip"), props, sheet);
  follow({ element, props, watch }, show);
  fresh(element, () => trigger("retry"));
}
