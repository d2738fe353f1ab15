// The results' page: asks the server under the rules that are switched on, and draws what it says.
// The key stays in this tab's session; it goes out in a header alone.

const root = element.querySelector('.sr');
const part = name => root.querySelector('.sr-' + name);
const BASE = (window.gradio_config?.root || location.origin).replace(/\/$/, '') + '/study/results';
const KEY = 'gcdemo-key', RATER = 'gcdemo-rater';

let shown = null, asked = 0, waiting = 0;

const recall = (store, name) => { try { return store().getItem(name) || ''; } catch { return ''; } };
const keep = (name, value) => { try { if (value) sessionStorage.setItem(name, value); else sessionStorage.removeItem(name); } catch { /* kept nowhere */ } };
const headers = () => ({'X-Study-Key': encodeURIComponent(recall(() => sessionStorage, KEY)), 'X-Study-Rater': encodeURIComponent(recall(() => localStorage, RATER))});

function alertNow(text) {
  part('alert').textContent = text;
  part('alert').hidden = !text;
}

function query() {
  const fields = new URLSearchParams();
  for (const box of root.querySelectorAll('[data-rule]')) {
    if (!box.checked) continue;
    const number = root.querySelector(`[data-number=${box.dataset.rule}]`);
    fields.set(box.dataset.rule, number ? number.value || number.min : '1');
  }
  return '?' + fields;
}

async function load() {
  const turn = ++asked;
  root.dataset.busy = '1';
  let found;
  try {
    found = await (await fetch(BASE + query(), {headers: headers()})).json();
  } catch {
    found = {message: 'The server cannot be reached. Please try again.'};
  }
  if (turn !== asked) return;
  root.dataset.busy = '0';
  alertNow(found.message || '');
  if (found.access === 'closed') { keep(KEY, ''); root.dataset.phase = 'closed'; return; }
  if (!found.access) return;
  root.dataset.phase = 'open';
  root.dataset.empty = found.points ? '0' : '1';
  allow(found.access === 'admin');
  if (found.points) draw(found);
}

function table(title, names, rows, words = 1) {
  const block = document.createElement('div'), scroll = document.createElement('div'), grid = document.createElement('table');
  const heading = document.createElement('h3');
  heading.textContent = title;
  scroll.className = 'sr-scroll';
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', title);
  const head = grid.createTHead().insertRow();
  names.forEach((name, column) => {
    const cell = document.createElement('th');
    cell.textContent = name;
    cell.scope = 'col';
    if (column < words) cell.className = 'sr-words';
    head.append(cell);
  });
  const body = grid.createTBody();
  for (const {cells, faded} of rows) {
    const line = body.insertRow();
    line.classList.toggle('sr-out', Boolean(faded));
    cells.forEach((value, column) => {
      const cell = line.insertCell();
      cell.append(value);
      if (column < words) cell.className = 'sr-words';
    });
  }
  scroll.append(grid);
  block.append(heading, scroll);
  return block;
}

function folded(block) {
  const details = document.createElement('details'), summary = document.createElement('summary'), heading = block.querySelector('h3');
  summary.textContent = heading.textContent;
  heading.remove();
  details.append(summary, block);
  return details;
}

const percent = row => `${row.percent.toFixed(0)} %`;
const interval = (row, digits = 0) => `${row.low.toFixed(digits)} to ${row.high.toFixed(digits)}`;
const signed = value => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(2);
const rate = (value, beyond) => value === null ? `${beyond} all that were shown` : value.toFixed(4);

function told(crossing, ours, points) {
  const [only, more] = points.filter(p => p.rival === crossing.rival);
  if (!more) return `${only.percent.toFixed(0)} % preferred ${ours} to ${only.rival} (95 %: ${interval(only)}).`;
  if (crossing.beyond > 0) return `More than half preferred ${ours} at every rate of ${crossing.rival} that was shown.`;
  if (crossing.beyond < 0) return `At no rate of ${crossing.rival} that was shown did more than half prefer ${ours}.`;
  return `Half preferred ${ours} to ${crossing.rival} at ${crossing.bpp.toFixed(4)} bits per pixel (95 %: ${rate(crossing.low, 'below')} to ${rate(crossing.high, 'above')}), ${crossing.ratio.toFixed(2)} times our bytes.`;
}

function allow(admin) {
  part('files').hidden = !admin;
  root.querySelector('.sr-admin').hidden = !admin;
  for (const number of root.querySelectorAll('[data-number]')) number.disabled = !admin;
}

function draw(found) {
  shown = found;
  root.querySelector('.sr-open h2').textContent = `Who prefers ${found.ours}?`;
  root.querySelector('.sr-open .sr-lead').textContent = `${found.votes} votes of ${found.counting} raters count; ${found.left_out} raters are left out. Pack ${found.pack}.`;
  root.querySelector('figcaption').textContent = found.crossings.map(crossing => told(crossing, found.ours, found.points)).join(' ') + ' Bars are Wilson’s 95 % intervals; the band at 50 % is where the crossing lies when raters are drawn anew.';
  const least = Math.min(0, ...found.scores.map(s => s.low)), most = Math.max(0, ...found.scores.map(s => s.high));
  part('tables').replaceChildren(
    table('Percent who prefer ours', ['Against', 'Setting', 'Bits per pixel', 'Times our bytes', 'Votes', 'Percent', '95 %'],
      found.points.map(p => ({cells: [p.rival, p.setting, p.bpp.toFixed(4), p.ratio.toFixed(2), p.votes, percent(p), interval(p)]})), 2),
    table('Bradley-Terry scores', ['Codec', 'Setting', 'Score', '95 %', 'Votes', ''],
      found.scores.map(s => ({cells: [s.codec, s.setting, signed(s.score), `${signed(s.low)} to ${signed(s.high)}`, s.votes, forest(s, least, most)]})), 2),
    folded(table('Pictures', ['Picture', 'Against', 'Setting', 'Bits per pixel', 'Votes', 'Percent', '95 %'],
      found.pictures.map(p => ({cells: [p.picture, p.rival, p.setting, p.bpp.toFixed(4) + (p.floor ? ', its smallest' : ''), p.votes, percent(p), interval(p)]})), 3)),
    folded(table('Raters', ['Rater', 'Left out', 'Votes', 'Obvious cases', 'Same answer twice', 'Median s', 'Left %', 'Faint patches'],
      found.raters.map(r => ({faded: r.excluded, cells: [r.rater, r.excluded || '–', r.votes, r.checks, r.repeats, r.median_s.toFixed(1), r.left_percent.toFixed(0), r.screen.replace('-', ' ')]})), 2)),
  );
  plot();
  part('spoken').textContent = root.querySelector('.sr-open .sr-lead').textContent;
}

function plot() {
  if (!shown || !part('plot').clientWidth) return;
  part('plot').replaceChildren(preferenceFigure(shown, part('plot').clientWidth));
}

async function save(name) {
  alertNow('');
  try {
    const reply = await fetch(`${BASE}/${name}${query()}`, {headers: headers()});
    if (!reply.ok) { alertNow((await reply.json()).message); return; }
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await reply.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch {
    alertNow('The file did not arrive. Please try again.');
  }
}

root.querySelectorAll('[data-file]').forEach(button => button.addEventListener('click', () => save(button.dataset.file)));
root.querySelectorAll('.sr-rules input').forEach(input => input.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(load, 250); }));
part('key').addEventListener('submit', event => {
  event.preventDefault();
  const field = part('key').querySelector('input');
  keep(KEY, field.value);
  field.value = '';
  load();
});
part('close').addEventListener('click', () => {
  // An answer that is on its way, or still to be asked for, would open them again.
  asked++;
  clearTimeout(waiting);
  root.dataset.busy = '0';
  keep(KEY, '');
  shown = null;
  alertNow('');
  root.dataset.phase = 'closed';
});

// Whoever comes back from rating may have finished meanwhile.
let visible = false;
new ResizeObserver(() => {
  const now = Boolean(root.offsetParent);
  if (now && !visible && (recall(() => sessionStorage, KEY) || recall(() => localStorage, RATER))) load();
  visible = now;
  plot();
}).observe(root);
