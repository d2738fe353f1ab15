// Gives every visible text whose contrast with what lies behind it is below AA (WCAG 2.2, 1.4.3).
() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = color => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = color => {
    const [r, g, b] = color.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = node => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const opacity = node => node ? +getComputedStyle(node).opacity * opacity(node.parentElement) : 1;
  const faults = [];
  let seen = 0;
  for (const node of document.body.querySelectorAll('*')) {
    const text = [...node.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join(' ').trim();
    if (!text || !node.checkVisibility({visibilityProperty: true, opacityProperty: true}) || node.closest('.cv-spoken, .cv-view, [disabled]')) continue;
    const style = getComputedStyle(node), below = ground(node), color = rgba(style.color);
    color[3] *= opacity(node);
    const [a, b] = [light(over(color, below)), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
    seen += 1;
    if (ratio < (large ? 3 : 4.5)) faults.push(`${ratio.toFixed(2)} ${text.slice(0, 40)}`);
  }
  return {seen, faults};
}
