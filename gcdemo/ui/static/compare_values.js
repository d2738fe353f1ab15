// What Python sends; last of the four parts, as it starts the viewer.

function merge(incoming, samePicture) {
  // A version that is being made anew keeps its last picture and numbers, dimmed, until it is ready.
  return incoming.map(p => {
    const old = samePicture && p.note ? pane(p.id) : null;
    return old ? {...old, note: p.note} : p;
  });
}

const DECODE_MS = 4000;

function ready(p) {
  if (!p.image) return Promise.resolve();
  const image = new Image();
  image.src = p.image.url;
  // A very large picture may take longer: it is then shown as it comes.
  return Promise.race([image.decode().catch(() => {}), new Promise(done => setTimeout(done, DECODE_MS))]);
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
  root.dataset.stale = '0';
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
  if (!alert) return;
  turn++;
  // What was to be ours is not there: what stands below is of the photo before.
  root.dataset.stale = panes.slice(0, 2).some(p => p.note) ? '1' : '0';
  panes = panes.filter(p => p.image).map(p => ({...p, note: ''}));
  since.clear();
  root.dataset.busy = '0';
  part('alert').textContent = alert.text;
  part('alert').hidden = !alert.text;
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
alertNow();  // what came before there was a page to say it on
take();
