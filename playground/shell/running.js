// Which panels wait for their answer, by what the page asks of the server and what comes: "tab/panel" -> the stages
// that are known to run. `bus` hears "running" with every change.
import { bus } from "./events.js";

export const running = new Map();
const tell = () => bus.dispatchEvent(new Event("running"));
function begin(panel) {
  if (!panel) return;
  running.set(panel, []);
  tell();
}
function end(panel) {
  if (running.delete(panel)) tell();
}

// The panel whose event has a number: it brings its value to the panel's exhibit
function panelOf(number) {
  const { dependencies, components } = window.gradio_config;
  const [exhibit] = dependencies.find(one => one.id === number)?.outputs ?? [];
  const props = components.find(one => one.id === exhibit)?.props;
  return props?.panel && props.tab ? `${props.tab}/${props.panel}` : null;
}
const ask = window.fetch;
window.fetch = (address, options) => {
  const answer = ask(address, options),
    path = String(address?.url ?? address);
  if (path.includes("/queue/join")) {
    const panel = panelOf(JSON.parse(options.body).fn_index);
    begin(panel);
    answer.then(({ ok }) => ok || end(panel)).catch(() => end(panel));
  } else if (path.includes("/queue/data")) {
    options.signal.addEventListener("abort", () => [...running.keys()].forEach(end)); // all answers are there
  }
  return answer;
};
bus.addEventListener("value", ({ detail: { value, last } }) => {
  const panel = `${value.recipe.tab}/${value.recipe.panel}`;
  if (last) end(panel);
  else if (running.has(panel) && value.stage) {
    running.set(panel, value.stage);
    tell();
  }
});
