import { dataUrl, make } from "../../shell/dom.js";
import { bus, restoreRecipe, restoring, stale } from "../../shell/events.js";
import { lang, nameOf, t } from "../../shell/language.js";
import { asSpecimen } from "../../shell/recipe.js";
import { openRoom } from "../../shell/rooms.js";
import { easel } from "./easel.js";
import { picker } from "../lib/picker.js";
import { tool } from "../lib/press.js";
import { blank } from "../lib/sheet.js";

export default function tray({ element, props, trigger, server }) {
  const tray = element.querySelector(".tray");
  const view = key => {
    const image = make("img", { width: 64, height: 64, alt: "" });
    return [image, make("figure", { className: key }, image, make("figcaption", { textContent: t(`tray.${key}`) }))];
  };
  const [original, left] = view("specimen"),
    [seen, right] = view("seen");
  const name = make("b"),
    note = make("span", { className: "note" });
  note.setAttribute("role", "status");
  const file = make("input", {
    type: "file",
    accept: "image/png,image/jpeg,image/webp,image/gif,image/*",
    hidden: true,
  });

  function show(src, onWhite, label, text, held) {
    original.src = src;
    seen.src = onWhite;
    original.alt = seen.alt = name.textContent = label || t("tray.yours");
    note.textContent = text ?? "";
    note.classList.toggle("held", !!held);
    tray.classList.remove("wrong");
  }
  function wrong(text) {
    note.textContent = text;
    tray.classList.add("wrong");
  }
  function set(value) {
    props.value = value;
    if (props.main) stale();
  }
  const heldText = held => (held ? t("tray.held_out") : t("tray.trained"));

  const choose = picker(element.querySelector(".picker"), props, (value, canvas, label, held) => {
    const white = blank(canvas.width, canvas.height);
    white.pen.drawImage(canvas, 0, 0);
    show(canvas.toDataURL(), white.canvas.toDataURL(), label, heldText(held), held);
    set(value);
  });
  const draw = easel(element.querySelector(".easel"), src => give(src, src, t("tray.drawing")));

  async function open(recipe) {
    restoreRecipe(recipe);
    if (await openRoom(recipe)) trigger("recipe", recipe);
  }
  // natural: a picture that is larger than what is sent of it
  async function give(src, preview, label, natural = null) {
    tray.classList.add("busy");
    try {
      const answer = await server.receive(src);
      if (!answer) wrong(t("tray.no_answer"));
      else if (answer.error) wrong(answer.error);
      else if (answer.recipe) {
        note.textContent = answer.note;
        await open(answer.recipe);
      } else {
        const size = natural && { width: natural.naturalWidth, height: natural.naturalHeight };
        show(preview ?? answer.src, answer.src, label, size ? t("upload.shrunk", size) : answer.note);
        set(answer.specimen);
      }
    } catch {
      wrong(t("tray.no_answer"));
    }
    tray.classList.remove("busy");
  }

  // Whatever the browser can show is opened here, and its pixels are counted before they are decoded. Small files of
  // the web's own kinds go as they are, so that a PNG keeps its recipe; all others are shrunk first
  const ASIS = ["image/png", "image/webp", "image/gif"];
  async function opened(blob) {
    const image = new Image();
    image.src = URL.createObjectURL(blob);
    try {
      await new Promise((yes, no) => {
        image.onload = yes;
        image.onerror = no;
      });
      return image.naturalWidth && image.naturalHeight ? image : null;
    } catch {
      return null;
    }
  }
  async function shrink(image) {
    const scale = Math.min(1, 512 / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = make("canvas", {
      width: Math.max(1, Math.round(image.naturalWidth * scale)),
      height: Math.max(1, Math.round(image.naturalHeight * scale)),
    });
    const small = await createImageBitmap(image, {
      resizeWidth: canvas.width,
      resizeHeight: canvas.height,
      resizeQuality: "high",
    });
    canvas.getContext("2d").drawImage(small, 0, 0);
    return canvas.toDataURL("image/png");
  }
  // Whether the server takes it as it is
  const isSmall = (blob, pixels) => ASIS.includes(blob.type) && blob.size <= 1_500_000 && pixels <= props.most.sent;
  async function read(blob) {
    if (!blob) return;
    const label = blob.name || t("tray.yours"),
      image = await opened(blob),
      pixels = image ? image.naturalWidth * image.naturalHeight : 0;
    try {
      if (pixels > props.most.shrunk)
        return wrong(t("upload.too_many_pixels", { limit: Math.round(props.most.shrunk / 1e6) }));
      if (image && !isSmall(blob, pixels)) {
        const small = await shrink(image).catch(() => null);
        if (small) return await give(small, small, label, image);
      }
      if (blob.size > 3_000_000) return wrong(t("upload.not_a_picture"));
      await give(await dataUrl(blob), null, label);
    } finally {
      if (image) URL.revokeObjectURL(image.src);
    }
  }
  file.onchange = () => {
    read(file.files[0]);
    file.value = "";
  };

  // On a phone the tray is one line, until it is unfolded
  const fold = tool("tray.unfold", () => unfold(!tray.classList.contains("open")), { className: "tool fold" });
  function unfold(open) {
    tray.classList.toggle("open", open);
    fold.textContent = t(open ? "tray.fold" : "tray.unfold");
    fold.setAttribute("aria-expanded", open);
  }
  unfold(false);
  tray.append(
    left,
    make("span", { className: "arrow", textContent: "→", ariaHidden: "true" }),
    right,
    make(
      "div",
      { className: "about" },
      name,
      note,
      make(
        "div",
        { className: "actions" },
        tool("tray.choose", choose),
        tool("tray.draw", draw),
        tool("tray.upload", () => file.click()),
        file,
      ),
    ),
    fold,
  );
  const held = o => (o?.label ? heldText(o.held_out) : "");
  const labelled = o => (o?.label ? `${o.label[lang]} · ${nameOf("style.", o.label.style)}` : t("tray.yours"));
  if (props.opening)
    show(props.opening.src, props.opening.seen, labelled(props.opening), held(props.opening), props.opening.held_out);
  else wrong(t("tray.no_atlas"));

  async function restore(said) {
    const value = asSpecimen(said);
    const now = value && (await server.look(value));
    if (!now) return;
    show(now.src, now.seen, labelled(now), held(now), now.held_out);
    set(value);
  }
  restoring(props, restore);

  // Where to go with a picture that a model drew
  const ROOMS = ["autoencoders", "codebook", "diffusion", "clip", "dalle2"];
  const room = name =>
    tool(`tab.${name}`, () => document.getElementById(`${name}-button`)?.click(), { className: "room" });
  if (props.main) {
    bus.addEventListener("specimen", e => {
      show(e.detail.value.src, e.detail.value.src, e.detail.label, t("tray.from_output"));
      note.append(" ", ...ROOMS.map(room));
      set(e.detail.value);
    });
    bus.addEventListener("recipe", e => open(e.detail));
    bus.addEventListener("told", e => wrong(e.detail));
    const types = e => e.dataTransfer.types,
      isField = node => node.closest?.("input, textarea");
    document.addEventListener("paste", e => {
      if (!isField(e.target) || !e.clipboardData.types.includes("text/plain")) read([...e.clipboardData.files][0]);
    });
    document.addEventListener("dragover", e => {
      if (isField(e.target) && !types(e).includes("Files")) return; // a text for the field
      e.preventDefault();
      tray.classList.toggle("over", types(e).includes("Files"));
    });
    document.addEventListener("dragleave", e => {
      if (!e.relatedTarget) tray.classList.remove("over");
    });
    document.addEventListener("drop", e => {
      if (isField(e.target) && !types(e).includes("Files")) return;
      e.preventDefault(); // a link that is dropped would leave the page
      tray.classList.remove("over");
      read(e.dataTransfer.files[0]);
    });
  }
}
