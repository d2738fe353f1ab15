// The plot, its legend, and the point that is looked at.

const SIDE = {left: 62, right: 18, top: 18, bottom: 52};
const NEAR = 40;         // CSS pixels: a point further from the pointer is not meant
let measure = 0;         // index of the one that is shown
let axis = 'log';
let points = [];         // all that are drawn: {x, y, node, curve, point}
let looked = -1;         // index in points
const hidden = new Set(); // labels of curves

const value = () => props.value;
const shownCurves = () => value().curves.filter(curve => !hidden.has(curve.label));
const has = point => point.values[measure] !== null && point.values[measure] !== undefined;

function choose(buttons, isChosen) {
  for (const button of buttons) {
    const on = isChosen(button);
    button.setAttribute('aria-checked', String(on));
    button.tabIndex = on ? 0 : -1;
  }
}

function stepping(group) {
  group.addEventListener('keydown', event => {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key], all = [...group.children];
    if (!step) return;
    event.preventDefault();
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next.click();
    next.focus();
  });
}

function buildBar() {
  const buttons = value().measures.map((m, index) => {
    const button = make('button', '', m.label);
    button.type = 'button';
    button.setAttribute('role', 'radio');
    button.addEventListener('click', () => { measure = index; build(); });
    return button;
  });
  part('measures').replaceChildren(...buttons);
}

function buildLegend() {
  part('legend').replaceChildren(...value().curves.map(curve => {
    const button = make('button', 'bp-curve' + (curve.mine ? ' mine' : ''));
    button.type = 'button';
    button.style.setProperty('--color', curve.color);
    button.setAttribute('aria-pressed', String(!hidden.has(curve.label)));
    button.append(make('i'), make('span', '', curve.label));
    button.addEventListener('click', () => {
      if (!hidden.delete(curve.label)) hidden.add(curve.label);
      button.setAttribute('aria-pressed', String(!hidden.has(curve.label)));
      plot();
    });
    return button;
  }));
}

function axes(svg, width, height, rates, values, x, y) {
  const m = value().measures[measure];
  const xTicks = axis === 'log' ? logTicks(...rates) : linearTicks(...rates, width / 110);
  for (const tick of xTicks) {
    svg.append(draw('line', {class: 'bp-grid', x1: x(tick), x2: x(tick), y1: SIDE.top, y2: height - SIDE.bottom}));
    svg.append(draw('text', {x: x(tick), y: height - SIDE.bottom + 18, 'text-anchor': 'middle'}, plainly(tick)));
  }
  for (const tick of linearTicks(...values, height / 70)) {
    svg.append(draw('line', {class: 'bp-grid', x1: SIDE.left, x2: width - SIDE.right, y1: y(tick), y2: y(tick)}));
    svg.append(draw('text', {x: SIDE.left - 8, y: y(tick) + 4, 'text-anchor': 'end'}, plainly(tick)));
  }
  svg.append(draw('text', {class: 'bp-axis', x: (SIDE.left + width - SIDE.right) / 2, y: height - 12, 'text-anchor': 'middle'}, 'bits per pixel, whole files'));
  const label = `${width < 600 ? m.label : m.title}, ${m.higher ? 'higher' : 'lower'} is better`;
  svg.append(draw('text', {class: 'bp-axis', transform: `translate(17 ${(SIDE.top + height - SIDE.bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle'}, label));
}

function plot() {
  const svg = part('plot'), width = part('stage').clientWidth;
  if (!width) return;  // in a hidden tab; drawn when it is shown
  const height = Math.round(Math.min(480, Math.max(360, width * 0.5)));
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.style.height = height + 'px';
  svg.replaceChildren();
  points = [];
  look(-1);
  const curves = shownCurves().map(curve => ({curve, drawn: curve.points.filter(has)})).filter(c => c.drawn.length);
  if (!curves.length) return;
  const all = curves.flatMap(c => c.drawn);
  const rates = axis === 'log'
    ? padded(all.map(p => Math.log(p.bpp)), 0.04).map(Math.exp)
    : [0, Math.max(...all.map(p => p.bpp)) * 1.04];
  const values = padded(all.map(p => p.values[measure]), 0.06);
  const x = scale(rates, [SIDE.left, width - SIDE.right], axis === 'log');
  const y = scale(values, [height - SIDE.bottom, SIDE.top], false);
  axes(svg, width, height, rates, values, x, y);
  // From the last to the first, so that ours lie on top, and the visitor's photo above all.
  const order = [...curves.filter(c => !c.curve.mine).reverse(), ...curves.filter(c => c.curve.mine)];
  for (const {curve, drawn} of order) {
    const group = draw('g', {class: 'bp-curve' + (curve.mine ? ' mine' : '')});
    group.style.setProperty('--color', curve.color);
    const places = drawn.map(p => [x(p.bpp), y(p.values[measure])]);
    if (places.length > 1) group.append(draw('path', {d: 'M' + places.map(p => p.map(v => v.toFixed(1)).join(' ')).join('L')}));
    drawn.forEach((point, i) => {
      const [px, py] = places[i];
      const node = curve.mine
        ? draw('rect', {x: px - 5, y: py - 5, width: 10, height: 10, transform: `rotate(45 ${px} ${py})`})
        : draw('circle', {cx: px, cy: py, r: 5});
      group.append(node);
      points.push({x: px, y: py, node, curve, point});
    });
    svg.append(group);
  }
  points.sort((a, b) => a.x - b.x);
}

function look(index) {
  if (points[looked]) points[looked].node.classList.remove('on');
  looked = index;
  const tip = part('tip'), at = points[index];
  tip.hidden = !at;
  if (!at) return;
  at.node.classList.add('on');
  const m = value().measures[measure], bytes = Math.round(at.point.num_bytes).toLocaleString('en-US');
  tip.replaceChildren(
    make('strong', '', `${at.curve.label}, ${at.point.name}`),
    make('span', '', `${at.point.bpp.toFixed(4)} bpp, ${bytes} bytes`),
    make('span', '', `${m.label} ${at.point.values[measure].toFixed(m.decimals)}`),
  );
  const stage = part('stage'), half = tip.offsetWidth / 2;
  const above = at.y - tip.offsetHeight - 14;
  tip.style.left = Math.min(Math.max(at.x - half, 4), Math.max(4, stage.clientWidth - 2 * half - 4)) + 'px';
  tip.style.top = (above < 4 ? at.y + 14 : above) + 'px';
}

function nearest(event) {
  const area = part('plot').getBoundingClientRect();
  const distance = p => Math.hypot(p.x - event.clientX + area.left, p.y - event.clientY + area.top);
  let best = -1;
  points.forEach((p, i) => { if (distance(p) < NEAR && (best < 0 || distance(p) < distance(points[best]))) best = i; });
  return best;
}

part('plot').addEventListener('pointermove', event => look(nearest(event)));
part('plot').addEventListener('pointerdown', event => look(nearest(event)));
part('plot').addEventListener('pointerleave', () => look(-1));
part('plot').addEventListener('blur', () => look(-1));
part('plot').addEventListener('keydown', event => {
  const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (!step || !points.length) return;
  event.preventDefault();
  look(Math.min(points.length - 1, Math.max(0, looked + step)));
});
for (const button of part('axes').children) button.addEventListener('click', () => { axis = button.dataset.axis; build(); });
for (const name of ['measures', 'axes']) stepping(part(name));

function build() {
  choose(part('measures').children, button => [...part('measures').children].indexOf(button) === measure);
  choose(part('axes').children, button => button.dataset.axis === axis);
  plot();
}

function take() {
  root.dataset.empty = value() ? '0' : '1';
  if (!value()) return;
  part('alert').hidden = true;
  part('title').textContent = value().title;
  root.dataset.mine = value().curves.filter(curve => curve.mine).reduce((sum, curve) => sum + curve.points.length, 0);
  buildBar();
  buildLegend();
  build();
}

watch('value', take);
watch('alert', () => {
  const alert = props.alert;
  if (!alert || !alert.text) return;
  part('alert').textContent = alert.text;
  part('alert').hidden = false;
});
new ResizeObserver(plot).observe(part('stage'));
take();
