// Masks and label maps as run lengths, and which cells are kept; nothing here knows the page. Pixel x of
// a side of N pixels belongs to pixel floor(x n / N) of the working side of n, here as in Python.

function runsOf(mask) {
  const runs = [];
  let value = 0, start = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== value) { runs.push(i - start); start = i; value = mask[i]; }
  }
  runs.push(mask.length - start);
  return runs;
}

function maskOf(runs, length) {
  const mask = new Uint8Array(length);
  let at = 0;
  runs.forEach((run, i) => { if (i % 2) mask.fill(1, at, at + run); at += run; });
  return mask;
}

function pairsOf(labels) {
  const pairs = [];
  for (let i = 0, start = 0; i < labels.length; i++) {
    if (i + 1 === labels.length || labels[i + 1] !== labels[i]) { pairs.push(labels[i], i + 1 - start); start = i + 1; }
  }
  return pairs;
}

function labelsOf(pairs, length) {
  const labels = new Uint8Array(length);
  for (let i = 0, at = 0; i < pairs.length; at += pairs[i + 1], i += 2) labels.fill(pairs[i], at, at + pairs[i + 1]);
  return labels;
}

// For each cell along a side: which working pixels it covers, and with how many of the picture's pixels.
function coverOf(pixels, working, cells, cell) {
  const first = new Int32Array(cells + 1), at = [], times = [], inside = new Uint8Array(cells);
  for (let c = 0; c < cells; c++) {
    first[c] = at.length;
    const end = Math.min(pixels, cell * (c + 1));
    for (let x = cell * c; x < end; x++) {
      const owner = Math.floor(x * working / pixels);
      if (at.length > first[c] && at[at.length - 1] === owner) times[times.length - 1] += 1;
      else { at.push(owner); times.push(1); }
    }
    inside[c] = Math.max(0, end - cell * c);
  }
  first[cells] = at.length;
  return {first, at: Int32Array.from(at), times: Uint8Array.from(times), inside};
}

// A cell is kept when at least half of its pixels in the picture are marked, as gcdemo/keeping.py has it.
function keptCells(mask, working, across, down) {
  const width = working[0], height = working[1], columns = across.inside.length, rows = down.inside.length;
  const sums = new Uint16Array(height * columns), cells = new Uint8Array(rows * columns);
  for (let y = 0; y < height; y++) {
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let k = across.first[c]; k < across.first[c + 1]; k++) sum += across.times[k] * mask[y * width + across.at[k]];
      sums[y * columns + c] = sum;
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let count = 0;
      for (let k = down.first[r]; k < down.first[r + 1]; k++) count += down.times[k] * sums[down.at[k] * columns + c];
      const area = down.inside[r] * across.inside[c];
      cells[r * columns + c] = area > 0 && 2 * count >= area ? 1 : 0;
    }
  }
  return cells;
}
