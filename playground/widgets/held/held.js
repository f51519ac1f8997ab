const P = window.playground;
const restore = () => {
  const value = P.restored(props.panel)[props.setting];
  if (value != null) props.value = P.asSpecimen(value) ?? value;
};
P.bus.addEventListener("restored", restore);
P.bus.addEventListener("hold", ({ detail: told }) => {
  if (told.panel === props.panel && told.setting === props.setting) props.value = told.value;
});
restore();
