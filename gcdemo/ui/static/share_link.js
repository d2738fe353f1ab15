// Copies the address of what is shown. props.value: the address from its question mark on, or "".

const button = element.querySelector('.sl-copy'), text = element.querySelector('.sl-text');
const AGAIN_MS = 1800;
let timer = 0;

function say(words) {
  text.textContent = words;
  clearTimeout(timer);
  timer = setTimeout(() => { text.textContent = 'Copy link'; }, AGAIN_MS);
}

function copyByHand(address) {
  // Without the clipboard's interface, as on plain HTTP: select a field and copy it.
  const field = document.createElement('textarea');
  field.value = address;
  field.setAttribute('aria-hidden', 'true');
  field.style.position = 'fixed';
  field.style.opacity = '0';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  button.focus();
  return done;
}

button.addEventListener('click', async () => {
  const address = location.origin + location.pathname + props.value;
  let done = false;
  try {
    await navigator.clipboard.writeText(address);
    done = true;
  } catch (error) {
    done = copyByHand(address);
  }
  say(done ? 'Link copied' : 'Copying was refused');
});

function take() {
  button.disabled = !props.value;
  button.title = props.value ? 'An address that opens this sample with these settings' : 'Only samples have a link: your photo is not kept';
}
watch('value', take);
take();
