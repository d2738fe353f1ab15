// Panes of one picture under one zoom and one centre. Python writes props.value (ComparisonData) and
// props.alert; this script only reads them and owns everything inside the stage.

const root = element.querySelector('.cv');
const part = name => root.querySelector('.cv-' + name);
const stage = part('stage');
const MAX_ZOOM = 16;    // CSS pixels per image pixel
const HOLD_MS = 180;    // a press that rests this long shows the original
const NARROW = 640;     // CSS pixels: below, one picture at a time is the better start

let data = null;        // the value that is shown
let panes = [];         // its panes, unfinished ones still with their last picture
let views = [];         // {box, layers: Map(pane id -> img), shows: () -> [{id, from}], tag, handle}
let mode = '';          // grid, split or flip; empty until the first picture is known
let zoom = 0;           // CSS pixels per image pixel; 0 fits
let centre = [0.5, 0.5];
let divider = 0.5;      // of the view's width
let left = '', right = '', current = '';
let holding = null;     // a view, or 'all'
let spaceDown = false;
const since = new Map(); // pane id -> when its work began

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const pane = id => panes.find(p => p.id === id);
const original = () => panes.find(p => p.original);

// ---- geometry -------------------------------------------------------------------------------

const fitScale = box => Math.min(box.clientWidth / data.width, box.clientHeight / data.height);
const scaleIn = box => zoom || fitScale(box);

function place(view) {
  const box = view.box, scale = scaleIn(box);
  const halfX = Math.min(0.5, box.clientWidth / 2 / (data.width * scale));
  const halfY = Math.min(0.5, box.clientHeight / 2 / (data.height * scale));
  centre = [clamp(centre[0], halfX, 1 - halfX), clamp(centre[1], halfY, 1 - halfY)];
  const x = box.clientWidth / 2 - centre[0] * data.width * scale;
  const y = box.clientHeight / 2 - centre[1] * data.height * scale;
  const shown = holding === view || holding === 'all' ? heldLayers(view) : view.shows();
  for (const [id, image] of view.layers) {
    const layer = shown.find(s => s.id === id);
    image.style.visibility = layer ? 'visible' : 'hidden';
    image.style.zIndex = layer && layer.from !== undefined ? 1 : 0;
    image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    image.style.clipPath = layer && layer.from ? `inset(0 0 0 ${clamp((layer.from * box.clientWidth - x) / scale, 0, data.width)}px)` : '';
    image.classList.toggle('sharp', scale >= 2);
  }
  if (view.handle) {
    view.handle.style.left = 100 * divider + '%';
    view.handle.setAttribute('aria-valuenow', Math.round(100 * divider));
  }
  const held = shown.length === 1 && pane(shown[0].id);
  view.tag.textContent = view.handle && !isHeld(view) ? pane(left).title : held ? held.title : '';
  view.tag.classList.toggle('held', isHeld(view));
}

const isHeld = view => (holding === view || holding === 'all') && !!original();
const heldLayers = view => original() ? [{id: original().id}] : view.shows();

function draw() {
  if (!data) return;
  views.forEach(place);
  for (const button of root.querySelectorAll('[data-zoom]')) {
    button.setAttribute('aria-pressed', String(Math.abs(+button.dataset.zoom - zoom) < 1e-6));
  }
  root.classList.toggle('zoomed', zoom > 0);
}

function zoomTo(value, box, clientX, clientY) {
  const area = box.getBoundingClientRect(), before = scaleIn(box);
  const dx = clientX - area.left - area.width / 2, dy = clientY - area.top - area.height / 2;
  const point = [centre[0] + dx / (data.width * before), centre[1] + dy / (data.height * before)];
  const scale = Math.min(MAX_ZOOM, value);
  if (scale <= fitScale(box) * 1.001) {
    zoom = 0;
  } else {
    zoom = scale;
    centre = [point[0] - dx / (data.width * scale), point[1] - dy / (data.height * scale)];
  }
  draw();
}

function zoomMiddle(factor) {
  const box = views[0].box, area = box.getBoundingClientRect();
  zoomTo(scaleIn(box) * factor, box, area.left + area.width / 2, area.top + area.height / 2);
}

function columns() {
  const width = stage.clientWidth, count = views.length;
  const wide = width >= 1100 || (data && data.width < data.height);
  let across = count;
  if (width < NARROW) across = Math.min(2, count);
  else if (count > 3) across = wide ? Math.min(4, count) : Math.ceil(count / 2);
  stage.style.setProperty('--columns', Math.max(1, across));
}

// ---- building ---------------------------------------------------------------------------------

function layerFor(view, p) {
  const image = make('img');
  image.alt = p.original ? 'Original photo' : `${p.title}, decoded from ${p.headline}`;
  image.draggable = false;
  image.decoding = 'sync';  // it is decoded already: no flash
  image.classList.toggle('stale', Boolean(p.note));
  image.style.width = data.width + 'px';
  image.style.height = data.height + 'px';
  image.src = p.image.url;
  view.layers.set(p.id, image);
  view.box.insertBefore(image, view.tag);
}

function makeView(ids, shows, noted = ids) {
  const box = make('div', 'cv-view');
  box.style.aspectRatio = `${data.width} / ${data.height}`;
  const view = {box, layers: new Map(), shows, tag: make('span', 'cv-tag')};
  box.append(view.tag);
  const first = original();
  const wanted = new Set(first ? [first.id, ...ids] : ids);
  for (const id of wanted) if (pane(id).image) layerFor(view, pane(id));
  for (const id of noted) if (pane(id).note) box.append(busyNote(pane(id)));
  box.classList.toggle('blank', noted.some(id => !pane(id).image));
  listen(view);
  return view;
}

function busyNote(p) {
  const note = make('div', 'cv-note');
  note.append(make('i', 'cv-spin'), make('span', '', p.note), make('b', 'cv-seconds'));
  note.dataset.pane = p.id;
  return note;
}

function headline(text) {
  // "1,204 bytes": the number large, its unit small.
  const [number, ...unit] = text.split(' '), strong = make('strong', 'cv-headline', number);
  if (unit.length) strong.append(make('small', '', ' ' + unit.join(' ')));
  return strong;
}

function caption(p) {
  const box = make('figcaption', 'cv-caption' + (p.note ? ' stale' : ''));
  const name = make('div', 'cv-name');
  name.append(make('span', 'cv-title', p.title));
  if (p.subtitle) name.append(make('span', 'cv-subtitle', p.subtitle));
  box.append(name, headline(p.headline || '\u2007'));
  if (p.share !== null && p.share !== undefined) {
    const bar = make('div', 'cv-share'), fill = make('i');
    fill.style.width = `max(2px, ${100 * p.share}%)`;
    bar.title = p.original ? 'The PNG' : `${(100 * p.share).toPrecision(2)} % of the PNG`;
    bar.append(fill);
    box.append(bar);
  }
  const lines = make('div', 'cv-lines');
  (p.lines || []).forEach(line => lines.append(make('span', '', line)));
  box.append(lines);
  if (p.stats && p.stats.length) {
    const stats = make('dl', 'cv-stats');
    for (const [label, text] of p.stats) {
      const pair = make('div');
      pair.append(make('dt', '', label), make('dd', '', text));
      stats.append(pair);
    }
    box.append(stats);
  }
  return box;
}

function build() {
  // What is rebuilt under the keyboard gets its focus back.
  const focusedPick = part('pick').contains(document.activeElement) ? document.activeElement.dataset.id : '';
  const ids = panes.map(p => p.id);
  if (!ids.includes(current)) current = ids[ids.length - 1];
  if (!ids.includes(left)) left = ids[0];
  if (!ids.includes(right) || right === left) right = ids.find(id => id !== left) || left;
  const layout = ids.length < 2 ? 'flip' : mode;
  root.dataset.mode = layout;
  root.dataset.count = ids.length;
  for (const button of root.querySelectorAll('[data-mode]')) {
    button.setAttribute('aria-checked', String(button.dataset.mode === layout));
    button.tabIndex = button.dataset.mode === layout ? 0 : -1;
  }
  part('hold').hidden = !original() || ids.length < 2;
  part('pick').replaceChildren();
  const figures = [];
  views = [];
  const add = (view, captions) => {
    const figure = make('figure', 'cv-pane');
    const row = make('div', 'cv-captions');
    captions.forEach(p => row.append(caption(p)));
    figure.append(view.box, row);
    views.push(view);
    figures.push(figure);
  };
  if (layout === 'grid') {
    panes.forEach(p => add(makeView([p.id], () => [{id: p.id}]), [p]));
  } else if (layout === 'split') {
    const view = makeView([left, right], () => [{id: left}, {id: right, from: divider}]);
    addDivider(view);
    // What is being done stands on the side that it is done to.
    for (const note of view.box.querySelectorAll('.cv-note')) note.style[note.dataset.pane === right ? 'left' : 'right'] = '50%';
    add(view, [pane(left), pane(right)]);
    if (ids.length > 2) part('pick').append(chooser('Left', left, id => { left = id; }), make('span', '', 'against'), chooser('Right', right, id => { right = id; }));
  } else {
    add(makeView(ids, () => [{id: current}], [current]), [pane(current)]);
    if (ids.length > 1) part('pick').append(...panes.map(flipButton));
  }
  const picking = part('pick').querySelector('[data-id="' + CSS.escape(focusedPick) + '"]');
  if (picking) picking.focus({preventScroll: true});
  stage.replaceChildren(...figures);
  part('hint').textContent = ids.length < 2 ? '' : layout === 'split' ? 'Drag the divider, wheel zooms' : layout === 'flip' ? `Keys 1\u2013${ids.length} flip, wheel zooms` : 'Wheel zooms, drag moves';
  columns();
  draw();
}

function flipButton(p, index) {
  const button = make('button', '', `${index + 1} ${p.title}`);
  button.type = 'button';
  button.dataset.id = p.id;
  button.setAttribute('aria-pressed', String(p.id === current));
  button.addEventListener('click', () => { flipTo(p.id); });
  return button;
}

function flipTo(id) {
  const focused = document.activeElement === stage;
  current = id;
  mode = 'flip';
  build();
  if (focused) stage.focus({preventScroll: true});
}

function chooser(label, chosen, choose) {
  const select = make('select');
  select.dataset.id = label;
  select.setAttribute('aria-label', label + ' picture');
  for (const p of panes) {
    const option = make('option', '', p.title);
    option.value = p.id;
    option.selected = p.id === chosen;
    select.append(option);
  }
  select.addEventListener('change', () => { choose(select.value); build(); });
  return select;
}

function addDivider(view) {
  const handle = view.handle = make('div', 'cv-divider');
  view.box.append(handle, make('span', 'cv-tag cv-tag-right', pane(right).title));
  for (const [name, value] of Object.entries({role: 'slider', tabindex: '0', 'aria-label': 'Divider', 'aria-valuemin': '0', 'aria-valuemax': '100'})) handle.setAttribute(name, value);
  handle.addEventListener('keydown', event => {
    const step = {ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1}[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    divider = clamp(divider + step, 0, 1);
    draw();
  });
}

function follow(view, event) {
  const area = view.box.getBoundingClientRect();
  divider = clamp((event.clientX - area.left) / area.width, 0, 1);
  draw();
}

// ---- hands --------------------------------------------------------------------------------------

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
  const distance = () => { const [a, b] = [...touches.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
  const middle = () => { const [a, b] = [...touches.values()]; return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]; };
  const before = distance(), from = middle();
  touches.set(event.pointerId, [event.clientX, event.clientY]);
  const to = middle();
  if (holding === view) hold(null);
  if (zoom) {
    centre = [centre[0] - (to[0] - from[0]) / (data.width * zoom), centre[1] - (to[1] - from[1]) / (data.height * zoom)];
  }
  if (before > 0) zoomTo(scaleIn(view.box) * distance() / before, view.box, to[0], to[1]);
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

// ---- values -------------------------------------------------------------------------------------

function merge(incoming, samePicture) {
  // A version that is being made anew keeps its last picture and numbers, dimmed, until it is ready.
  return incoming.map(p => {
    const old = samePicture && p.note ? pane(p.id) : null;
    return old ? {...old, note: p.note} : p;
  });
}

function ready(p) {
  if (!p.image) return Promise.resolve();
  const image = new Image();
  image.src = p.image.url;
  return image.decode().catch(() => {});
}

let turn = 0;
async function take() {
  const value = props.value, mine = ++turn;
  if (!value || !value.panes || !value.panes.length) return;
  // Pictures appear when they are decoded, so nothing flashes; a later value overtakes this one.
  await Promise.all(value.panes.map(ready));
  if (mine !== turn) return;
  const samePicture = Boolean(data) && data.picture === value.picture;
  panes = merge(value.panes, samePicture);
  data = value;
  if (!samePicture) { zoom = 0; centre = [0.5, 0.5]; }
  if (!mode) mode = stage.clientWidth < NARROW || root.clientWidth < NARROW ? 'split' : 'grid';
  for (const p of panes) if (!p.note) since.delete(p.id); else if (!since.has(p.id)) since.set(p.id, performance.now());
  root.dataset.empty = '0';
  root.dataset.busy = panes.some(p => p.note) ? '1' : '0';
  part('alert').hidden = true;
  part('remark').textContent = value.remark || '';
  part('remark').hidden = !value.remark;
  part('spoken').textContent = value.spoken || '';
  holding = null;
  build();
}

function alertNow() {
  const alert = props.alert;
  if (!alert || !alert.text) return;
  turn++;
  panes = panes.filter(p => p.image).map(p => ({...p, note: ''}));
  since.clear();
  root.dataset.busy = '0';
  part('alert').textContent = alert.text;
  part('alert').hidden = false;
  if (data && panes.length) build();
}

const clock = setInterval(() => {
  if (!element.isConnected) { clearInterval(clock); return; }
  for (const note of root.querySelectorAll('.cv-note')) {
    const seconds = (performance.now() - since.get(note.dataset.pane)) / 1000;
    note.classList.toggle('late', seconds > 0.3);
    note.querySelector('.cv-seconds').textContent = seconds > 1 ? seconds.toFixed(1) + ' s' : '';
  }
}, 100);

watch('value', take);
watch('alert', alertNow);
new ResizeObserver(() => { columns(); draw(); }).observe(stage);
take();
