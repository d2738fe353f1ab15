// Thumbnails of the samples. props.samples: [{name, title, credit, image}], props.value: the chosen name.

const strip = element.querySelector('.ss');
for (const sample of props.samples) {
  const button = document.createElement('button'), image = document.createElement('img');
  button.type = 'button';
  button.dataset.name = sample.name;
  button.title = [sample.title, sample.credit].filter(Boolean).join('. ');
  button.setAttribute('aria-label', 'Sample: ' + sample.title);
  image.src = sample.image;
  image.alt = '';
  button.append(image);
  button.addEventListener('click', () => {
    props.value = sample.name;
    draw();
    trigger('picked');
  });
  strip.append(button);
}

function draw() {
  for (const button of strip.children) button.setAttribute('aria-pressed', String(button.dataset.name === props.value));
}
watch('value', draw);
draw();
