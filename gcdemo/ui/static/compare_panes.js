// What stands in the stage, built anew whenever the panes or the layout change.

function layerFor(view, p) {
  const image = make('img');
  image.alt = p.original ? 'Original photo' : `${p.title}, decoded from ${p.headline}`;
  image.draggable = false;
  image.decoding = 'sync';  // it is decoded already: no flash
  image.classList.toggle('stale', Boolean(p.note));
  image.style.width = data.width + 'px';
  image.style.height = data.height + 'px';
  image.src = p.image.url;
  view.layers.set(p.id, image);
  view.gain.before(image);
}

function makeView(ids, shows, noted = ids) {
  const box = make('div', 'cv-view');
  box.style.aspectRatio = `${data.width} / ${data.height}`;
  const view = {box, layers: new Map(), shows, gain: make('div', 'cv-gain'), tag: make('span', 'cv-tag')};
  const layers = make('div', 'cv-layers');
  layers.append(view.gain);
  box.append(layers, view.tag);
  const first = original();
  const wanted = new Set(first ? [first.id, ...ids] : ids);
  for (const id of wanted) if (pane(id).image) layerFor(view, pane(id));
  for (const id of noted) if (pane(id).note) box.append(busyNote(pane(id)));
  box.classList.toggle('blank', noted.some(id => !pane(id).image));
  listen(view);
  return view;
}

function busyNote(p) {
  const note = make('div', 'cv-note');
  note.append(make('i', 'cv-spin'), make('span', '', p.note), make('b', 'cv-seconds'));
  note.dataset.pane = p.id;
  return note;
}

function headline(text) {
  // "1,204 bytes": the number large, its unit small.
  const [number, ...unit] = text.split(' '), strong = make('strong', 'cv-headline', number);
  if (unit.length) strong.append(make('small', '', ' ' + unit.join(' ')));
  return strong;
}

function caption(p) {
  const box = make('figcaption', 'cv-caption' + (p.note ? ' stale' : ''));
  const name = make('div', 'cv-name');
  name.append(make('span', 'cv-title', p.title));
  if (p.subtitle) name.append(make('span', 'cv-subtitle', p.subtitle));
  box.append(name, headline(p.headline || '\u2007'));
  if (p.share !== null && p.share !== undefined) {
    const bar = make('div', 'cv-share'), fill = make('i');
    fill.style.width = `max(2px, ${100 * p.share}%)`;
    bar.title = p.original ? 'The PNG' : `${(100 * p.share).toPrecision(2)} % of the PNG`;
    bar.append(fill);
    box.append(bar);
  }
  const lines = make('div', 'cv-lines');
  (p.lines || []).forEach(line => lines.append(make('span', '', line)));
  box.append(lines);
  if (p.stats && p.stats.length) {
    const stats = make('dl', 'cv-stats');
    for (const [label, text] of p.stats) {
      const pair = make('div');
      pair.append(make('dt', '', label), make('dd', '', text));
      stats.append(pair);
    }
    box.append(stats);
  }
  if (p.file) {
    const link = make('a', 'cv-file', 'Download ' + p.file.path.match(/\.[^.]*$/)[0]);
    link.href = p.file.url;
    link.download = p.file.path.split(/[\\/]/).pop();
    box.append(link);
  }
  return box;
}

function build() {
  // What is rebuilt under the keyboard gets its focus back.
  const focusedPick = part('pick').contains(document.activeElement) ? document.activeElement.dataset.id : '';
  const ids = panes.map(p => p.id);
  if (!ids.includes(current)) current = ids[ids.length - 1];
  if (!ids.includes(left)) left = ids[0];
  if (!ids.includes(right) || right === left) right = ids.find(id => id !== left) || left;
  const layout = ids.length < 2 ? 'flip' : mode;
  root.dataset.mode = layout;
  root.dataset.count = ids.length;
  for (const button of root.querySelectorAll('[data-mode]')) {
    button.setAttribute('aria-checked', String(button.dataset.mode === layout));
    button.tabIndex = button.dataset.mode === layout ? 0 : -1;
  }
  part('hold').hidden = part('diff').hidden = !original() || ids.length < 2;
  part('pick').replaceChildren();
  const figures = [];
  views = [];
  const add = (view, captions) => {
    const figure = make('figure', 'cv-pane');
    const row = make('div', 'cv-captions');
    captions.forEach(p => row.append(caption(p)));
    figure.append(view.box, row);
    views.push(view);
    figures.push(figure);
  };
  if (layout === 'grid') {
    panes.forEach(p => add(makeView([p.id], () => [{id: p.id}]), [p]));
  } else if (layout === 'split') {
    const view = makeView([left, right], () => [{id: left, to: differing ? divider : undefined}, {id: right, from: divider}]);
    addDivider(view);
    // What is being done stands on the side that it is done to.
    for (const note of view.box.querySelectorAll('.cv-note')) note.style[note.dataset.pane === right ? 'left' : 'right'] = '50%';
    add(view, [pane(left), pane(right)]);
    if (ids.length > 2) part('pick').append(chooser('Left', left, id => { left = id; }), make('span', '', 'against'), chooser('Right', right, id => { right = id; }));
  } else {
    add(makeView(ids, () => [{id: current}], [current]), [pane(current)]);
    if (ids.length > 1) part('pick').append(...panes.map(flipButton));
  }
  const picking = part('pick').querySelector('[data-id="' + CSS.escape(focusedPick) + '"]');
  if (picking) picking.focus({preventScroll: true});
  stage.replaceChildren(...figures);
  part('hint').textContent = ids.length < 2 ? '' : layout === 'split' ? 'Drag the divider, wheel zooms' : layout === 'flip' ? `Keys 1\u2013${ids.length} flip, wheel zooms` : 'Wheel zooms, drag moves';
  columns();
  draw();
}

function flipButton(p, index) {
  const button = make('button', '', `${index + 1} ${p.title}`);
  button.type = 'button';
  button.dataset.id = p.id;
  button.setAttribute('aria-pressed', String(p.id === current));
  button.addEventListener('click', () => { flipTo(p.id); });
  return button;
}

function flipTo(id) {
  const focused = document.activeElement === stage;
  current = id;
  mode = 'flip';
  build();
  if (focused) stage.focus({preventScroll: true});
}

function chooser(label, chosen, choose) {
  const select = make('select');
  select.dataset.id = label;
  select.setAttribute('aria-label', label + ' picture');
  for (const p of panes) {
    const option = make('option', '', p.title);
    option.value = p.id;
    option.selected = p.id === chosen;
    select.append(option);
  }
  select.addEventListener('change', () => { choose(select.value); build(); });
  return select;
}

function addDivider(view) {
  const handle = view.handle = make('div', 'cv-divider');
  view.box.append(handle, make('span', 'cv-tag cv-tag-right', tagText(pane(right))));
  for (const [name, value] of Object.entries({role: 'slider', tabindex: '0', 'aria-label': 'Divider', 'aria-valuemin': '0', 'aria-valuemax': '100'})) handle.setAttribute(name, value);
  handle.addEventListener('keydown', event => {
    const step = {ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1}[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    divider = clamp(divider + step, 0, 1);
    draw();
  });
}

function follow(view, event) {
  const area = view.box.getBoundingClientRect();
  divider = clamp((event.clientX - area.left) / area.width, 0, 1);
  draw();
}
