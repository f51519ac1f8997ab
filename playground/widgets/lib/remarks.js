// Quiet remarks under an exhibit: texts as say() takes them.
import { make } from "../../shell/dom.js";
import { say } from "../../shell/language.js";

export function tellRemarks(host, remarks) {
  host.replaceChildren(...(remarks ?? []).map(one => make("span", { textContent: say(one), dir: "auto" })));
}
