// Rate against quality. props.value: BenchmarkData; props.alert: {text, nonce}. One function in two files:
// scales, plot.

const root = element.querySelector('.bp');
const part = name => root.querySelector('.bp-' + name);
const SPACE = 'http://www.w3.org/2000/svg';

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function draw(tag, attributes, text) {
  const node = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

// Round numbers that cover a range: about so many, 1, 2 or 5 times a power of ten apart.
function linearTicks(low, high, about) {
  const rough = (high - low) / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= rough);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) ticks.push(i * step);
  return ticks;
}

function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const m of [1, 2, 5]) {
      const tick = m * 10 ** power;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  }
  return ticks;
}

// A range with room at both ends; one value alone gets room too.
function padded(values, room) {
  const low = Math.min(...values), high = Math.max(...values), extra = (high - low || Math.abs(high) || 1) * room;
  return [low - extra, high + extra];
}

function scale([low, high], [start, end], logarithmic) {
  const f = logarithmic ? Math.log : x => x;
  return value => start + (f(value) - f(low)) / (f(high) - f(low)) * (end - start);
}

const plainly = value => String(Number(value.toPrecision(6)));
