// Which codecs stand beside ours. props.rivals: [{name, label, reason}], props.factors: numbers;
// props.value: {names, factor, scaled}.

const find = name => element.querySelector('.rv-' + name);
const box = find('scaled').querySelector('input');

function change(part) {
  props.value = {...props.value, ...part};
  draw();
  trigger('chosen');
}

for (const rival of props.rivals) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = rival.label;
  button.dataset.name = rival.name;
  button.disabled = Boolean(rival.reason);
  button.title = rival.reason;
  button.addEventListener('click', () => {
    const names = new Set(props.value.names);
    if (!names.delete(rival.name)) names.add(rival.name);
    change({names: props.rivals.map(r => r.name).filter(name => names.has(name))});
  });
  find('names').append(button);
}
for (const factor of props.factors) {
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('role', 'radio');
  button.textContent = factor + '\u00d7';
  button.dataset.factor = factor;
  button.addEventListener('click', () => change({factor}));
  button.addEventListener('keydown', event => {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...find('factors').children], next = buttons[buttons.indexOf(button) + step];
    if (next) { next.focus(); next.click(); }
  });
  find('factors').append(button);
}
box.addEventListener('change', () => change({scaled: box.checked}));

function draw() {
  const value = props.value;
  for (const button of find('names').children) button.setAttribute('aria-pressed', String(value.names.includes(button.dataset.name)));
  for (const button of find('factors').children) {
    const on = +button.dataset.factor === value.factor;
    button.setAttribute('aria-checked', String(on));
    button.tabIndex = on ? 0 : -1;
  }
  box.checked = value.scaled;
}
watch('value', draw);
draw();
