// Which panels wait for their answer, by what the page asks of the server and what comes: "tab/panel" -> the stages
// that are known to run. `bus` hears "running" with every change.
import { bus } from "./events.js";

export const running = new Map();
const tell = () => bus.dispatchEvent(new Event("running"));
function begin(panel, stages = []) {
  running.set(panel, stages);
  tell();
}
function end(panel) {
  if (running.delete(panel)) tell();
}

// The panel whose event has a number: events that are told of in the API are named TAB_PANEL
function panelOf(number) {
  const event = window.gradio_config.dependencies.find(one => one.id === number);
  return event?.api_visibility === "public" ? event.api_name.replace("_", "/") : null;
}
let isOpen = false; // whether the page listens to answers; Gradio ends that once all of them are there
const ask = window.fetch;
window.fetch = (address, options) => {
  const answer = ask(address, options),
    path = String(address.url ?? address);
  if (path.includes("/queue/join")) {
    const panel = panelOf(JSON.parse(options.body).fn_index);
    if (panel) begin(panel);
    answer.then(({ ok }) => ok || end(panel)).catch(() => end(panel));
  } else if (path.includes("/queue/data")) {
    isOpen = true;
    (options ?? address).signal.addEventListener("abort", () => {
      isOpen = false;
      [...running.keys()].forEach(end);
    });
  }
  return answer;
};
bus.addEventListener("value", ({ detail: { value, last } }) => {
  const panel = `${value.recipe.tab}/${value.recipe.panel}`;
  if (last) end(panel);
  else if (isOpen) begin(panel, value.stage);
});
bus.addEventListener("stopped", ({ detail: button }) => end(button.replace("stop-", "").replace("-", "/")));
