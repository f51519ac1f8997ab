// A canvas that one paints on by pointer, touch or keys: arrows move a pen that is not seen, space paints (or, if it
// `toggles`, puts the pen down until the next space). stroke(a, b) is called for every piece of a line, in the canvas's
// own pixels, begin() before a line and end(byKey) after it; nothing happens while it is not active(). step: pixels of
// an arrow.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Where a pointer is on a canvas, in the canvas's own pixels
export function placeOn(canvas, e) {
  const box = canvas.getBoundingClientRect();
  return {
    x: ((e.clientX - box.left) / box.width) * canvas.width,
    y: ((e.clientY - box.top) / box.height) * canvas.height,
  };
}
export function brush(
  canvas,
  { stroke, begin = () => {}, end = () => {}, active = () => true, step = 1, toggles = false },
) {
  const pen = { x: canvas.width / 2, y: canvas.height / 2 };
  let last = null,
    down = false;
  canvas.onpointerdown = e => {
    if (!active()) return;
    begin();
    canvas.setPointerCapture(e.pointerId);
    last = placeOn(canvas, e);
    stroke(last, last);
  };
  canvas.onpointermove = e => {
    if (!last || !active()) return;
    for (const one of e.getCoalescedEvents?.() ?? [e]) {
      const next = placeOn(canvas, one);
      stroke(last, next);
      last = next;
    }
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (!last) return;
    last = null;
    end(false);
  };
  const moved = (value, by, side) => Math.min(toggles ? side : side - 1, Math.max(0, value + step * by));
  function dot() {
    begin();
    stroke(pen, pen);
  }
  function toggle(space, move, before) {
    if (space) {
      down = !down;
      if (down) dot();
    }
    if (move && down) stroke(before, pen);
  }
  canvas.onkeydown = e => {
    const move = ARROWS[e.key],
      space = e.key === " ",
      before = { ...pen };
    if (!active() || (!move && !space)) return;
    e.preventDefault();
    if (move) Object.assign(pen, { x: moved(pen.x, move[0], canvas.width), y: moved(pen.y, move[1], canvas.height) });
    if (toggles) toggle(space, move, before);
    else if (space || e.shiftKey) {
      dot();
      end(true);
    }
  };
}
