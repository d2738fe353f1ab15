// What Python sends; last of the parts, as it starts the canvas.

async function take() {
  const value = props.value;
  // What the script itself wrote is not fresh.
  if (!value || !value.image || (!value.fresh && scene)) return;
  const image = new Image();
  image.src = value.image.url;
  await image.decode().catch(() => {});
  if (props.value.fresh !== value.fresh) return;
  const {kept: first, labels: map, objects: list, marks, ...rest} = value;
  [W, H] = value.working;
  scene = {...rest, fresh: ''};
  across = coverOf(value.width, W, value.grid[0], props.cell);
  down = coverOf(value.height, H, value.grid[1], props.cell);
  past = [];
  future = [];
  waiting = [];
  asking = current = boxStart = stroke = cursor = objects = null;
  zoom = 0;
  centre = [0.5, 0.5];
  brush = Math.max(2, Math.max(W, H) / 18);
  // Shown again in another place, it goes on with what was marked.
  const runs = marks ? marks.kept : first, pairs = (marks && marks.labels) || map;
  picture.src = image.src;
  stage.style.setProperty('--shape', W + ' / ' + H);
  root.dataset.empty = '0';
  root.dataset.busy = '';
  alertNow('');
  if (value.answerer) sayWho(value.answerer, value.reason);
  put({kept: runs ? maskOf(runs, W * H) : new Uint8Array(W * H), labels: pairs ? labelsOf(pairs, W * H) : null, corrected: Boolean(marks && marks.labels)});
  if (list && list.length) takeObjects(list);
  resize(1);
  measure();
  tell();
  choose(tool === 'fill' && !labels ? 'brush' : tool);
  showForetold();
  trigger('marked');
}

// How large the file will be, where that is known of this picture.
function showForetold() {
  const told = props.foretold;
  part('foretold').textContent = told && scene && told.picture === scene.picture ? told.text : '';
}

function hear() {
  const reply = props.reply;
  if (!reply || !scene || reply.picture !== scene.picture) return;
  if (reply.kind === 'mask') answered({...reply, runs: reply.mask});
  else if (reply.kind === 'labels') takeLabels(labelsOf(reply.labels, W * H));
  else answered(reply);
}

function takeLabels(map) {
  // What was corrected by hand stays.
  if (corrected) return;
  // What a stroke began with comes back when it ends.
  for (const earlier of [...past, ...future, ...(stroke ? [stroke.before] : [])]) if (!earlier.corrected) earlier.labels = map;
  put({kept, labels: map, corrected: false});
  showClasses();
}

// It may be another than when the page was built: Segment Anything, once its file has come.
function sayWho(answerer, reason) {
  part('answerer').textContent = [answerer && 'Clicks are answered by ' + answerer + '.', reason].filter(Boolean).join(' ');
  for (const name of ASKING) {
    const button = root.querySelector('[data-tool=' + name + ']');
    button.disabled = !answerer;
    if (button.disabled) button.title = reason;
  }
}

sayWho(props.answerer, props.reason);
const clock = setInterval(() => {
  if (!element.isConnected) { clearInterval(clock); return; }
  const seconds = asking ? (performance.now() - asking.since) / 1000 : 0;
  // An answer that came while one paints waits for the stroke's end.
  if (asking && !stroke && seconds > (PATIENCE[asking.question.kind] || USUAL_PATIENCE)) { lost(); return; }
  part('busy').classList.toggle('late', seconds > 0.3);
  part('doing').textContent = asking && asking.question.kind === 'objects' ? 'Finding all objects' : 'Finding the object';
  part('seconds').textContent = seconds > 1 ? seconds.toFixed(1) + ' s' : '';
}, 100);

watch('value', take);
watch('reply', hear);
watch('foretold', showForetold);
new ResizeObserver(() => { if (scene) redraw(); }).observe(stage);
choose(tool);
take();
