// The nearest training picture under a drawn one: {src, label}, or nothing.
function tellNear(host, near) {
  const P = window.playground,
    label = near && P.say(near.label);
  host.replaceChildren(
    ...(near
      ? [
          near.src && P.make("img", { src: near.src, width: 32, height: 32, alt: label }),
          P.make("span", { textContent: label }),
        ].filter(Boolean)
      : []),
  );
}
