// Objects that were found: which one lies under the pointer, and their outlines.

let objects = null;  // {masks, top: Uint8Array of index + 1 of the smallest object at each pixel}
let hovered = 0;     // index + 1

function takeObjects(list) {
  const masks = list.map(runs => maskOf(runs, W * H));
  const area = masks.map(mask => mask.reduce((sum, v) => sum + v, 0));
  const top = new Uint8Array(W * H);
  // Larger ones first: a face lies upon its person.
  for (const index of masks.map((_, i) => i).sort((a, b) => area[b] - area[a])) {
    const mask = masks[index];
    for (let i = 0; i < mask.length; i++) if (mask[i]) top[i] = index + 1;
  }
  objects = {masks, top};
  hovered = pointer ? objectAt(pointer) : 0;
  dirty.objects = true;
  dirty.hovered = -1;
}

const objectAt = ([x, y]) => objects && inPicture(x, y) ? objects.top[Math.floor(y) * W + Math.floor(x)] : 0;

// All of a set is marked, or none of it where most of it was.
function toggle(inside, name) {
  let size = 0, on = 0;
  for (let i = 0; i < kept.length; i++) if (inside(i)) { size += 1; on += kept[i]; }
  const value = 2 * on < size ? 1 : 0, mask = kept.slice();
  for (let i = 0; i < mask.length; i++) if (inside(i)) mask[i] = value;
  current = null;
  commit({kept: mask}, name + (value ? ' kept.' : ' no longer kept.'));
}

function toggleObject(number) {
  const mask = objects.masks[number - 1];
  toggle(i => mask[i], 'Object');
}

const seeksObjects = () => [asking, ...waiting].some(asked => asked && asked.question.kind === 'objects');

function seekObjects() {
  if (objects || !scene) { redraw(); return; }
  if (seeksObjects()) return;
  ask({kind: 'objects'}, reply => {
    takeObjects(reply.objects);
    if (!reply.objects.length) alertNow('No object was found in this picture. Use the brush instead.');
    say(reply.objects.length + ' objects found.');
    redraw();
  });
}
