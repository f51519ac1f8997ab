import { make } from "../../shell/dom.js";
import { bus, restored } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";

export default function which({ element, props, server }) {
  const field = element.querySelector("fieldset"),
    told = element.querySelector(".told");
  field.querySelector("legend").textContent = t(`setting.${props.setting}`);
  const group = `which-${props.panel}`,
    labels = [t("which.ours"), t("which.foreign", { name: props.foreign })];
  const radios = props.names.map((name, i) => {
    const radio = make("input", { type: "radio", name: group, value: name, checked: name === props.value });
    radio.onchange = () => {
      props.value = name;
    };
    field.querySelector(".choices").append(make("label", {}, radio, labels[i]));
    return radio;
  });
  function restore(name = restored(props.panel)[props.setting]) {
    if (field.hidden || !props.names.includes(name)) return;
    radios.forEach(radio => {
      radio.checked = radio.value === name;
    });
    if (props.value !== name) props.value = name;
  }
  async function look() {
    const said = await server.state();
    told.textContent = say(said?.note);
    field.hidden = !said || said.note !== null;
    restore();
    if (said?.wait && element.isConnected) setTimeout(look, 2000);
  }
  bus.addEventListener("restored", () => restore());
  look();
}
