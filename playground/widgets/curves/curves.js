import { say } from "../../shell/language.js";
import { chart } from "../lib/chart.js";

export default function curves({ element, props }) {
  chart(element.querySelector(".chart"), props.plot, 260);
  element.querySelector("p").textContent = say(props.note);
}
