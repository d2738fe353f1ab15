// Pointers, touch, wheel, buttons and keys.

const MOVED = 6;          // CSS pixels: a press that goes further is no click
const touches = new Map();
let press = null;         // {start, moved, plus, what}
let spaceDown = false;

stage.addEventListener('contextmenu', event => event.preventDefault());
stage.addEventListener('touchmove', event => {
  if (event.touches.length > 1 || zoom || paints() || tool === 'box') event.preventDefault();
}, {passive: false});
stage.addEventListener('wheel', event => {
  // At fit the wheel belongs to the page, unless the canvas was entered.
  const entered = root.contains(document.activeElement) || event.ctrlKey;
  if (!scene || (!zoom && (event.deltaY >= 0 || !entered))) return;
  event.preventDefault();
  zoomTo(scale() * Math.exp(-clamp(event.deltaY, -240, 240) * 0.0018), event.clientX, event.clientY);
}, {passive: false});

stage.addEventListener('pointerdown', event => {
  if (!scene || event.target.closest('button')) return;
  stage.setPointerCapture(event.pointerId);
  touches.set(event.pointerId, [event.clientX, event.clientY]);
  cursor = null;
  pointer = placeOf(event);
  if (touches.size === 2) { giveUp(); press = {what: 'pinch'}; return; }
  if (touches.size > 2) return;
  const moving = event.button === 1 || spaceDown;
  const plus = tool === 'keep' && !event.shiftKey && event.button !== 2;
  press = {start: [event.clientX, event.clientY], moved: false, plus, what: moving ? 'move' : paints() ? 'stroke' : tool === 'box' ? 'box' : 'click'};
  if (press.what === 'stroke') startStroke(pointer);
  else if (press.what === 'box') { current = null; boxStart = pointer; redraw(); }
});

stage.addEventListener('pointermove', event => {
  if (!scene) return;
  pointer = placeOf(event);
  const last = touches.get(event.pointerId);
  if (!last || !press) { hover(event); return; }
  if (press.what === 'pinch') { if (touches.size === 2) pinch(event); return; }
  touches.set(event.pointerId, [event.clientX, event.clientY]);
  press.moved = press.moved || Math.hypot(event.clientX - press.start[0], event.clientY - press.start[1]) > MOVED;
  if (press.what === 'stroke') for (const part of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) dab(placeOf(part));
  else if (press.what === 'move' || (press.what === 'click' && press.moved && zoom)) shift(event.clientX - last[0], event.clientY - last[1]);
  redraw();
});

stage.addEventListener('pointerup', event => {
  const done = press, place = pointer;
  touches.delete(event.pointerId);
  if (done && done.what === 'pinch' && touches.size) return;
  press = null;
  if (!done || !place) return;
  if (done.what === 'stroke') endStroke();
  else if (done.what === 'box' && boxStart) boxed(boxStart, place);
  else if (done.what === 'click' && !done.moved) act(place, done.plus);
  if (event.pointerType !== 'mouse') pointer = null;
  redraw();
});
stage.addEventListener('pointercancel', event => { touches.delete(event.pointerId); giveUp(); press = null; });
stage.addEventListener('pointerleave', () => { pointer = null; hovered = 0; if (scene) redraw(); });

function giveUp() {
  endStroke(true);
  boxStart = null;
  redraw();
}

function hover(event) {
  if (event.pointerType === 'touch') return;
  if (tool === 'objects') {
    const before = hovered;
    hovered = objectAt(pointer);
    stage.classList.toggle('over', Boolean(hovered));
    if (before !== hovered) redraw();
  } else if (paints()) redraw();
}

function shift(dx, dy) {
  if (!zoom) return;
  centre = [centre[0] - dx / (W * zoom), centre[1] - dy / (H * zoom)];
  redraw();
}

function pinch(event) {
  const {from, to, factor} = pinched(touches, event);
  shift(to[0] - from[0], to[1] - from[1]);
  if (factor !== null) zoomTo(scale() * factor, to[0], to[1]);
}

const ACTS = {
  undo, redo,
  clear() { current = null; commit({kept: new Uint8Array(W * H)}, 'Cleared.'); },
  invert() { current = null; commit({kept: kept.map(v => 1 - v)}, 'Inverted.'); },
  larger: () => resize(1.25),
  smaller: () => resize(0.8),
  near: () => zoomMiddle(1.5),
  far: () => zoomMiddle(1 / 1.5),
  whole() { zoom = 0; redraw(); },
  labels() {
    overlayOn = !overlayOn;
    root.querySelector('[data-act=labels]').setAttribute('aria-pressed', String(overlayOn));
    redraw();
  },
};
for (const button of root.querySelectorAll('[data-act]')) button.addEventListener('click', () => { if (scene) ACTS[button.dataset.act](); });

for (const button of root.querySelectorAll('button[data-tool]')) button.addEventListener('click', () => choose(button.dataset.tool));
arrows(part('tools'), 'button:not(:disabled)');
arrows(part('classes'), '[role=radio]');
part('size').addEventListener('input', () => {
  brush = Math.max(1, (Math.max(W, H) / 2) ** (part('size').value / 100));
  pointer = [W * (0.5 + (centre[0] - 0.5)), H * centre[1]];
  redraw();
});

const KEYS = {k: 'keep', d: 'drop', x: 'box', b: 'brush', e: 'erase', o: 'objects', f: 'fill'};
const ARROWS = {arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1]};

root.addEventListener('keydown', event => {
  if (!scene || event.altKey) return;
  const key = event.key.toLowerCase();
  const run = action => { event.preventDefault(); action(); };
  if (event.ctrlKey || event.metaKey) {
    if (key === 'z') run(event.shiftKey ? redo : undo);
    else if (key === 'y') run(redo);
    return;
  }
  if (key === 'escape' && (boxStart || stroke || current || asking)) run(() => { stop(); giveUp(); });
  else if (KEYS[key]) run(() => choose(KEYS[key]));
  else if (key === '[') run(ACTS.smaller);
  else if (key === ']') run(ACTS.larger);
  else if (event.target === stage) onStage(key, event, run);
});

function onStage(key, event, run) {
  const by = ARROWS[key];
  if (by) run(() => walk(by, event.shiftKey ? 5 : 1));
  else if (key === 'enter') run(pressHere);
  else if (key === ' ') run(() => { spaceDown = true; });
  else if (key === '+' || key === '=') run(ACTS.near);
  else if (key === '-') run(ACTS.far);
  else if (key === '0') run(ACTS.whole);
}

// The keyboard's own pointer goes from cell to cell, and the view goes with it.
function walk([dx, dy], cellsAtOnce) {
  const step = props.cell * cellsAtOnce * W / scene.width;
  cursor = cursor ? [clamp(cursor[0] + dx * step, 0.5, W - 0.5), clamp(cursor[1] + dy * step, 0.5, H - 0.5)] : [W * centre[0], H * centre[1]];
  pointer = null;
  if (tool === 'objects') hovered = objectAt(cursor);
  if (zoom) centre = [cursor[0] / W, cursor[1] / H];
  redraw();
}

function pressHere() {
  if (!cursor) { walk([0, 0], 0); return; }
  if (paints()) { startStroke(cursor); endStroke(); }
  else if (tool !== 'box') act(cursor, tool === 'keep');
  else if (boxStart) boxed(boxStart, cursor);
  else { current = null; boxStart = cursor; redraw(); }
}
root.addEventListener('keyup', event => { if (event.key === ' ') spaceDown = false; });
stage.addEventListener('blur', () => { spaceDown = false; if (scene) redraw(); });
