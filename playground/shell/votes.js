// How a class voted, as a bar in each answer's button: voteBars(buttons) -> show(counts).
import { make } from "./dom.js";

export function voteBars(buttons) {
  const bars = buttons.map(button => {
    const fill = make("i"),
      count = make("b");
    button.append(make("span", { className: "votes", hidden: true }, fill, count));
    return { fill, count, line: button.lastChild };
  });
  return counts => {
    const most = Math.max(1, ...counts);
    bars.forEach(({ fill, count, line }, i) => {
      line.hidden = false;
      fill.style.width = `${(100 * (counts[i] ?? 0)) / most}%`;
      count.textContent = counts[i] ?? 0;
    });
  };
}
