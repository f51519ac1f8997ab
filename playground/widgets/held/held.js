import { bus, restoring } from "../../shell/events.js";
import { asSpecimen } from "../../shell/recipe.js";

export default function held({ props }) {
  restoring(props, value => {
    props.value = asSpecimen(value) ?? value;
  });
  bus.addEventListener("hold", ({ detail: told }) => {
    if (told.panel === props.panel && told.setting === props.setting) props.value = told.value;
  });
}
