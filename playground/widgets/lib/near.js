// The nearest training picture under a drawn one: {src, label}, or nothing.
import { make } from "../../shell/dom.js";
import { say } from "../../shell/language.js";

export function tellNear(host, near) {
  const label = near && say(near.label);
  host.replaceChildren(
    ...(near
      ? [
          near.src && make("img", { src: near.src, width: 32, height: 32, alt: label }),
          make("span", { textContent: label }),
        ].filter(Boolean)
      : []),
  );
}
