// The tools and what they do to the marks.

const HINTS = {
  keep: 'Click what must stay as it is. Shift-click takes away.',
  drop: 'Click what need not be kept.',
  box: 'Drag a box around one object.',
  brush: 'Paint what must stay as it is. [ and ] change the size.',
  erase: 'Rub out what need not be kept. [ and ] change the size.',
  objects: 'Click an object to keep it, again to drop it.',
  fill: 'Choose a class, then click a region to correct it.',
};
const TAPS = {
  keep: 'Tap what must stay as it is. Two fingers zoom.',
  drop: 'Tap what need not be kept.',
  box: 'Draw a box around one object.',
  brush: 'Paint what must stay as it is. Two fingers zoom.',
  erase: 'Rub out what need not be kept. Two fingers zoom.',
  objects: 'Tap an object to keep it, again to drop it.',
  fill: 'Choose a class, then tap a region to correct it.',
};
const ASKING = ['keep', 'drop', 'box', 'objects'];
const coarse = window.matchMedia('(pointer: coarse)').matches;

let tool = props.answerer ? 'keep' : 'brush';
let brush = 40;        // its diameter, in working pixels
let current = null;    // the object being shown: {points: [[x, y, plus]], box, last: its answer {found, before, after}}
let boxStart = null;
let fillWith = 0;      // id of a class
let overlayOn = false;

const paints = () => tool === 'brush' || tool === 'erase';
const labelsShown = () => overlayOn || tool === 'fill';

function choose(name) {
  const button = root.querySelector('[data-tool=' + name + ']');
  if (button.disabled) return;
  if (name !== tool) current = boxStart = null;
  tool = name;
  root.dataset.tool = name;
  for (const other of root.querySelectorAll('[data-tool]')) {
    if (other === root) continue;
    other.setAttribute('aria-checked', String(other === button));
    other.tabIndex = other === button ? 0 : -1;
  }
  hovered = 0;
  hint();
  if (!scene) return;
  if (name === 'objects') seekObjects();
  showClasses();
  redraw();
}

function hint() {
  const seeking = tool === 'objects' && seeksObjects();
  part('hint').textContent = seeking ? 'All objects of the picture are being found.' : (coarse ? TAPS : HINTS)[tool];
}

// Keep: one object more. Drop: what of the object at hand is too much, or one object less.
function point([x, y], plus) {
  if (!inPicture(x, y)) return;
  const place = [Math.floor(x), Math.floor(y)], i = place[1] * W + place[0];
  if (!plus && current && current.last.found && current.last.found[i]) {
    show({...current, points: [...current.points, [...place, false]]}, true);
  } else {
    show({points: [[...place, true]], box: null, last: {}}, plus);
  }
}

function show(object, plus) {
  current = plus ? object : {...object, points: object.points.map(([x, y]) => [x, y, false])};
  const mine = current;
  redraw();
  ask({kind: 'object', points: object.points, box: object.box}, reply => {
    const found = maskOf(reply.runs, W * H), {last} = object;
    // The object's last answer is replaced; what was painted or chosen after it stays.
    const before = last.found ? kept.map((v, i) => v === last.after[i] ? last.before[i] : v) : kept;
    const mask = before.map((v, i) => plus ? v | found[i] : v & ~found[i] & 1);
    // Corrections that already wait for an answer build upon this one.
    Object.assign(last, {found, before, after: mask});
    if (current === mine && !plus) current = null;
    commit({kept: mask}, plus ? 'Object kept.' : 'Object no longer kept.');
  });
}

function boxed(from, to) {
  const inside = ([x, y]) => [clamp(Math.round(x), 0, W), clamp(Math.round(y), 0, H)];
  const [a, b] = [inside(from), inside(to)];
  const box = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
  boxStart = null;
  redraw();
  if (box[2] - box[0] < 3 || box[3] - box[1] < 3) return;
  show({points: [], box, last: {}}, true);
}

// A stroke is painted into a copy, which becomes the mask as it goes on.
let stroke = null;
let held = null;       // an answer that came meanwhile: it is a step of its own, after the stroke

function startStroke(place) {
  current = null;
  stroke = {before: state(), last: place};
  kept = kept.slice();
  dab(place);
}

function dab(place) {
  const [x0, y0] = stroke.last, [x1, y1] = place, radius = Math.max(0.5, brush / 2), value = tool === 'brush' ? 1 : 0;
  const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - radius)), bottom = Math.min(H - 1, Math.ceil(Math.max(y0, y1) + radius));
  const from = Math.max(0, Math.floor(Math.min(x0, x1) - radius)), to = Math.min(W - 1, Math.ceil(Math.max(x0, x1) + radius));
  for (let y = top; y <= bottom; y++) {
    for (let x = from; x <= to; x++) {
      const px = x + 0.5 - x0, py = y + 0.5 - y0, along = length ? clamp((px * dx + py * dy) / length, 0, 1) : 0;
      if ((px - along * dx) ** 2 + (py - along * dy) ** 2 <= radius * radius) kept[y * W + x] = value;
    }
  }
  stroke.last = place;
  shade();
}

function endStroke(cancelled = false) {
  if (!stroke) return;
  const mask = kept, {before} = stroke;
  stroke = null;
  put(before);
  if (!cancelled) commit({kept: mask}, tool === 'brush' ? 'Painted.' : 'Rubbed out.');
  if (!held) return;
  const reply = held;
  held = null;
  answered(reply);
}

function resize(factor) {
  brush = clamp(brush * factor, 1, Math.max(W, H) / 2);
  part('size').value = Math.round(100 * Math.log(brush) / Math.log(Math.max(W, H) / 2));
  redraw();
}

// A region hangs together by its sides and has one class.
function fill([x, y]) {
  if (!labels || !inPicture(x, y)) return;
  const start = Math.floor(y) * W + Math.floor(x), old = labels[start];
  if (old === fillWith) return;
  const filled = labels.slice(), todo = [start];
  filled[start] = fillWith;
  while (todo.length) {
    const i = todo.pop(), column = i % W;
    for (const j of [column > 0 ? i - 1 : -1, column + 1 < W ? i + 1 : -1, i - W, i + W]) {
      if (j >= 0 && j < filled.length && filled[j] === old) { filled[j] = fillWith; todo.push(j); }
    }
  }
  current = null;
  commit({labels: filled, corrected: true}, 'The region is now ' + props.classes[fillWith].name + '.');
}

function act(place, plus) {
  if (tool === 'keep' || tool === 'drop') point(place, plus);
  else if (tool === 'fill') fill(place);
  else if (tool === 'objects' && objectAt(place)) toggleObject(objectAt(place));
}

// Below the picture: the classes that are there, to keep them; with Fill, all of them, to choose one.
function showClasses() {
  const list = part('classes'), filling = tool === 'fill', none = () => new Uint32Array(props.classes.length), counts = none(), on = none();
  root.dataset.labels = labels ? '1' : '0';
  root.querySelector('[data-tool=fill]').disabled = !labels;
  if (!labels) return;
  for (let i = 0; i < labels.length; i++) { counts[labels[i]] += 1; on[labels[i]] += kept[i]; }
  part('ask').textContent = filling ? 'Fill with' : 'Keep all';
  list.setAttribute('role', filling ? 'radiogroup' : 'group');
  list.setAttribute('aria-label', filling ? 'Class to fill with' : 'Keep by class');
  const known = filling ? props.classes : props.classes.filter(c => counts[c.id]).sort((a, b) => !a.id - !b.id || counts[b.id] - counts[a.id]);
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.id : '';
  list.replaceChildren(...known.map(c => classChip(c, filling, counts[c.id] / labels.length, on[c.id] > 0 && 2 * on[c.id] >= counts[c.id])));
  const again = focused && list.querySelector('[data-id="' + focused + '"]');
  if (again) again.focus({preventScroll: true});
}

function classChip(known, filling, share, pressed) {
  const chip = document.createElement('button'), swatch = document.createElement('i'), name = document.createElement('span');
  chip.type = 'button';
  chip.dataset.id = known.id;
  swatch.style.background = 'rgb(' + known.color + ')';
  name.textContent = known.name;
  chip.append(swatch, name);
  if (filling) {
    chip.setAttribute('role', 'radio');
    chip.setAttribute('aria-checked', String(known.id === fillWith));
    chip.tabIndex = known.id === fillWith ? 0 : -1;
  } else {
    const percent = document.createElement('small');
    percent.textContent = share < 0.01 ? '<1 %' : Math.round(100 * share) + ' %';
    chip.append(percent);
    chip.setAttribute('aria-pressed', String(pressed));
  }
  chip.addEventListener('click', () => {
    if (filling) { fillWith = known.id; showClasses(); }
    else toggle(i => labels[i] === known.id, 'Class ' + known.name);
  });
  return chip;
}
