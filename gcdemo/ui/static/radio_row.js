// A row of choices, for every script that has one.

// Of a row of choices one is in the order of Tab; arrows go on from there.
function arrows(row, selector) {
  row.addEventListener('keydown', event => {
    const by = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1}[event.key], all = [...row.querySelectorAll(selector)];
    if (!by || !all.includes(event.target)) return;
    event.preventDefault();
    const next = all[(all.indexOf(event.target) + by + all.length) % all.length];
    next.focus();
    next.click();
  });
}
