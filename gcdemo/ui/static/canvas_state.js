// What is marked, its history, and what Python is told of it. Python writes props.value (CanvasData) and
// props.reply; the script writes props.value with `marks` alone filled. Masks and label maps are never
// changed in place, so a step of the history holds them as they are.

const root = element.querySelector('.mk');
const part = name => root.querySelector('.mk-' + name);
const stage = part('stage');
const MAX_STEPS = 40;
// Seconds that an answer may take, the queue before it included; all objects take minutes on a slow machine.
const PATIENCE = {objects: 600}, USUAL_PATIENCE = 120;
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

let scene = null;        // the value without what is bulky
let W = 0, H = 0;        // the working size
let kept = null;         // Uint8Array W * H of 0 and 1
let labels = null;       // Uint8Array W * H of ids, or null
let corrected = false;   // the labels are no longer those that came
let across = null, down = null, cells = null;
let past = [], future = [];
let asking = null;       // the question that is on the way
let waiting = [];        // those after it
let turn = 0;

const state = () => ({kept, labels, corrected});
const isMarked = () => kept.includes(1);

function put(next) {
  ({kept, labels, corrected} = next);
  shade();
}

function commit(next, said) {
  past.push(state());
  if (past.length > MAX_STEPS) past.shift();
  future = [];
  put({...state(), ...next});
  settle(said);
}

function step(from, to, said) {
  if (!from.length) return;
  current = null;
  to.push(state());
  put(from.pop());
  settle(said);
}
// What is still being found is the last thing that was done.
const undo = () => asking ? stop() : step(past, future, 'Undone.');
const redo = () => step(future, past, 'Done again.');

function settle(said) {
  measure();
  showClasses();
  tell();
  trigger('marked');
  say(said);
}

function tell(ask = null) {
  props.value = {
    ...scene,
    marks: {picture: scene.picture, width: W, height: H, kept: runsOf(kept), labels: labels && corrected ? pairsOf(labels) : null, ask, turn},
  };
}

// Questions are asked one at a time: none is lost when several clicks come quickly.
function ask(question, done) {
  waiting.push({question, done});
  next();
  hint();
}

function next() {
  if (asking || !waiting.length) return;
  asking = {...waiting.shift(), turn: ++turn, since: performance.now()};
  root.dataset.busy = asking.question.kind;
  part('alert').hidden = true;
  tell(asking.question);
  trigger('asked');
  measure();
}

function answered(reply) {
  if (!asking || reply.turn !== asking.turn) return;
  if (stroke) { held = reply; return; }
  const {done} = asking;
  asking = null;
  root.dataset.busy = '';
  if (reply.kind === 'refusal') { alertNow(reply.text); waiting = []; }
  else done(reply);
  measure();
  tell();
  next();
  hint();
}

// A request can be lost, or fail where no answer is made of it: the next ones do not wait for it for ever.
function lost() {
  asking = null;
  root.dataset.busy = '';
  measure();
  tell();
  next();
  hint();
  // After the next question, which takes back what was said before it.
  alertNow('No answer came. Please try again.');
}

// Its answer, should it still come, is of an earlier turn.
function stop() {
  asking = current = null;
  waiting = [];
  root.dataset.busy = '';
  measure();
  hint();
  redraw();
}

function alertNow(text) {
  part('alert').textContent = text;
  part('alert').hidden = !text;
}

function say(text) {
  part('spoken').textContent = (text ? text + ' ' : '') + part('share').textContent + '.';
}

function shade() {
  dirty.cells = dirty.kept = dirty.labels = true;
  redraw();
}

function findCells() {
  if (dirty.cells) cells = keptCells(kept, [W, H], across, down);
  dirty.cells = false;
}

function enable(name, on) {
  const button = root.querySelector('[data-act=' + name + ']');
  // A button that can no longer be pressed hands the keyboard on.
  if (!on && document.activeElement === button) stage.focus({preventScroll: true});
  button.disabled = !on;
}

function measure() {
  findCells();
  let inside = 0, count = 0;
  const columns = across.inside.length;
  for (let i = 0; i < cells.length; i++) {
    const area = across.inside[i % columns] * down.inside[Math.floor(i / columns)];
    inside += area > 0;
    count += cells[i];
  }
  const percent = 100 * count / inside, whole = n => n.toLocaleString('en-US');
  part('share').textContent = count ? (percent < 10 ? percent.toFixed(1) : percent.toFixed(0)) + ' % kept' : 'Nothing kept yet';
  part('cells').textContent = whole(count) + ' of ' + whole(inside) + ' cells';
  root.dataset.marked = count ? '1' : '0';
  enable('undo', past.length || asking);
  enable('redo', future.length);
  enable('clear', isMarked());
}
