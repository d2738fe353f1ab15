// Takes one file: dropped anywhere on the page, pasted, or browsed for. props: heading, hint, accept (for the
// dialog), max_bytes, others: endings of files that are for another part of the page. The zone that can be seen
// takes every file, and passes those on; where none can be seen, only those are taken. props.value is the file.

const find = name => element.querySelector('.fd-' + name);
const root = element.querySelector('.fd'), zone = find('zone'), input = find('input');
find('title').textContent = props.heading;
find('hint').textContent = props.hint;
input.accept = props.accept;

function say(state, title) {
  root.dataset.state = state;
  zone.disabled = state === 'busy';
  find('title').textContent = title || props.heading;
}

function fail(text) {
  say('idle');
  find('error').textContent = text;
  find('error').hidden = false;
}

const foreign = file => props.others.some(ending => file.name.toLowerCase().endsWith(ending));
const seen = node => node.checkVisibility();
const seenElsewhere = () => [...document.querySelectorAll('.fd-zone')].some(seen);
const mine = file => seen(zone) || (foreign(file) && !seenElsewhere());

async function send(file) {
  if (!file || root.dataset.state === 'busy') return;
  find('error').hidden = true;
  if (file.size > props.max_bytes) {
    fail(`${file.name} has ${(file.size / 1e6).toFixed(1)} MB; at most ${Math.round(props.max_bytes / 1e6)} MB are taken.`);
    return;
  }
  if (!file.size) { fail(`${file.name} is empty.`); return; }
  say('busy', 'Uploading\u2026');
  try {
    const {path, url} = await upload(file);
    props.value = {path, url, orig_name: file.name, size: file.size, meta: {_type: 'gradio.FileData'}};
    if (foreign(file)) trigger('forwarded'); else trigger('dropped');
    say('idle');
  } catch (error) {
    fail('The upload did not finish. Is the server still running?');
  }
}

zone.addEventListener('click', () => input.click());
input.addEventListener('change', () => { send(input.files[0]); input.value = ''; });

// Files dropped anywhere count: a miss must not make the browser leave the page.
const handlers = {
  dragover(event) {
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    if (seen(zone)) root.classList.add('over');
  },
  dragleave(event) { if (!event.relatedTarget) root.classList.remove('over'); },
  drop(event) {
    root.classList.remove('over');
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    if (mine(file)) send(file);
  },
  paste(event) {
    const file = [...event.clipboardData.files][0];
    if (file && mine(file)) { event.preventDefault(); send(file); }
  },
};
for (const [name, handle] of Object.entries(handlers)) {
  const listener = event => {
    if (element.isConnected) handle(event); else window.removeEventListener(name, listener);
  };
  window.addEventListener(name, listener);
}
