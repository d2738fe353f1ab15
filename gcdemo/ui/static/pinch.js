// Two fingers on a picture, for every script that lets them zoom.

// Takes a finger's move into account; fingers is a map of two, pointer id -> where it was last.
// Gives where their middle was and is, and by what factor they spread; null where they lay on one point.
function pinched(fingers, event) {
  const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
  const middle = () => { const [a, b] = [...fingers.values()]; return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]; };
  const before = spread(), from = middle();
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  return {from, to: middle(), factor: before > 0 ? spread() / before : null};
}
