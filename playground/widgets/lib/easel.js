// A small canvas to draw on: pointer, touch, or keys (arrows move, space puts the pen down).
function easel(dialog, done) {
  const { t, make } = window.playground,
    SIDE = 256;
  const colours = [
    "#1b1b1b",
    "#7a4a21",
    "#e2352b",
    "#f58a1f",
    "#ffd028",
    "#4faa3c",
    "#1f7a8c",
    "#3f7fe0",
    "#7b4fc9",
    "#f08fb3",
    "#f7d7b0",
    "#ffffff",
  ];
  const canvas = make("canvas", { width: SIDE, height: SIDE, tabIndex: 0 }),
    c = canvas.getContext("2d");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", t("easel.canvas"));
  let colour = colours[2],
    size = 22,
    past = [];
  const clear = () => {
    c.fillStyle = "#fff";
    c.fillRect(0, 0, SIDE, SIDE);
  };
  const keep = () => {
    past.push(c.getImageData(0, 0, SIDE, SIDE));
    past = past.slice(-20);
  };
  function line(a, b) {
    c.strokeStyle = colour;
    c.lineWidth = size;
    c.lineCap = c.lineJoin = "round";
    c.beginPath();
    c.moveTo(a.x, a.y);
    c.lineTo(b.x + 0.01, b.y);
    c.stroke();
  }
  brush(canvas, { stroke: line, begin: keep, step: 8, toggles: true });
  const button = (key, action, name = "tool") => {
    const b = make("button", { type: "button", className: name, textContent: t(key) });
    b.onclick = action;
    return b;
  };
  const press = (group, chosen) => [...group.children].forEach(b => b.setAttribute("aria-pressed", b === chosen));
  const paints = make(
    "div",
    { className: "paints" },
    ...colours.map((value, i) => {
      const b = make("button", { type: "button", className: "paint" });
      b.style.background = value;
      b.setAttribute("aria-label", i === colours.length - 1 ? t("easel.eraser") : t("easel.colour", { n: i + 1 }));
      b.title = b.getAttribute("aria-label");
      b.onclick = () => {
        colour = value;
        press(paints, b);
      };
      return b;
    }),
  );
  const sizes = make(
    "div",
    { className: "sizes" },
    ...[8, 22, 48].map(value => {
      const b = make("button", { type: "button", className: "size" }, make("span"));
      b.firstChild.style.cssText = `width:${value / 2}px;height:${value / 2}px`;
      b.setAttribute("aria-label", t("easel.size", { n: value / 4 }));
      b.onclick = () => {
        size = value;
        press(sizes, b);
      };
      return b;
    }),
  );
  press(paints, paints.children[2]);
  press(sizes, sizes.children[1]);
  clear();
  dialog.append(
    canvas,
    paints,
    make(
      "div",
      { className: "tools" },
      sizes,
      button("easel.undo", () => past.length && c.putImageData(past.pop(), 0, 0)),
      button("easel.clear", () => {
        keep();
        clear();
      }),
    ),
    make(
      "div",
      { className: "foot" },
      button("easel.cancel", () => dialog.close()),
      button(
        "easel.use",
        () => {
          dialog.close();
          done(canvas.toDataURL("image/png"));
        },
        "tool chief",
      ),
    ),
  );
  dialog.onclick = e => {
    if (e.target === dialog) dialog.close();
  };
  return () => dialog.showModal();
}
