import { countShown, make } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { chart } from "../lib/chart.js";
import { follow } from "../lib/follow.js";
import { tool } from "../lib/press.js";
import { blank, toPng } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";

const SIGNS = { agrees: "✓", differs: "✗", undecided: "?" };
const HEIGHT = 190; // pixels of a chart
const CARD = 64; // of a claim on the sheet

export default function claims({ element, props, trigger, watch }) {
  const find = name => element.querySelector(name);

  function bar(one, most) {
    const share = v => `${Math.max(0, Math.min(100, (100 * v) / most))}%`,
      fill = make("i"),
      noise = make("s");
    fill.style.width = share(one.value);
    noise.style.left = share(one.value - one.noise);
    noise.style.right = `calc(100% - ${share(one.value + one.noise)})`;
    const name = say(one.label);
    return make(
      "div",
      { className: "number" },
      make("span", { textContent: name, title: name }),
      make("div", { className: "bar", ariaHidden: "true" }, fill, noise),
      make("em", { textContent: one.text }),
    );
  }
  function bars(numbers) {
    const most = Math.max(...numbers.map(one => one.value + one.noise)) || 1;
    return numbers.map(one => bar(one, most));
  }
  function plot(one) {
    const host = make("div", { className: "chart" }),
      { x, log, lines } = one.curves;
    chart(host, { lines, x: { label: x, log }, y: { label: one.measure } }, HEIGHT);
    return host;
  }
  function foot(one) {
    const anew = make(
      "details",
      {},
      make("summary", { textContent: t("claims.anew", { n: one.minutes }) }),
      make("code", { textContent: one.command }),
    );
    const room = tool("claims.open", () => trigger("open", { tab: one.tab }), { values: { name: one.room } });
    return make("div", { className: "foot" }, room, anew);
  }
  function card(one) {
    const source = make("a", { href: one.address, target: "_blank", rel: "noreferrer", textContent: one.source });
    return make(
      "article",
      { className: one.verdict, id: `claim-${one.name}` },
      make(
        "p",
        { className: "verdict" },
        `${SIGNS[one.verdict]} ${t(`verdict.${one.verdict}`)} `,
        make("span", { textContent: say(one.reason) }),
      ),
      make("h4", { textContent: say(one.says) }),
      make("p", { className: "theirs" }, `${say(one.theirs)} `, source),
      make("p", { className: "ours", textContent: one.numbers.length ? t("claims.ours", { name: one.measure }) : "" }),
      ...bars(one.numbers),
      one.curves.lines && plot(one),
      foot(one),
    );
  }

  function update() {
    find(".waiting").textContent = say(props.value?.note);
    if (!props.value?.claims) return;
    const counts = Object.entries(props.value.counts).map(([verdict, n]) =>
      make("span", { className: verdict }, make("b", { textContent: n }), t(`verdict.${verdict}`)),
    );
    find(".counts").replaceChildren(...counts);
    find(".wall").replaceChildren(...props.value.claims.map(card));
    tell();
    countShown(element);
  }
  function sheet() {
    const list = props.value.claims,
      { canvas, pen } = blank(1000, list.length * CARD + 16);
    list.forEach((one, i) => {
      const y = i * CARD + 24,
        numbers = one.numbers.map(n => `${say(n.label)} ${n.text}`).join(" · ");
      pen.font = "bold 15px 'IBM Plex Sans', sans-serif";
      pen.fillText(`${SIGNS[one.verdict]} ${say(one.says)}`, 16, y, 968);
      pen.font = "13px 'IBM Plex Sans', sans-serif";
      pen.fillText(say(one.theirs), 34, y + 17, 950);
      pen.fillText(`${say(one.measure)} ${numbers}`, 34, y + 33, 950);
    });
    return toPng(canvas);
  }
  const tell = recipeStrip(find(".strip"), props, sheet, { live: false });

  follow({ element, props, watch }, update);
  fresh(element, () => trigger("retry"), props.follows);
}
