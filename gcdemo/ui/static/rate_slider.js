// A slider over the codec's settings, in octaves of the rate, so the paper's points lie evenly.
// props.rates: [{quality, bpp, published, typical}], props.size: [width, height] of the photo, or [0, 0].
// props.value is the quality; 'settled' fires when it has rested, 'fitted' when a size is asked for.

const find = name => element.querySelector('.rs-' + name);
const input = find('input'), rates = props.rates;
const position = rate => Math.log2(rate.bpp / rates[0].bpp);
const REST_MS = 250;
let index = 0, timer = 0;

input.min = 0;
input.max = position(rates[rates.length - 1]);
input.disabled = rates.length < 2;
input.id = 'rate-' + Math.random().toString(36).slice(2);
find('label').htmlFor = input.id;
const part = rate => input.max > 0 ? 100 * position(rate) / input.max : 0;
const bppText = value => value.toFixed(3);
const roundly = value => Number(value.toPrecision(2)).toLocaleString('en-US');

for (const [i, rate] of rates.entries()) {
  const tick = document.createElement('i');
  tick.style.left = part(rate) + '%';
  tick.className = rate.published ? 'published' : '';
  find('ticks').append(tick);
  if (!rate.published) continue;
  const mark = document.createElement('button');
  mark.type = 'button';
  mark.tabIndex = -1;  // the slider itself is the keyboard's way
  mark.dataset.index = i;
  mark.style.left = part(rate) + '%';
  mark.textContent = bppText(rate.bpp);
  mark.title = `C = ${rate.quality}, one of the paper's points`;
  mark.addEventListener('click', () => { move(i); settle(0); });
  find('marks').append(mark);
}

function nearest(value) {
  let best = 0;
  rates.forEach((rate, i) => { if (Math.abs(position(rate) - value) < Math.abs(position(rates[best]) - value)) best = i; });
  return best;
}

function draw() {
  const rate = rates[index], text = `C = ${rate.quality}`;
  input.value = position(rate);
  input.style.setProperty('--part', part(rate) + '%');
  const [word, bpp] = rate.typical ? ['About', rate.typical] : ['At most about', rate.bpp];
  input.setAttribute('aria-valuetext', `${text}, ${word.toLowerCase()} ${bppText(bpp)} bits per pixel`);
  find('value').textContent = text;
  find('value').title = 'Latent channels';
  for (const mark of find('marks').children) mark.classList.toggle('on', +mark.dataset.index === index);
  const bytes = Math.ceil(bpp * props.size[0] * props.size[1] / 8);
  find('note').textContent = `${word} ${bppText(bpp)} bpp` + (bytes ? `: ${rate.typical ? roundly(bytes) : bytes.toLocaleString('en-US')} bytes here.` : '.');
}

function move(next) {
  index = Math.min(rates.length - 1, Math.max(0, next));
  draw();
  // Told at once, so that a press on Compress never meets an old setting.
  if (props.value !== rates[index].quality) props.value = rates[index].quality;
}

function settle(delay = REST_MS) {
  clearTimeout(timer);
  timer = setTimeout(() => trigger('settled'), delay);
}

input.addEventListener('input', () => {
  const before = index;
  move(nearest(+input.value));
  if (index !== before) settle();
});
input.addEventListener('keydown', event => {
  const step = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -2, PageUp: 2, Home: -99, End: 99}[event.key];
  if (!step) return;
  event.preventDefault();
  move(index + step);
  settle();
});

find('fit').addEventListener('submit', event => {
  event.preventDefault();
  // Both 1.5 and 1,5 are one and a half.
  const text = find('size').value.trim(), kilobytes = text ? Number(text.replace(',', '.')) : NaN;
  const good = Number.isFinite(kilobytes) && kilobytes > 0;
  find('size').setAttribute('aria-invalid', String(!good));
  if (!good) { find('size').focus(); return; }
  clearTimeout(timer);
  trigger('fitted', {num_bytes: Math.floor(1000 * kilobytes)});
});

function take() {
  const found = rates.findIndex(rate => rate.quality === props.value);
  if (found >= 0) index = found;
  draw();
}
watch(['value', 'size'], take);
take();
