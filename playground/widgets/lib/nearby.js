// The drawings that lie nearest to an embedding, each with its cosine: [{src, label, cosine}].
import { make } from "../../shell/dom.js";
import { say } from "../../shell/language.js";

export function tellNearby(place, drawings) {
  place.replaceChildren(
    ...drawings.map(({ src, label, cosine }) =>
      make(
        "figure",
        { title: say(label) },
        make("img", { src, width: 48, height: 48, alt: say(label) }),
        make("figcaption", { textContent: cosine }),
      ),
    ),
  );
}
