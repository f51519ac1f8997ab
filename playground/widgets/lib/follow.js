// What a widget shows of its panel's runs: the values as they come, what is being computed and how far, and a Stop that
// is enabled only while something runs.
import { make } from "../../shell/dom.js";
import { bus, tellValue } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";

export const BEGINS = "run.begins"; // what the first value of every run says that it is doing

// follow({element, props, watch}, show, stopped): show(props.value) now and with every other value; the last one of a
// run, which Gradio brings twice, once. stopped(): the visitor stopped the run; what still comes of it is not shown
export function follow({ element, props, watch }, show, stopped = () => {}) {
  const line = make("p", { className: "doing" });
  line.setAttribute("role", "status");
  element.style.position = "relative";
  element.prepend(line);
  let last = null,
    doing = null,
    halted = false;
  function tell(text, runs) {
    line.textContent = text;
    line.toggleAttribute("data-busy", runs);
    const stop = props.stop && document.getElementById(props.stop);
    if (stop) stop.disabled = !runs;
  }
  const isUnderWay = value => value?.doing && value.doing !== BEGINS;
  function announce(value) {
    if (doing === BEGINS) bus.dispatchEvent(new CustomEvent("begun", { detail: props.panel }));
    if (value?.recipe) tellValue(value, !doing);
  }
  function look() {
    const value = props.value;
    if (halted && isUnderWay(value)) return;
    halted = false;
    doing = value?.doing ?? null;
    announce(value);
    tell(doing ? t("run.doing", { doing: say(doing) }) : "", doing !== null);
    if (!value?.nth || value.nth !== last) {
      last = value?.nth;
      show(value);
    }
  }
  const heard = (name, run) => bus.addEventListener(name, e => run(e.detail));
  heard("asked", who => who === element && tell(t("run.doing", { doing: t(BEGINS) }), true));
  heard("failed", panel => panel === props.panel && line.hasAttribute("data-busy") && tell("", false));
  heard("stopped", button => {
    if (button !== props.stop || doing === null) return;
    halted = true;
    tell(t("run.stopped", { doing: say(doing) }), false);
    stopped();
    doing = null;
  });
  watch("value", look);
  look();
}
