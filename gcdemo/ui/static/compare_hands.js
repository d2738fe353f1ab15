// Wheel, pointers, touch, buttons and keys.

let lastScroll = 0;
function onScroll() {
  if (!element.isConnected) window.removeEventListener('scroll', onScroll);
  lastScroll = performance.now();
}
window.addEventListener('scroll', onScroll, {passive: true});

function hold(what) {
  if (holding === what) return;
  holding = what;
  part('hold').setAttribute('aria-pressed', String(what === 'all'));
  draw();
}

function listen(view) {
  const box = view.box, touches = new Map();
  let timer = 0, start = null, dividing = false;
  box.addEventListener('wheel', event => {
    // At fit the wheel belongs to the page, unless the page is at its top or the viewer was entered.
    const scrolling = performance.now() - lastScroll < 350;
    const entered = root.contains(document.activeElement) || window.scrollY < 2 || event.ctrlKey;
    if (!zoom && (event.deltaY >= 0 || scrolling || !entered)) return;
    event.preventDefault();
    zoomTo(scaleIn(box) * Math.exp(-clamp(event.deltaY, -240, 240) * 0.0018), box, event.clientX, event.clientY);
  }, {passive: false});
  box.addEventListener('touchmove', event => { if (event.touches.length > 1 || zoom) event.preventDefault(); }, {passive: false});
  box.addEventListener('contextmenu', event => { if (event.pointerType !== 'mouse') event.preventDefault(); });
  box.addEventListener('pointerdown', event => {
    if (event.button) return;
    box.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, [event.clientX, event.clientY]);
    start = [event.clientX, event.clientY];
    // The divider is taken by its handle, and from anywhere while there is nothing to move.
    const taken = event.target === view.handle;
    dividing = taken || (Boolean(view.handle) && !zoom);
    clearTimeout(timer);
    if (touches.size === 1 && !taken) timer = setTimeout(() => hold(view), HOLD_MS);
  });
  box.addEventListener('pointermove', event => {
    const last = touches.get(event.pointerId);
    if (!last) return;
    if (touches.size === 1 && !box.classList.contains('moving') && Math.hypot(event.clientX - start[0], event.clientY - start[1]) < 5) return;
    clearTimeout(timer);
    if (touches.size === 2) {
      pinch(view, touches, event);
      return;
    }
    touches.set(event.pointerId, [event.clientX, event.clientY]);
    if (dividing) {
      if (holding === view) hold(null);
      follow(view, event);
      return;
    }
    box.classList.add('moving');
    const scale = scaleIn(box);
    centre = [centre[0] - (event.clientX - last[0]) / (data.width * scale), centre[1] - (event.clientY - last[1]) / (data.height * scale)];
    draw();
  });
  for (const name of ['pointerup', 'pointercancel']) {
    box.addEventListener(name, event => {
      touches.delete(event.pointerId);
      clearTimeout(timer);
      box.classList.remove('moving');
      if (holding === view) hold(null);
    });
  }
  box.addEventListener('dblclick', event => {
    if (zoom) { zoom = 0; draw(); } else { zoomTo(Math.max(2, scaleIn(box) * 2), box, event.clientX, event.clientY); }
  });
}

function pinch(view, touches, event) {
  const {from, to, factor} = pinched(touches, event);
  if (holding === view) hold(null);
  if (zoom) {
    centre = [centre[0] - (to[0] - from[0]) / (data.width * zoom), centre[1] - (to[1] - from[1]) / (data.height * zoom)];
  }
  if (factor !== null) zoomTo(scaleIn(view.box) * factor, view.box, to[0], to[1]);
}

function setMode(value) {
  mode = value;
  build();
}

root.querySelectorAll('button[data-mode]').forEach((button, index, all) => {
  button.addEventListener('click', () => setMode(button.dataset.mode));
  button.addEventListener('keydown', event => {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step) return;
    event.preventDefault();
    const next = all[(index + step + all.length) % all.length];
    setMode(next.dataset.mode);
    next.focus();
  });
});
root.querySelectorAll('[data-zoom]').forEach(button => button.addEventListener('click', () => {
  zoom = +button.dataset.zoom;
  draw();
}));

function differ() {
  differing = !differing;
  build();
}
part('diff').addEventListener('click', differ);

const holdButton = part('hold');
holdButton.addEventListener('pointerdown', event => { holdButton.setPointerCapture(event.pointerId); hold('all'); });
for (const name of ['pointerup', 'pointercancel', 'blur']) holdButton.addEventListener(name, () => hold(null));
holdButton.addEventListener('contextmenu', event => event.preventDefault());
holdButton.addEventListener('keydown', event => { if (event.key === ' ' || event.key === 'Enter') { event.preventDefault(); hold('all'); } });
holdButton.addEventListener('keyup', () => hold(null));

stage.addEventListener('keydown', event => {
  if (!data || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase(), pan = 0.1 * Math.min(1, fitScale(views[0].box) / scaleIn(views[0].box));
  const actions = {
    '+': () => zoomMiddle(1.25), '=': () => zoomMiddle(1.25), '-': () => zoomMiddle(0.8),
    '0': () => { zoom = 0; draw(); },
    g: () => setMode('grid'), s: () => setMode('split'), f: () => setMode('flip'),
    d: differ,
    ' ': () => { spaceDown = true; hold('all'); },
  };
  if (zoom) {
    Object.assign(actions, {
      arrowleft: () => { centre[0] -= pan; draw(); }, arrowright: () => { centre[0] += pan; draw(); },
      arrowup: () => { centre[1] -= pan; draw(); }, arrowdown: () => { centre[1] += pan; draw(); },
    });
  }
  const action = actions[key], number = panes[+key - 1];
  if (!action && !number) return;
  event.preventDefault();
  if (action) action(); else flipTo(number.id);
  if (document.activeElement === document.body) stage.focus({preventScroll: true});
});
stage.addEventListener('keyup', event => { if (event.key === ' ') { spaceDown = false; hold(null); } });
stage.addEventListener('blur', () => { if (spaceDown) hold(null); });
