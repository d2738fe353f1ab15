// A compressed file laid open: its fields and every byte. props.value: FileCardData; bytes are hexadecimal.

const root = element.querySelector('.fc');
const find = name => root.querySelector('.fc-' + name);

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function take() {
  const value = props.value;
  root.dataset.empty = value ? '0' : '1';
  if (!value) return;
  find('name').textContent = value.name;
  const facts = value.facts.map(fact => {
    const row = make('div'), text = make('dd', '', fact.text);
    if (fact.hint) text.append(make('small', '', fact.hint));
    row.append(make('dt', '', fact.label), text);
    return row;
  });
  find('facts').replaceChildren(...facts);
  const legend = [], runs = [];
  let start = 0;
  value.sections.forEach((section, index) => {
    const hex = value.hex.slice(2 * start, 2 * (start + section.num_bytes));
    start += section.num_bytes;
    legend.push(make('span', 'fc-kind' + index % 3, `${section.label}: ${section.num_bytes.toLocaleString('en-US')} bytes`));
    if (hex) runs.push(make('span', 'fc-kind' + index % 3, hex.replace(/(..)/g, '$1 ')));
  });
  if (value.hex.length < 2 * start) runs.push(make('em', '', `and ${(start - value.hex.length / 2).toLocaleString('en-US')} bytes more`));
  find('legend').replaceChildren(...legend);
  find('bytes').replaceChildren(...runs);
  find('bytes').scrollTop = 0;
}
watch('value', take);
take();
