// One photo at every published rate. props.value: StripData or null; props.alert: {text, nonce}.

const root = element.querySelector('.sp');
const find = name => root.querySelector('.sp-' + name);

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function picture(cell) {
  const box = make('span', 'sp-picture');
  box.style.aspectRatio = `${props.value.width} / ${props.value.height}`;
  if (cell.image) {
    const image = make('img');
    image.src = cell.image.url;
    image.alt = `${cell.title}, ${cell.headline}`;
    box.append(image);
  } else if (cell.note || cell.remark) {
    const note = make('span', 'sp-note');
    // What is under way turns; what follows waits.
    if (cell.note && !cell.note.endsWith('follows')) note.append(make('i', 'sp-spin'));
    note.append(make('span', '', cell.note || cell.remark));
    box.append(note);
  }
  return box;
}

function cellNode(cell, quality) {
  const pressed = quality !== undefined && cell.image;
  const node = make(pressed ? 'button' : 'div', 'sp-cell');
  node.append(picture(cell), make('span', 'sp-title', cell.title), make('span', 'sp-headline', cell.headline || '\u2007'));
  node.append(make('span', 'sp-line', [cell.line, cell.image ? cell.remark : ''].filter(Boolean).join(', ') || '\u2007'));
  if (pressed) {
    node.type = 'button';
    node.title = 'Look at it above';
    node.addEventListener('click', () => trigger('chosen', {quality}));
  }
  return node;
}

function draw(value) {
  root.dataset.empty = value ? '0' : '1';
  root.dataset.busy = value && !value.file ? '1' : '0';
  if (!value) return;
  find('alert').hidden = true;
  const rows = value.columns[0].cells.length;
  find('grid').style.setProperty('--rows', rows);
  const first = cellNode(value.original);
  first.classList.add('sp-first');
  const cells = value.columns.flatMap(column => column.cells.map((cell, row) => cellNode(cell, row ? undefined : column.quality)));
  find('grid').replaceChildren(first, ...cells);
  find('file').hidden = !value.file;
  if (value.file) {
    find('file').href = value.file.url;
    find('file').download = value.file.path.split(/[\\/]/).pop();
  }
  find('spoken').textContent = value.spoken;
}

let shown = null;
function take() {
  const value = props.value, began = value && !shown;
  shown = value;
  draw(value);
  if (began) root.scrollIntoView({block: 'nearest', behavior: 'smooth'});
}

function alertNow() {
  const alert = props.alert;
  if (!alert) return;
  if (shown) {
    const still = cell => ({...cell, note: ''});
    draw({...shown, columns: shown.columns.map(c => ({...c, cells: c.cells.map(still)}))});
  }
  root.dataset.busy = '0';
  if (!alert.text) return;
  root.dataset.empty = '0';
  find('alert').textContent = alert.text;
  find('alert').hidden = false;
}

watch('value', take);
watch('alert', alertNow);
take();
