// What a screen can show: faint squares on a dark and on a light ground, to be counted. Seen they are on any
// screen that keeps dark tones apart from black and light ones from white, in a room that is not too bright.

// Ground and squares, of 255.
const GROUNDS = {dark: [12, 26], light: [253, 244]};
const PLACES = 6;
const FEWEST = 2, MOST = 5;
const SMALLEST = [300, 380];   // of a window, in CSS pixels; a picture is hardly seen in less

const gray = value => `rgb(${value}, ${value}, ${value})`;

function tooSmall() {
  return innerWidth < SMALLEST[0] || innerHeight < SMALLEST[1];
}

// Shows both grounds in turn; calls `done` with the outcome as the server names it.
function checkScreen(box, done) {
  const part = name => box.querySelector('.st-' + name);
  const missed = [];
  let left, wanted;

  function next() {
    const name = left.shift();
    if (!name) { finish(); return; }
    const [ground, square] = GROUNDS[name];
    wanted = FEWEST + Math.floor(Math.random() * (MOST - FEWEST + 1));
    const places = Array.from({length: PLACES}, (_, place) => place);
    for (let i = places.length - 1; i > 0; i--) { const j = Math.floor(Math.random() * (i + 1)); [places[i], places[j]] = [places[j], places[i]]; }
    part('faint').style.background = gray(ground);
    part('faint').replaceChildren(...Array.from({length: PLACES}, (_, place) => {
      const cell = document.createElement('i');
      if (places.indexOf(place) < wanted) cell.style.background = gray(square);
      return cell;
    }));
    part('question').textContent = `How many squares do you see on the ${name} ground?`;
    part('counts').dataset.ground = name;
  }

  function begin() {
    left = Object.keys(GROUNDS);
    missed.length = 0;
    part('poor').hidden = true;
    part('counts').hidden = false;
    next();
  }

  function finish() {
    if (!missed.length) { done('seen'); return; }
    part('counts').hidden = true;
    part('question').textContent = '';
    part('poor').hidden = false;
    part('retry').focus();
  }

  for (const button of part('counts').children) button.onclick = () => {
    if (+button.dataset.count !== wanted) missed.push(part('counts').dataset.ground);
    next();
  };
  part('retry').onclick = begin;
  part('anyway').onclick = () => done(missed.length > 1 ? 'both-hidden' : missed[0] + '-hidden');
  begin();
}
