// Everything that lies upon the picture, drawn anew in one frame.

const picture = part('picture'), overlay = part('over'), ctx = overlay.getContext('2d');
const MAX_ZOOM = 16;     // CSS pixels per working pixel
const VEIL = [10, 13, 20, 132], TINT = [52, 211, 153, 120], LINE = '#34d399', DARK = 'rgba(6, 20, 16, .75)';

let zoom = 0;            // CSS pixels per working pixel; 0 fits
let centre = [0.5, 0.5];
let pointer = null;      // where it is, in working pixels; null when it is elsewhere
let cursor = null;       // the keyboard's
let frame = 0;
const dirty = {cells: true, kept: true, labels: true, objects: true, hovered: -1};
const layers = {};

function layer(name, width, height, paint) {
  const canvas = layers[name] || (layers[name] = document.createElement('canvas'));
  canvas.width = width;
  canvas.height = height;
  const inside = canvas.getContext('2d'), data = inside.createImageData(width, height);
  paint(new Uint32Array(data.data.buffer));
  inside.putImageData(data, 0, 0);
  return canvas;
}
// As canvas bytes lie in memory: red first.
const packed = ([r, g, b, a]) => new Uint32Array(new Uint8Array([r, g, b, a]).buffer)[0];

const fitScale = () => Math.min(stage.clientWidth / W, stage.clientHeight / H);
const scale = () => zoom || fitScale();
const inPicture = (x, y) => x >= 0 && y >= 0 && x < W && y < H;

function origin() {
  const s = scale();
  const half = [stage.clientWidth / 2 / (W * s), stage.clientHeight / 2 / (H * s)].map(v => Math.min(0.5, v));
  centre = centre.map((c, i) => clamp(c, half[i], 1 - half[i]));
  return [stage.clientWidth / 2 - centre[0] * W * s, stage.clientHeight / 2 - centre[1] * H * s];
}

function placeOf(event) {
  const area = stage.getBoundingClientRect(), [left, top] = origin(), s = scale();
  return [(event.clientX - area.left - left) / s, (event.clientY - area.top - top) / s];
}

function zoomTo(value, clientX, clientY) {
  const area = stage.getBoundingClientRect(), s = scale();
  const dx = clientX - area.left - area.width / 2, dy = clientY - area.top - area.height / 2;
  const point = [centre[0] + dx / (W * s), centre[1] + dy / (H * s)], wanted = Math.min(MAX_ZOOM, value);
  if (wanted <= fitScale() * 1.001) zoom = 0;
  else {
    zoom = wanted;
    centre = [point[0] - dx / (W * wanted), point[1] - dy / (H * wanted)];
  }
  redraw();
}

function zoomMiddle(factor) {
  const area = stage.getBoundingClientRect();
  zoomTo(scale() * factor, area.left + area.width / 2, area.top + area.height / 2);
}

function redraw() {
  if (!frame) frame = requestAnimationFrame(() => { frame = 0; draw(); });
}

function refresh() {
  if (dirty.cells) measure();
  if (dirty.kept) {
    const veil = packed(VEIL), tint = packed(TINT), columns = across.inside.length;
    layer('cells', columns, down.inside.length, pixels => { for (let i = 0; i < pixels.length; i++) pixels[i] = cells[i] ? 0 : veil; });
    // What is kept looks as it is; what was marked in vain, since most of its cell was not, is tinted.
    const columnOf = Int32Array.from({length: W}, (_, x) => Math.floor((x + 0.5) * scene.width / W / props.cell));
    layer('tint', W, H, pixels => {
      for (let y = 0, i = 0; y < H; y++) {
        const row = columns * Math.floor((y + 0.5) * scene.height / H / props.cell);
        for (let x = 0; x < W; x++, i++) if (kept[i] && !cells[row + columnOf[x]]) pixels[i] = tint;
      }
    });
    layers.outline = outlineOf(columns);
    dirty.kept = false;
  }
  if (dirty.labels && labels && labelsShown()) {
    const colors = props.classes.map(known => packed([...known.color, known.id ? 140 : 70]));
    layer('labels', W, H, pixels => { for (let i = 0; i < pixels.length; i++) pixels[i] = colors[labels[i]]; });
    dirty.labels = false;
  }
  if (dirty.objects && objects) {
    const top = objects.top, white = packed([255, 255, 255, 235]);
    layer('objects', W, H, pixels => {
      for (let y = 0, i = 0; y < H; y++) {
        for (let x = 0; x < W; x++, i++) if ((x + 1 < W && top[i] !== top[i + 1]) || (y + 1 < H && top[i] !== top[i + W])) pixels[i] = white;
      }
    });
    dirty.objects = false;
  }
  if (dirty.hovered !== hovered && hovered && objects) {
    const mask = objects.masks[hovered - 1], light = packed([255, 255, 255, 110]);
    layer('hovered', W, H, pixels => { for (let i = 0; i < pixels.length; i++) if (mask[i]) pixels[i] = light; });
    dirty.hovered = hovered;
  }
}

// The borders between kept cells and others, as one path in cells.
function outlineOf(columns) {
  const path = new Path2D(), rows = cells.length / columns;
  const at = (c, r) => c >= 0 && r >= 0 && c < columns && r < rows && cells[r * columns + c];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      if (!cells[r * columns + c]) continue;
      if (!at(c, r - 1)) { path.moveTo(c, r); path.lineTo(c + 1, r); }
      if (!at(c, r + 1)) { path.moveTo(c, r + 1); path.lineTo(c + 1, r + 1); }
      if (!at(c - 1, r)) { path.moveTo(c, r); path.lineTo(c, r + 1); }
      if (!at(c + 1, r)) { path.moveTo(c + 1, r); path.lineTo(c + 1, r + 1); }
    }
  }
  return path;
}

function draw() {
  if (!scene || !stage.clientWidth) return;
  const dense = window.devicePixelRatio || 1, width = stage.clientWidth, height = stage.clientHeight;
  const [left, top] = origin(), s = scale();
  if (overlay.width !== Math.round(width * dense) || overlay.height !== Math.round(height * dense)) {
    overlay.width = Math.round(width * dense);
    overlay.height = Math.round(height * dense);
  }
  picture.style.width = W * s + 'px';
  picture.style.height = H * s + 'px';
  picture.style.transform = 'translate(' + left + 'px, ' + top + 'px)';
  picture.classList.toggle('sharp', s * W / scene.width >= 2);
  refresh();
  ctx.setTransform(dense, 0, 0, dense, 0, 0);
  ctx.clearRect(0, 0, width, height);
  ctx.imageSmoothingEnabled = false;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, W * s, H * s);
  ctx.clip();
  const whole = name => ctx.drawImage(layers[name], left, top, W * s, H * s);
  if (labels && labelsShown()) whole('labels');
  if (root.dataset.marked === '1') drawKept(left, top, s);
  else whole('tint');
  if (tool === 'objects' && objects) {
    if (hovered) whole('hovered');
    whole('objects');
  }
  ctx.restore();
  ctx.translate(left, top);
  drawHands(s);
}

function drawKept(left, top, s) {
  // Cells are of the picture's pixels, and the last ones may reach beyond it.
  const wide = props.cell * W * s / scene.width, high = props.cell * H * s / scene.height;
  const columns = across.inside.length, rows = down.inside.length;
  ctx.globalAlpha = labels && labelsShown() ? 0.4 : 1;  // classes are told apart by their colors
  ctx.drawImage(layers.cells, left, top, columns * wide, rows * high);
  ctx.globalAlpha = 1;
  ctx.drawImage(layers.tint, left, top, W * s, H * s);
  const path = new Path2D();
  path.addPath(layers.outline, new DOMMatrix([wide, 0, 0, high, left, top]));
  ctx.lineCap = 'square';
  for (const [color, thick] of [[DARK, 3.5], [LINE, 1.75]]) {
    ctx.strokeStyle = color;
    ctx.lineWidth = thick;
    ctx.stroke(path);
  }
}

function ring(x, y, radius) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 7);
}

function twice(stroke) {
  // A light line upon a dark one is seen on any picture.
  for (const [color, thick] of [['rgba(0, 0, 0, .65)', 3], ['#fff', 1.5]]) {
    ctx.strokeStyle = color;
    ctx.lineWidth = thick;
    stroke();
  }
}

function drawHands(s) {
  if (current) {
    for (const [x, y, plus] of current.points) {
      ring((x + 0.5) * s, (y + 0.5) * s, 8);
      ctx.fillStyle = plus ? '#047857' : '#be123c';
      ctx.fill();
      ctx.strokeStyle = '#fff';
      ctx.lineWidth = 2;
      ctx.stroke();
      ctx.beginPath();
      ctx.moveTo((x + 0.5) * s - 4, (y + 0.5) * s);
      ctx.lineTo((x + 0.5) * s + 4, (y + 0.5) * s);
      if (plus) { ctx.moveTo((x + 0.5) * s, (y + 0.5) * s - 4); ctx.lineTo((x + 0.5) * s, (y + 0.5) * s + 4); }
      ctx.stroke();
    }
  }
  const end = pointer || cursor;
  if (boxStart && end) {
    ctx.setLineDash([6, 5]);
    twice(() => ctx.strokeRect(boxStart[0] * s, boxStart[1] * s, (end[0] - boxStart[0]) * s, (end[1] - boxStart[1]) * s));
    ctx.setLineDash([]);
  }
  if (paints() && end) twice(() => { ring(end[0] * s, end[1] * s, Math.max(2, brush / 2 * s)); ctx.stroke(); });
  if (cursor && document.activeElement === stage) {
    const x = cursor[0] * s, y = cursor[1] * s;
    twice(() => {
      ctx.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { ctx.moveTo(x + 4 * dx, y + 4 * dy); ctx.lineTo(x + 13 * dx, y + 13 * dy); }
      ctx.stroke();
    });
  }
}
