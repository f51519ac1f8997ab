import { make } from "../../shell/dom.js";
import { restoring, typed } from "../../shell/events.js";
import { t } from "../../shell/language.js";
import { knownWords } from "./known.js";

export default function phrases({ element, props, trigger, watch, server }) {
  const area = element.querySelector("textarea");
  element.querySelector("label span").textContent = t(props.label);
  area.rows = props.rows;
  const tellKnown = knownWords(element.querySelector(".known"), props.tells ? server.known_words : null);
  let timer = 0,
    told = "";
  function keep() {
    if (props.value !== told) props.value = told;
  }
  function tell() {
    clearTimeout(timer);
    if (told === area.value) return;
    told = area.value;
    keep();
    trigger("input");
  }
  area.oninput = () => {
    clearTimeout(timer);
    timer = setTimeout(tell, 450);
    typed(props.panel, props.setting, area.value);
    tellKnown(area.value);
  };
  area.onblur = tell;
  area.onkeydown = e => {
    if (e.key !== "Enter" || e.isComposing || (props.rows > 1 && !e.ctrlKey && !e.metaKey)) return;
    e.preventDefault();
    tell();
  };
  // The text in the visitor's language and that of a recipe come quietly: whoever opens a panel or a recipe asks for a
  // result anyway
  const set = text => {
    told = area.value = text;
    tellKnown("");
    keep();
  };
  element.querySelector(".tries").append(
    ...props.examples.map(key => {
      const lines = t(key),
        b = make("button", {
          type: "button",
          textContent: lines.split("\n").slice(0, 3).join(", ") + (lines.split("\n").length > 3 ? " …" : ""),
        });
      b.onclick = () => {
        area.value = lines;
        typed(props.panel, props.setting, lines);
        tellKnown(lines);
        tell();
      };
      return b;
    }),
  );
  watch("value", keep); // Gradio puts the first value back when it shows a tab
  set(t(props.initial));
  restoring(props, value => set(String(value)));
}
