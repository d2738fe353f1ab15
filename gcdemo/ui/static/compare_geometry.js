// Panes of one picture under one zoom and one centre. Python writes props.value (ComparisonData) and
// props.alert; the script only reads them and owns everything inside the stage. It is one function in
// four files: geometry, panes, hands, values.

const root = element.querySelector('.cv');
const part = name => root.querySelector('.cv-' + name);
const stage = part('stage');
const MAX_ZOOM = 16;    // CSS pixels per image pixel
const HOLD_MS = 180;    // a press that rests this long shows the original
const NARROW = 640;     // CSS pixels: below, one picture at a time is the better start

let data = null;        // the value that is shown
let panes = [];         // its panes, unfinished ones still with their last picture
let views = [];         // {box, layers: Map(pane id -> img), gain, shows: () -> [{id, from, to}], tag, handle}
let mode = '';          // grid, split or flip; empty until the first picture is known
let zoom = 0;           // CSS pixels per image pixel; 0 fits
let centre = [0.5, 0.5];
let divider = 0.5;      // of the view's width
let differing = false;  // whether versions are shown as what differs from the original
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

const fitScale = box => Math.min(box.clientWidth / data.width, box.clientHeight / data.height);
const scaleIn = box => zoom || fitScale(box);

function place(view) {
  const box = view.box, scale = scaleIn(box);
  if (!box.clientWidth || !box.clientHeight) return;  // in a hidden tab; drawn when it is shown
  const halfX = Math.min(0.5, box.clientWidth / 2 / (data.width * scale));
  const halfY = Math.min(0.5, box.clientHeight / 2 / (data.height * scale));
  centre = [clamp(centre[0], halfX, 1 - halfX), clamp(centre[1], halfY, 1 - halfY)];
  const x = box.clientWidth / 2 - centre[0] * data.width * scale;
  const y = box.clientHeight / 2 - centre[1] * data.height * scale;
  const shown = isHeld(view) ? heldLayers() : view.shows();
  const first = original(), apart = differing && !isHeld(view) && Boolean(first);
  for (const [id, image] of view.layers) {
    const layer = shown.find(s => s.id === id);
    const base = apart && first.id === id;  // what the others are taken from
    image.style.visibility = layer || base ? 'visible' : 'hidden';
    image.style.zIndex = base || !layer || (layer.from === undefined && !apart) ? 0 : 1;
    image.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    const edge = part => clamp((part * box.clientWidth - x) / scale, 0, data.width);
    const cut = layer && !base && (layer.from !== undefined || apart);
    image.style.clipPath = cut ? `inset(0 ${data.width - edge(layer.to ?? 1)}px 0 ${edge(layer.from ?? 0)}px)` : '';
    image.classList.toggle('apart', apart && !base);
    image.classList.toggle('sharp', scale >= 2);
  }
  const apartLayers = apart ? shown.filter(s => s.id !== first.id) : [];
  view.gain.hidden = !apartLayers.length;
  if (apartLayers.length) {
    const from = Math.min(...apartLayers.map(s => s.from ?? 0)), to = Math.max(...apartLayers.map(s => s.to ?? 1));
    const start = Math.max(from * box.clientWidth, x), end = Math.min(to * box.clientWidth, x + data.width * scale);
    view.gain.style.left = start + 'px';
    view.gain.style.width = Math.max(0, end - start) + 'px';
  }
  if (view.handle) {
    view.handle.style.left = 100 * divider + '%';
    view.handle.setAttribute('aria-valuenow', Math.round(100 * divider));
  }
  const alone = shown.length === 1 && pane(shown[0].id);
  view.tag.textContent = view.handle && !isHeld(view) ? tagText(pane(left)) : !alone ? '' : isHeld(view) ? alone.title : tagText(alone);
  view.tag.classList.toggle('held', isHeld(view));
}

const isHeld = view => (holding === view || holding === 'all') && !!original();
const heldLayers = () => [{id: original().id}];
const tagText = p => differing && original() && !p.original ? `${p.title}: difference, 4\u00d7` : p.title;

function draw() {
  if (!data) return;
  views.forEach(place);
  for (const button of root.querySelectorAll('[data-zoom]')) {
    button.setAttribute('aria-pressed', String(Math.abs(+button.dataset.zoom - zoom) < 1e-6));
  }
  root.classList.toggle('zoomed', zoom > 0);
  part('diff').setAttribute('aria-pressed', String(differing));
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
