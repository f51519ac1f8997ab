const P = window.playground;
const restore = () => {
  const value = P.restored(props.panel)[props.setting];
  if (value != null) props.value = P.asSpecimen(value) ?? value;
};
P.bus.addEventListener("restored", restore);
restore();
