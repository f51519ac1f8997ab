// The class that this page's teacher has opened: {code, key}, kept over a reload. While there is one, its votes are
// looked for every second, and told as "votes"; "class" tells that it was opened or is over.
import { call } from "./call.js";
import { root } from "./dom.js";
import { bus } from "./events.js";
import { store } from "./store.js";

const PAUSE = 1000; // ms between two looks
const OVER = [403, 404, 410]; // what the server says of a class that is no longer
const send = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));
let held = JSON.parse(store.get("class") || "null");

const address = what => root(`/class/${held.code}/${what}`);
function hold(one) {
  held = one;
  store.set("class", JSON.stringify(one));
  send("class");
  look();
}
async function tell(what, body) {
  if (!held) return;
  try {
    await call(address(what), { key: held.key, ...body });
  } catch (error) {
    if (OVER.includes(error.status)) hold(null);
  }
}

let timer = null;
async function look() {
  clearTimeout(timer);
  if (!held) return;
  const mine = held;
  try {
    const state = await call(address("state"));
    if (mine === held) send("votes", state);
  } catch (error) {
    if (mine === held && OVER.includes(error.status)) return hold(null);
  }
  if (mine === held) timer = setTimeout(look, PAUSE);
}

export const classroom = {
  get code() {
    return held?.code ?? null;
  },
  // The address by which phones join
  get link() {
    return new URL(root(`/class/${held.code}`).replace(/^\.\//, ""), location.origin + location.pathname).href;
  },
  open: async () => hold(await call(root("/class"), {})),
  async end() {
    await tell("end", {});
    hold(null);
  },
  // What stands on the page: a question, and once it is shown, the number of its answer
  ask: question => tell("ask", { question }),
  show: answer => tell("show", { answer }),
};
look();
