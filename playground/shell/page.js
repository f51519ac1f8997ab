// What every widget shares: language, theme, the specimen, the recipe inside a PNG. Runs before Gradio starts.
window.playground = (() => {
  const texts = /*TEXTS*/ {};
  const store = {
    get(k) {
      try {
        return localStorage.getItem(k);
      } catch {
        return null;
      }
    },
    set(k, v) {
      try {
        localStorage.setItem(k, v);
      } catch {
        /* storage may be blocked in a frame */
      }
    },
  };
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked) store.set("lang", asked);
  const lang = /^zh/i.test(asked || store.get("lang") || navigator.language || "en") ? "zh" : "en";
  const tag = lang === "zh" ? "zh-CN" : "en";
  for (const [name, value] of [
    ["language", tag],
    ["languages", [tag]],
  ])
    Object.defineProperty(navigator, name, { get: () => value, configurable: true });
  document.cookie = `lang=${lang};path=/;SameSite=Lax`;

  const theme = store.get("theme"),
    match = window.matchMedia.bind(window);
  if (theme)
    window.matchMedia = q =>
      !/prefers-color-scheme/.test(q)
        ? match(q)
        : {
            matches: q.includes(theme),
            media: q,
            onchange: null,
            addEventListener() {},
            removeEventListener() {},
            addListener() {},
            removeListener() {},
            dispatchEvent: () => false,
          };

  // t("key", {n: 3}) is the text; say() takes a key, [key, values], or words that are no key
  const t = (key, values = {}) =>
    (texts[lang][key] ?? String(key)).replace(/\{(\w+)\}/g, (all, k) => texts[lang][values[k]] ?? values[k] ?? all);
  const say = x => (Array.isArray(x) ? t(x[0], x[1]) : x == null ? "" : t(x));
  const root = url => (window.gradio_config?.root ?? "") + url;
  const make = (name, props = {}, ...children) => {
    const node = Object.assign(document.createElement(name), props);
    node.append(...children.filter(c => c != null));
    return node;
  };

  // The specimen: one picture for all rooms. Whoever shows something made from it listens to "stale".
  const bus = new EventTarget();
  let version = 1,
    recipes = 1,
    awaited = new URLSearchParams(location.search).has("panel");
  const stale = restored => {
    version += 1;
    if (restored) {
      recipes += 1;
      awaited = false;
      setTimeout(settled, 5000);
    }
    bus.dispatchEvent(new Event("stale"));
  };
  // a recipe that never comes holds nobody up; a busy server's comes late
  if (awaited) setTimeout(() => awaited && stale(true), 15000);
  const hold = (panel, setting, value) =>
    bus.dispatchEvent(new CustomEvent("hold", { detail: { panel, setting, value } })); // see held.js
  const tell = text => text && bus.dispatchEvent(new CustomEvent("told", { detail: text })); // see tray.js
  const specimen = (value, label) => bus.dispatchEvent(new CustomEvent("specimen", { detail: { value, label } }));

  // fresh(element, run): call run() whenever the element is on screen and older than the specimen, or, if it does not
  // follow the specimen, than the last recipe that came; a recipe in the address is awaited first
  function fresh(element, run, follows = true) {
    let mine = 0,
      seen = false;
    const now = () => (follows ? version : recipes);
    const look = () => {
      if (seen && !awaited && element.isConnected && mine !== now()) {
        mine = now();
        run();
      }
    };
    new IntersectionObserver(entries => {
      seen = entries.at(-1).isIntersecting;
      look();
    }).observe(element);
    bus.addEventListener("stale", () => setTimeout(look, 40));
  }

  // follow(watch, props, show): show(props.value) now and with every other value; a run's last one, which Gradio brings
  // twice, once
  function follow(watch, props, show) {
    let last = null;
    const look = () => {
      if (!props.value?.nth || props.value.nth !== last) {
        last = props.value?.nth;
        show(props.value);
      }
    };
    watch("value", look);
    look();
  }

  // A link's settings reach the controls one after the other, and each may start a run, whose results come in any
  // order: what was made of half of them is not shown, until some seconds later or until the visitor does something
  let half = awaited;
  const settled = () => {
    if (half) {
      half = false;
      bus.dispatchEvent(new Event("whole"));
    }
  };
  for (const what of ["pointerdown", "keydown"]) addEventListener(what, settled, { capture: true, once: true });
  const whole = made =>
    !half ||
    made?.panel !== recipe.panel ||
    Object.entries(made.settings).every(
      ([name, value]) =>
        // eslint-disable-next-line eqeqeq -- a link has numbers as texts: "2.0" is 2
        typeof value === "object" || !(name in recipe) || value == recipe[name] || String(value) === recipe[name],
    );

  // A recipe that came by the address or in a PNG. Python sets tabs and plain controls; our widgets ask here, and hear
  // "restored"
  let recipe = Object.fromEntries(new URLSearchParams(location.search));
  const restored = panel => (panel == null || recipe.panel === panel ? recipe : {});
  const restore = one => {
    recipe = { ...one.settings, panel: one.panel, specimen: one.specimen };
    bus.dispatchEvent(new Event("restored"));
  };
  // "noto.12", a data URL, or a specimen already -> a specimen, or null
  function asSpecimen(x) {
    if (x && typeof x === "object") return x;
    const atlas = /^(.+)\.(\d{1,6})$/.exec(x ?? "");
    if (atlas) return { kind: "atlas", style: atlas[1], tile: Number(atlas[2]) };
    return /^data:image\//.test(x ?? "") ? { kind: "png", src: x } : null;
  }

  async function picture(src) {
    const image = new Image();
    image.src = src;
    await image.decode();
    return image;
  }

  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });
  const crc = bytes => ~bytes.reduce((c, b) => table[(c ^ b) & 255] ^ (c >>> 8), -1) >>> 0;
  // A PNG with one iTXt chunk "recipe" behind its header (33 bytes: signature and IHDR)
  async function withRecipe(blob, recipe) {
    const png = new Uint8Array(await blob.arrayBuffer());
    const body = new TextEncoder().encode("iTXtrecipe\0\0\0\0\0" + JSON.stringify(recipe));
    const chunk = new Uint8Array(body.length + 8),
      view = new DataView(chunk.buffer);
    view.setUint32(0, body.length - 4);
    chunk.set(body, 4);
    view.setUint32(body.length + 4, crc(body));
    return new Blob([png.slice(0, 33), chunk, png.slice(33)], { type: "image/png" });
  }
  function save(blob, name) {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      /* no permission, or not a secure page */
    }
    const area = make("textarea", { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
  return {
    restored,
    restore,
    hold,
    whole,
    asSpecimen,
    lang,
    t,
    say,
    root,
    make,
    bus,
    stale,
    tell,
    specimen,
    fresh,
    follow,
    picture,
    withRecipe,
    save,
    copy,
    store,
  };
})();
