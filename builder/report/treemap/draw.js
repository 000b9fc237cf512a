import { squarify } from './layout.ts';
import { shownChildren } from './tree.ts';

const LABEL = 17;
const STATES = ['--s0', '--s1', '--s2', '--s3'];

/** Places of a node and all below it that are large enough to see, parents first. */
export function arrange(top, view, area) {
  const boxes = [];
  place(top, area, 0);
  return boxes;

  function place(node, rect, depth) {
    const children = shownChildren(node, view);
    // A folder that is all there is in its parent needs no frame of its own: the parent's has its name too.
    const only = depth > 1 && node.children.length > 0 && shownChildren(node.parent, view).length === 1;
    if (only) boxes.at(-1).label += `  ${node.name}`;
    else boxes.push({ node, depth, label: node.name, ...rect });
    if (children.length === 0) return;
    const inner = depth === 0 || only ? rect : inside(rect);
    if (inner.w < 3 || inner.h < 3) return;
    const rects = squarify(
      children.map((child) => child[view]),
      inner,
    );
    for (const [index, child] of children.entries()) {
      const { w, h } = rects[index];
      if (w > 0.7 && h > 0.7) place(child, rects[index], depth + 1);
    }
  }
}

/** Room for a frame, and for the name where that leaves most of the box to what is in it. */
function inside({ x, y, w, h }) {
  const edge = Math.min(w, h) > 40 ? 2 : 1;
  const head = hasHead({ w, h }) ? LABEL : edge;
  return { x: x + edge, y: y + head, w: Math.max(0, w - 2 * edge), h: Math.max(0, h - head - edge) };
}

function hasHead({ w, h }) {
  return w > 46 && h > 44;
}

/** @param matches node → whether the search finds it; undefined without a search */
export function draw(canvas, boxes, { selected, matches }) {
  const ratio = globalThis.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext('2d');
  pen.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const colours = STATES.map(colour);
  const hatch = hatching(pen, colour('--s0-line'));
  pen.textBaseline = 'middle';
  for (const box of boxes) {
    if (box.depth === 0) continue;
    if (box.node.row) drawFile(box);
    else drawFolder(box);
  }
  const mark = boxes.find(({ node }) => node === selected);
  if (mark && mark.depth > 0) drawMark(mark);

  function drawFile({ node, x, y, w, h }) {
    const state = node.row[3];
    pen.globalAlpha = !matches || matches(node) ? 1 : 0.13;
    const gap = w > 3 && h > 3 ? 0.5 : 0;
    pen.fillStyle = colours[state];
    pen.fillRect(x + gap, y + gap, w - 2 * gap, h - 2 * gap);
    if (state === 0 && w > 5 && h > 5) {
      pen.fillStyle = hatch;
      pen.fillRect(x + gap, y + gap, w - 2 * gap, h - 2 * gap);
    }
    if (w > 46 && h > 15) {
      pen.font = '11px system-ui, sans-serif';
      write(node.name, x + 4, y + Math.min(h / 2, 10), w - 8, colour('--on-box'));
    }
    pen.globalAlpha = 1;
  }

  function drawFolder({ label, depth, x, y, w, h }) {
    pen.fillStyle = colour(depth === 1 ? '--ground' : '--frame');
    pen.fillRect(x, y, w, h);
    pen.fillStyle = colour(depth % 2 ? '--frame' : '--panel');
    if (w > 3 && h > 3) pen.fillRect(x + 0.5, y + 0.5, w - 1, h - 1);
    if (!hasHead({ w, h })) return;
    pen.font = `${depth === 1 ? '600 12px' : '11px'} system-ui, sans-serif`;
    write(label, x + 5, y + LABEL / 2 + 1, w - 10, colour(depth === 1 ? '--ink' : '--soft'));
  }

  function drawMark({ x, y, w, h }) {
    pen.lineWidth = 3;
    pen.strokeStyle = colour('--panel');
    pen.strokeRect(x + 1.5, y + 1.5, Math.max(2, w - 3), Math.max(2, h - 3));
    pen.strokeStyle = colour('--ink');
    pen.lineWidth = 2;
    pen.strokeRect(x + 1, y + 1, Math.max(2, w - 2), Math.max(2, h - 2));
  }

  function write(text, x, y, room, fill) {
    pen.fillStyle = fill;
    let shown = text;
    for (let length = text.length; pen.measureText(shown).width > room && length > 0; ) {
      length = Math.min(length - 1, Math.ceil((room / pen.measureText(shown).width) * length));
      shown = length > 2 ? `${text.slice(0, length)}…` : '';
    }
    pen.fillText(shown, x, y);
  }
}

function hatching(pen, colour) {
  const tile = document.createElement('canvas');
  tile.width = 8;
  tile.height = 8;
  const line = tile.getContext('2d');
  line.strokeStyle = colour;
  line.globalAlpha = 0.55;
  line.beginPath();
  for (const from of [-4, 4, 12]) {
    line.moveTo(from - 5, 9);
    line.lineTo(from + 5, -1);
  }
  line.stroke();
  return pen.createPattern(tile, 'repeat');
}

/** The smallest box at a place. */
export function boxAt(boxes, x, y) {
  for (let at = boxes.length - 1; at > 0; at--) {
    const box = boxes[at];
    if (x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h) return box;
  }
  return undefined;
}

/** The nearest of the neighbours in the direction of an arrow key; undefined at the edge. */
export function neighbour(boxes, from, [dx, dy]) {
  const middle = (box) => [box.x + box.w / 2, box.y + box.h / 2];
  const [fromX, fromY] = middle(from);
  let best;
  let nearest = Number.POSITIVE_INFINITY;
  for (const box of boxes) {
    if (box === from || box.node.parent !== from.node.parent) continue;
    const [x, y] = middle(box);
    const ahead = (x - fromX) * dx + (y - fromY) * dy;
    const aside = Math.abs((x - fromX) * dy) + Math.abs((y - fromY) * dx);
    if (ahead <= 0.5 || ahead + 2 * aside >= nearest) continue;
    best = box;
    nearest = ahead + 2 * aside;
  }
  return best;
}
