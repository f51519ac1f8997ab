import { countShown, make } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { lang, say, t } from "../../shell/language.js";
import { follow } from "../lib/follow.js";
import { tellRemarks } from "../lib/remarks.js";
import { scrolls } from "../lib/scroll.js";
import { blank, toPng } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";

const ROW = 24; // pixels of a row on the sheet
const COLUMN = 96;

export default function ranking({ element, props, trigger, watch }) {
  const table = element.querySelector("table");
  let by = null,
    falling = false;

  const written = v =>
    v == null ? "–" : v.toLocaleString(lang, v >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 });

  // A model without a number in the column stands last, whichever way it is sorted
  function compare(a, b) {
    const [x, y] = [a[by], b[by]];
    if (by === 0) return (falling ? -1 : 1) * say(x).localeCompare(say(y), lang);
    if (x == null || y == null) return (x == null) - (y == null);
    return falling ? y - x : x - y;
  }
  const sorted = () => (by === null ? props.value.rows : [...props.value.rows].sort(compare));

  function head(key, i) {
    const button = make("button", { type: "button", textContent: say(key), title: t("models.sort") });
    button.onclick = () => {
      falling = by === i ? !falling : false;
      by = i;
      paint();
      table.querySelectorAll("thead button")[i].focus();
    };
    const cell = make("th", { scope: "col" }, button);
    if (by === i) cell.setAttribute("aria-sort", falling ? "descending" : "ascending");
    return cell;
  }
  const line = ([name, ...numbers]) =>
    make(
      "tr",
      {},
      make("th", { scope: "row", textContent: say(name) }),
      ...numbers.map(v => make("td", { textContent: written(v) })),
    );
  function paint() {
    table.replaceChildren(
      make("thead", {}, make("tr", {}, ...props.heads.map(head))),
      make("tbody", {}, ...sorted().map(line)),
    );
  }

  function sheet() {
    const rows = [props.heads.map(say), ...sorted().map(([name, ...rest]) => [say(name), ...rest.map(written)])],
      { canvas, pen } = blank(220 + COLUMN * (props.heads.length - 1), ROW * (rows.length + 1));
    rows.forEach((cells, j) =>
      cells.forEach((text, i) => pen.fillText(text, i ? 130 + COLUMN * i : 12, ROW * (j + 1), i ? COLUMN - 8 : 200)),
    );
    return toPng(canvas);
  }
  const tell = recipeStrip(element.querySelector(".strip"), props, sheet, { live: false });

  follow({ element, props, watch }, () => {
    element.querySelector(".waiting").textContent = say(props.value?.note);
    if (!props.value?.rows) return;
    tellRemarks(element.querySelector(".remarks"), props.value.remarks);
    paint();
    tell();
    countShown(element);
  });
  scrolls(element.querySelector(".scroll"), t("panel.models"));
  fresh(element, () => trigger("retry"), props.follows);
}
