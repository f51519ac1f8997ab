// Buttons of which one is chosen, by a click or by the arrow keys: radios(host, [[name, text]], chosen, choose).
import { make } from "../../shell/dom.js";

export function radios(host, names, chosen, choose) {
  const buttons = names.map(([name, text], i) => {
    const b = make("button", { type: "button", textContent: text });
    b.setAttribute("role", "radio");
    b.onclick = () => {
      mark(name);
      choose(name);
    };
    b.onkeydown = e => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
      if (!move) return;
      const next = buttons[(i + move + buttons.length) % buttons.length];
      next.click();
      next.focus();
    };
    return b;
  });
  const mark = name =>
    buttons.forEach((b, i) => {
      b.setAttribute("aria-checked", names[i][0] === name);
      b.tabIndex = names[i][0] === name ? 0 : -1;
    });
  host.append(...buttons);
  mark(chosen);
}
