// The paper's figure as SVG: percent who prefer ours against the rival's rate, with intervals.

const SVG = 'http://www.w3.org/2000/svg';
const COLORS = ['var(--sr-1)', 'var(--sr-2)', 'var(--sr-3)', 'var(--sr-4)'];

function shape(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function niceStep(span, count) {
  const rough = span / count, power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map(k => k * power).find(step => step >= rough);
}

function preferenceFigure(found, width) {
  const narrow = width < 560;
  const height = narrow ? 300 : 400, left = narrow ? 40 : 54, right = 16, top = 22, bottom = 52;
  const rates = found.points.map(p => p.bpp).concat(found.ours_bpp), step = niceStep(Math.max(...rates) * 1.08, narrow ? 4 : 7);
  const most = Math.ceil(Math.max(...rates) * 1.04 / step) * step;
  const x = bpp => left + (width - left - right) * bpp / most, y = percent => top + (height - top - bottom) * (1 - percent / 100);
  const svg = shape('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `Percent who prefer ${found.ours} against the rate of the other codec`});
  for (let percent = 0; percent <= 100; percent += 25) {
    svg.append(shape('line', {x1: left, x2: width - right, y1: y(percent), y2: y(percent), class: percent === 50 ? 'sr-half' : 'sr-axis'}));
    svg.append(shape('text', {x: left - 8, y: y(percent) + 4, 'text-anchor': 'end'}, percent));
  }
  for (let k = 0; k * step <= most * 1.0001; k++) {
    svg.append(shape('line', {x1: x(k * step), x2: x(k * step), y1: y(0), y2: y(0) + 5, class: 'sr-axis'}));
    svg.append(shape('text', {x: x(k * step), y: y(0) + 20, 'text-anchor': 'middle'}, +(k * step).toPrecision(3)));
  }
  svg.append(shape('text', {x: (left + width - right) / 2, y: height - 10, 'text-anchor': 'middle'}, 'Rate of the other codec, bits per pixel'));
  svg.append(shape('text', {x: left - 8, y: 12, 'text-anchor': 'start'}, `Percent who prefer ${found.ours}`));
  svg.append(shape('line', {x1: x(found.ours_bpp), x2: x(found.ours_bpp), y1: top, y2: y(0), class: 'sr-axis', 'stroke-width': 2}));
  svg.append(shape('text', {x: x(found.ours_bpp) + 5, y: y(0) - 7}, `${found.ours}, ${found.ours_setting}`));
  let legend = width - right;
  found.crossings.forEach((crossing, number) => {
    const color = COLORS[number % COLORS.length], points = found.points.filter(p => p.rival === crossing.rival);
    const curve = points.length > 1;
    // Codecs of the same rate stand beside each other, not on each other.
    const aside = 6 * (number - (found.crossings.length - 1) / 2);
    if (curve && (crossing.low !== null || crossing.high !== null)) {
      const from = x(crossing.low ?? 0), to = x(Math.min(crossing.high ?? most, most));
      svg.append(shape('rect', {x: from, y: y(50) - 5, width: Math.max(1, to - from), height: 10, rx: 5, fill: color, opacity: .22}));
    }
    for (const p of points) {
      const at = x(p.bpp) + aside;
      svg.append(shape('path', {d: `M${at - 5} ${y(p.low)}h10M${at - 5} ${y(p.high)}h10M${at} ${y(p.low)}V${y(p.high)}`, stroke: color, class: 'sr-bar', fill: 'none'}));
    }
    svg.append(shape('path', {d: points.map((p, i) => `${i ? 'L' : 'M'}${x(p.bpp) + aside} ${y(p.percent)}`).join(''), stroke: color, class: 'sr-line'}));
    for (const p of points) {
      const dot = shape('circle', {cx: x(p.bpp) + aside, cy: y(p.percent), r: 5.5, fill: color, stroke: 'var(--block-background-fill)', 'stroke-width': 2});
      dot.append(shape('title', {}, `${p.rival} at ${p.bpp.toFixed(4)} bits per pixel, ${p.ratio.toFixed(2)} times our bytes: ${p.percent.toFixed(1)} % (${p.low.toFixed(1)} to ${p.high.toFixed(1)}) of ${p.votes} votes`));
      svg.append(dot);
    }
    if (curve && crossing.bpp !== null) svg.append(shape('path', {d: `M${x(crossing.bpp)} ${y(50) - 9}l6 9l-6 9l-6 -9z`, fill: color, stroke: 'var(--block-background-fill)', 'stroke-width': 2}));
    svg.append(shape('text', {x: legend, y: 12, 'text-anchor': 'end', class: 'sr-label', style: `fill: ${color}`}, crossing.rival));
    legend -= 9 * crossing.rival.length + 16;
  });
  return svg;
}

function forest(row, least, most) {
  const at = value => 4 + 172 * (value - least) / (most - least || 1);
  const svg = shape('svg', {viewBox: '0 0 180 18', class: 'sr-forest', 'aria-hidden': 'true'});
  svg.append(shape('line', {x1: at(0), x2: at(0), y1: 0, y2: 18, class: 'sr-axis'}));
  svg.append(shape('line', {x1: at(row.low), x2: at(row.high), y1: 9, y2: 9, stroke: 'var(--sr-1)', 'stroke-width': 2}));
  svg.append(shape('circle', {cx: at(row.score), cy: 9, r: 4.5, fill: 'var(--sr-1)'}));
  return svg;
}
