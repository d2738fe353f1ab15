// The rating page. The server decides what is shown and keeps every answer; each request is answered by
// what follows (study_routes.py). The browser keeps the rater's id and what the screen can show.

const root = element.querySelector('.st');
const part = name => root.querySelector('.st-' + name);
const KEY = 'gcdemo-rater', SCREEN = 'gcdemo-screen';
const NARROW = 700;
const BASE = (window.gradio_config?.root || location.origin).replace(/\/$/, '') + '/study/';

let shown = null;         // the trial that is seen
let since = 0;            // when all of its pictures could be seen
let sent = false;         // its answer is on the way
let flips = 0;

// A browser that keeps nothing still lets one take part.
const kept = {};
const recall = (name = KEY) => { try { return localStorage.getItem(name) || ''; } catch { return kept[name] || ''; } };
const keep = (value, name = KEY) => { kept[name] = value; try { if (value) localStorage.setItem(name, value); else localStorage.removeItem(name); } catch { /* only while the page is open */ } };

const buttons = names => root.querySelectorAll(names.map(name => '.st-' + name).join());

async function send(path, answer) {
  sent = true;
  for (const button of buttons(['answers button', 'start', 'again', 'forget'])) button.disabled = true;
  let value;
  try {
    const reply = await fetch(BASE + path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(answer)});
    value = await reply.json();
  } catch {
    value = null;
  }
  if (value && (value.phase !== 'intro')) { take(value); return; }
  // Nothing is lost: the same answer can be given again, and counts once.
  sent = false;
  for (const button of buttons(['answers button', 'start', 'again', 'forget'])) button.disabled = false;
  if (root.dataset.phase === 'check') phase('intro');
  alertNow(value ? value.message : 'The server cannot be reached. Please try again.');
}

function alertNow(text) {
  part('alert').textContent = text;
  part('alert').hidden = !text;
}

function phase(name) {
  root.dataset.phase = name;
}

root.querySelectorAll('button[data-show]').forEach(button => button.addEventListener('click', () => show(button.dataset.show)));
arrows(part('tabs'), '[role=radio]');

function show(name) {
  if (root.dataset.show !== name && name === 'original') flips++;
  root.dataset.show = name;
  draw();
}

async function begin(value) {
  shown = value;
  sent = false;
  whole();
  flips = 0;
  root.dataset.ready = '0';
  root.dataset.show = 'left';
  phase('trial');
  const bar = part('progress');
  bar.setAttribute('aria-valuemax', value.total);
  bar.setAttribute('aria-valuenow', value.number - 1);
  bar.querySelector('i').style.width = `${100 * (value.number - 1) / value.total}%`;
  part('count').textContent = `${value.number} of ${value.total}`;
  root.querySelector('[data-choice=undecided]').hidden = !value.undecided;
  const answers = [...root.querySelectorAll('.st-answers button')];
  answers.forEach(button => { button.disabled = true; });
  const images = ['left', 'original', 'right'].map(name => {
    const box = root.querySelector(`[data-part=${name}] .st-view`), image = new Image();
    box.querySelectorAll('img').forEach(old => old.remove());
    box.style.aspectRatio = `${value.width} / ${value.height}`;
    image.alt = {left: 'Version A', original: 'Original photo', right: 'Version B'}[name];
    image.draggable = false;
    image.style.width = value.width + 'px';
    image.style.height = value.height + 'px';
    image.src = `${BASE}picture/${value.token}/${name}`;
    box.prepend(image);
    return image;
  });
  try {
    await Promise.all(images.map(image => image.decode()));
  } catch {
    if (shown === value) alertNow('A picture did not arrive. Please reload the page to go on.');
    return;
  }
  if (shown !== value) return;
  root.dataset.ready = '1';
  draw();
  answers.forEach(button => { button.disabled = false; });
  part('spoken').textContent = `Trial ${value.number} of ${value.total}.`;
  // The clock starts when the pictures have been painted.
  requestAnimationFrame(() => requestAnimationFrame(() => { since = performance.now(); }));
}

function answer(choice) {
  if (sent || !shown || root.dataset.ready !== '1' || !since) return;
  const button = root.querySelector(`[data-choice=${choice}]`);
  if (button.hidden) return;
  send('vote', {
    rater: recall(), token: shown.token, choice,
    response_ms: Math.max(0, performance.now() - since),
    screen_width: Math.round(screen.width), screen_height: Math.round(screen.height),
    viewport_width: Math.round(innerWidth), viewport_height: Math.round(innerHeight),
    pixel_ratio: devicePixelRatio, zooms, flips, screen_check: recall(SCREEN) || 'untested',
  });
}
root.querySelectorAll('[data-choice]').forEach(button => button.addEventListener('click', () => answer(button.dataset.choice)));

function onKey(event) {
  if (!element.isConnected) { document.removeEventListener('keydown', onKey); return; }
  if (root.dataset.phase !== 'trial' || !root.offsetParent || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const choice = {ArrowLeft: 'left', ArrowRight: 'right', ArrowDown: 'undecided'}[event.key];
  // There they choose the picture that is seen.
  if (event.target.closest('[role=radiogroup]')) return;
  if (!choice || (choice === 'undecided' && root.querySelector('[data-choice=undecided]').hidden)) return;
  event.preventDefault();
  answer(choice);
}
document.addEventListener('keydown', onKey);

part('start').addEventListener('click', () => {
  if (recall(SCREEN)) { send('open', {rater: recall()}); return; }
  alertNow('');
  phase('check');
  checkScreen(part('check'), outcome => { keep(outcome, SCREEN); send('open', {rater: recall()}); });
});
part('again').addEventListener('click', () => send('open', {rater: ''}));
part('forget').addEventListener('click', () => { if (confirm('Delete all answers you gave in this round?')) send('forget', {rater: recall()}); });

function screenCheck() {
  part('start').disabled = sent || tooSmall();
  part('screen').textContent = tooSmall()
    ? `Your window of ${innerWidth} × ${innerHeight} is too small to compare pictures in. Please enlarge it, or turn the phone.`
    : innerWidth < NARROW
    ? 'Your window is narrow: the three pictures take turns. A larger screen is better, but this works.'
    : 'Your window is wide enough to see all three pictures side by side.';
}

function take(value) {
  if (value.rater) keep(value.rater);
  alertNow(value.message);
  sent = false;
  for (const button of buttons(['start', 'again', 'forget'])) button.disabled = false;
  if (value.phase === 'trial') { since = 0; begin(value); return; }
  shown = null;
  if (value.phase === 'done') {
    part('facts').replaceChildren();
    for (const [label, text] of [...value.facts, ['Your number, should you want your answers deleted later', value.rater]]) {
      const term = document.createElement('dt'), told = document.createElement('dd');
      term.textContent = label;
      told.textContent = text;
      part('facts').append(term, told);
    }
    phase('done');
    return;
  }
  if (value.phase === 'gone') { keep(''); keep('', SCREEN); }
  part('start').textContent = recall() ? 'Go on where you stopped' : 'Start';
  screenCheck();
  phase('intro');
}

new ResizeObserver(() => { screenCheck(); draw(); }).observe(root);
take({phase: 'intro', message: ''});
