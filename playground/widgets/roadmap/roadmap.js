import { make, makeSvg } from "../../shell/dom.js";
import { t } from "../../shell/language.js";
import { pressOne } from "../lib/press.js";

export default function roadmap({ element, props, trigger }) {
  const stops = element.querySelector(".stops"),
    lines = element.querySelector("svg"),
    card = element.querySelector(".stop");
  stops.setAttribute("aria-label", t("road.map"));
  const nodes = Object.fromEntries(
    props.stops.map(stop => {
      const b = make(
        "button",
        { type: "button", className: `node ${stop.family}${stop.built ? "" : " later"}` },
        make("span", { className: "year", textContent: stop.year }),
        make("b", { textContent: t(`stop.${stop.name}.title`) }),
      );
      b.style.setProperty("--time", stop.time);
      b.style.setProperty("--lane", stop.lane);
      b.setAttribute("aria-pressed", "false");
      b.dataset.stop = stop.name;
      if (!stop.built) b.setAttribute("aria-description", t("road.later"));
      b.onclick = () => choose(stop);
      b.ondblclick = () => stop.built && trigger("open", { tab: stop.tab });
      return [stop.name, b];
    }),
  );
  stops.append(...props.stops.map(stop => nodes[stop.name]));

  const part = (key, stop) =>
    make(
      "div",
      {},
      make("h4", { textContent: t(`road.${key}`) }),
      make("p", { textContent: t(`stop.${stop.name}.${key}`) }),
    );
  function choose(stop) {
    pressOne(Object.values(nodes), nodes[stop.name]);
    const go = make("button", {
      type: "button",
      className: "go",
      textContent: t(stop.built ? "road.open" : "road.later"),
      disabled: !stop.built,
    });
    go.onclick = () => trigger("open", { tab: stop.tab });
    card.className = `stop ${stop.family}`;
    card.replaceChildren(
      make(
        "div",
        { className: "name" },
        make("h3", { textContent: t(`stop.${stop.name}.title`) }),
        make("a", {
          href: stop.address,
          target: "_blank",
          rel: "noopener noreferrer",
          textContent: `${stop.paper}, ${stop.year}`,
        }),
        go,
      ),
      part("idea", stop),
      part("fixed", stop),
      part("cost", stop),
    );
  }

  function draw() {
    const box = stops.getBoundingClientRect();
    if (!box.width) return;
    lines.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
    const wide = !matchMedia("(max-width: 860px)").matches;
    lines.replaceChildren(
      ...props.links.map(([from, to]) => {
        const a = nodes[from].getBoundingClientRect(),
          b = nodes[to].getBoundingClientRect();
        const p = wide ? [a.right, a.top + a.height / 2] : [a.left + a.width / 2, a.bottom];
        const q = wide ? [b.left, b.top + b.height / 2] : [b.left + b.width / 2, b.top];
        const [x, y, u, v] = [p[0] - box.left, p[1] - box.top, q[0] - box.left, q[1] - box.top];
        const bend = wide ? `${(x + u) / 2} ${y} ${(x + u) / 2} ${v}` : `${x} ${(y + v) / 2} ${u} ${(y + v) / 2}`;
        const family = props.stops.find(s => s.name === from).family;
        return makeSvg("path", { d: `M${x} ${y} C${bend} ${u} ${v}`, class: family });
      }),
    );
  }
  new ResizeObserver(draw).observe(stops);
  choose(props.stops.find(stop => stop.name === "vae"));
}
