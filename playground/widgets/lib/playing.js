// A button that plays step by step: plays(button, pause, begin, step) -> {stop, isPlaying}. begin() may refuse with
// false; step() tells whether there are more; pause: ms of a step.
import { t } from "../../shell/language.js";

export function plays(button, pause, begin, step) {
  let timer = null;
  const look = (sign, key) => {
    button.textContent = sign;
    button.setAttribute("aria-label", t(key));
  };
  function stop() {
    clearInterval(timer);
    timer = null;
    look("▶", "film.play");
  }
  button.onclick = () => {
    if (timer) return stop();
    if (begin() === false) return;
    look("❚❚", "film.pause");
    timer = setInterval(() => step() || stop(), pause);
  };
  stop();
  return { stop, isPlaying: () => timer !== null };
}
