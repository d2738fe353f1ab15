// The three pictures of a trial under one zoom and one centre: wheel, mouse, fingers and buttons.

const MAX_ZOOM = 8;       // CSS pixels per image pixel
const GESTURE_MS = 400;   // changes of zoom that follow each other within it count as one

let zoom = 0;             // CSS pixels per image pixel; 0 fits
let centre = [0.5, 0.5];
let zooms = 0, zoomed = -Infinity;  // how often in this trial, and when last

const views = () => [...root.querySelectorAll('.st-view')];
const fit = box => Math.min(box.clientWidth / shown.width, box.clientHeight / shown.height);

function whole() {
  zoom = 0;
  centre = [0.5, 0.5];
  zooms = 0;
  zoomed = -Infinity;
}

function draw() {
  if (!shown) return;
  root.classList.toggle('zoomed', Boolean(zoom));
  for (const box of views()) {
    if (!box.clientWidth) continue;
    const scale = zoom || fit(box), image = box.querySelector('img');
    if (!image) continue;
    const half = [box.clientWidth / 2 / (shown.width * scale), box.clientHeight / 2 / (shown.height * scale)].map(v => Math.min(0.5, v));
    centre = centre.map((c, i) => Math.min(1 - half[i], Math.max(half[i], c)));
    image.style.transform = `translate(${box.clientWidth / 2 - centre[0] * shown.width * scale}px, ${box.clientHeight / 2 - centre[1] * shown.height * scale}px) scale(${scale})`;
    image.classList.toggle('sharp', scale >= 2);
  }
  for (const button of root.querySelectorAll('[data-zoom]')) button.setAttribute('aria-pressed', String(+button.dataset.zoom === zoom));
  for (const button of root.querySelectorAll('button[data-show]')) {
    const seen = button.dataset.show === root.dataset.show;
    button.setAttribute('aria-checked', String(seen));
    button.tabIndex = seen ? 0 : -1;
  }
}

function setZoom(value) {
  const now = performance.now();
  if (value !== zoom) {
    if (now - zoomed > GESTURE_MS) zooms++;
    zoomed = now;
  }
  zoom = value;
  draw();
}

function zoomTo(value, box, x, y) {
  const before = zoom || fit(box), area = box.getBoundingClientRect();
  const after = value && Math.min(MAX_ZOOM, value) > fit(box) ? Math.min(MAX_ZOOM, value) : 0;
  if (after) {
    // What is under the pointer stays there.
    const away = [x - area.left - area.width / 2, y - area.top - area.height / 2], size = [shown.width, shown.height];
    centre = centre.map((c, i) => c + away[i] / size[i] * (1 / before - 1 / after));
  }
  setZoom(after);
}

function move(dx, dy) {
  if (!zoom) return;
  centre = [centre[0] - dx / (shown.width * zoom), centre[1] - dy / (shown.height * zoom)];
  draw();
}

function pinch(box, fingers, event) {
  const {from, to, factor} = pinched(fingers, event);
  move(to[0] - from[0], to[1] - from[1]);
  if (factor !== null) zoomTo((zoom || fit(box)) * factor, box, to[0], to[1]);
}

for (const box of views()) {
  const fingers = new Map();  // pointer id -> where it was last
  box.addEventListener('wheel', event => {
    if (!zoom && event.deltaY > 0) return;
    event.preventDefault();
    zoomTo((zoom || fit(box)) * Math.exp(-Math.max(-240, Math.min(240, event.deltaY)) * 0.0018), box, event.clientX, event.clientY);
  }, {passive: false});
  // Two fingers are ours, and so is one once there is something to move; else it scrolls the page.
  box.addEventListener('touchmove', event => { if (event.touches.length > 1 || zoom) event.preventDefault(); }, {passive: false});
  box.addEventListener('pointerdown', event => {
    if (event.button) return;
    box.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  box.addEventListener('pointermove', event => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    if (fingers.size === 2) { pinch(box, fingers, event); return; }
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size === 1) move(event.clientX - last[0], event.clientY - last[1]);
  });
  for (const name of ['pointerup', 'pointercancel']) box.addEventListener(name, event => { fingers.delete(event.pointerId); });
  box.addEventListener('dblclick', event => zoomTo(zoom ? 0 : 2, box, event.clientX, event.clientY));
}
root.querySelectorAll('button[data-zoom]').forEach(button => button.addEventListener('click', () => setZoom(+button.dataset.zoom)));
