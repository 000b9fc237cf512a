import { arrange, boxAt, draw, neighbour } from './draw.js';
import { buildTree, shownChildren } from './tree.ts';

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LISTED = 200;

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId('data').textContent);
const root = buildTree(data);
const stage = byId('stage');
const map = byId('map');
const tip = byId('tip');
const state = { view: 'before', top: root, selected: undefined, query: '', boxes: [] };

start();

function start() {
  byId('title').replaceChildren(data.recipe, element('code', data.image));
  const gone = root.before - root.after;
  byId('summary').textContent =
    `kernel ${data.kernel} · ${size(root.before)} before, ${size(root.after)} after: ` +
    `${size(gone)} (${percent(gone, root.before)}) in ${root.files - root.kept} of ${root.files} files removed`;
  for (const input of document.querySelectorAll('#views input')) {
    input.addEventListener('change', () => show({ view: input.value }));
  }
  byId('search').addEventListener('input', (event) =>
    show({ query: event.target.value.trim().toLowerCase() }),
  );
  byId('search').addEventListener('keydown', (event) => {
    if (event.key === 'Enter') byId('list').querySelector('button')?.click();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target === byId('search')) return;
    event.preventDefault();
    byId('search').focus();
  });
  stage.addEventListener('keydown', onKey);
  stage.addEventListener('focus', () => state.selected ?? select(shownChildren(state.top, state.view)[0]));
  map.addEventListener('pointermove', onPointer);
  map.addEventListener('pointerleave', () => {
    tip.hidden = true;
    describe(state.selected ?? state.top);
  });
  map.addEventListener('click', onClick);
  new ResizeObserver(layout).observe(map);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);
  show({ view: document.querySelector('#views input:checked').value });
}

/** Changes what is looked at, and everything that tells of it. */
function show(changes) {
  Object.assign(state, changes);
  if (state.top[state.view] === 0) state.top = root;
  if (state.selected && !within(state.selected, state.top)) state.selected = undefined;
  document.body.dataset.view = state.view;
  crumbs();
  list();
  layout();
  describe(state.selected ?? state.top);
}

/** From a button that this takes away: the focus moves on to the map. */
function go(changes) {
  show(changes);
  stage.focus();
}

function layout() {
  const area = { x: 0, y: 0, w: map.clientWidth, h: map.clientHeight };
  state.boxes = arrange(state.top, state.view, area);
  paint();
}

function paint() {
  draw(map, state.boxes, { selected: state.selected, matches: state.query ? matches : undefined });
}

function select(node) {
  state.selected = node;
  paint();
  describe(node ?? state.top);
}

function onKey(event) {
  const arrow = ARROWS[event.key];
  if (arrow) {
    const from = state.boxes.find(({ node }) => node === state.selected);
    const to = from ? neighbour(state.boxes, from, arrow) : state.boxes[1];
    if (to) select(to.node);
  } else if (event.key === 'Enter' || event.key === ' ') {
    if (state.selected?.children.length) enter(state.selected);
  } else if (event.key === 'Escape' || event.key === 'Backspace') {
    if (state.top.parent) show({ top: state.top.parent, selected: state.top });
  } else return;
  event.preventDefault();
}

function enter(node) {
  show({ top: node, selected: shownChildren(node, state.view)[0] });
}

function onPointer(event) {
  const box = boxAt(state.boxes, event.offsetX, event.offsetY);
  tip.hidden = !box;
  if (!box) return;
  describe(box.node);
  tip.replaceChildren(...facts(box.node, true));
  const right = event.offsetX > map.clientWidth / 2;
  const low = event.offsetY > map.clientHeight / 2;
  tip.style.left = right ? 'auto' : `${event.offsetX + 14}px`;
  tip.style.right = right ? `${map.clientWidth - event.offsetX + 14}px` : 'auto';
  tip.style.top = low ? 'auto' : `${event.offsetY + 14}px`;
  tip.style.bottom = low ? `${map.clientHeight - event.offsetY + 14}px` : 'auto';
}

/** Into the package or folder that is next on the way to what was clicked. */
function onClick(event) {
  const box = boxAt(state.boxes, event.offsetX, event.offsetY);
  let node = box?.node;
  while (node && node.parent !== state.top) node = node.parent;
  tip.hidden = true;
  if (node?.children.length) show({ top: node, selected: undefined });
  else if (node) select(node);
}

function crumbs() {
  const way = [];
  for (let node = state.top; node; node = node.parent) way.unshift(node);
  byId('crumbs').replaceChildren(
    ...way.flatMap((node, index) => {
      const name = node === root ? 'all packages' : node.name;
      const button = element('button', name);
      button.addEventListener('click', () => go({ top: node, selected: undefined }));
      if (node === state.top) button.setAttribute('aria-current', 'true');
      return index === 0 ? [button] : [element('span', '›'), button];
    }),
  );
}

/** What the search finds, or what is in the box that is looked at. */
function list() {
  const found = state.query ? search() : shownChildren(state.top, state.view);
  const bytes = found.reduce((sum, node) => sum + node[state.view], 0);
  const what = state.query
    ? `${found.length} ${found.length === 1 ? 'file' : 'files'} found`
    : `${state.top === root ? 'Packages' : 'In it'}: ${found.length}`;
  byId('list-title').textContent = `${what}, ${size(bytes)}`;
  byId('list').replaceChildren(...found.slice(0, LISTED).map(listed));
}

function search() {
  const found = [];
  visit(root, (node) => {
    if (node.row && node[state.view] > 0 && matches(node)) found.push(node);
  });
  return found.sort((a, b) => b[state.view] - a[state.view]);
}

function listed(node) {
  const button = document.createElement('button');
  const sign = element('i', '');
  if (node.row) sign.className = `s${node.row[3]}`;
  else sign.style.background = keptBar(node);
  button.append(
    sign,
    element('span', state.query ? node.path : node.name),
    element('span', size(node[state.view])),
  );
  button.title = node.path;
  button.addEventListener('click', () => {
    if (node.children.length) go({ top: node, selected: undefined });
    else go({ top: node.parent, selected: node });
  });
  const item = document.createElement('li');
  item.append(button);
  return item;
}

/** How much of a package or folder stays. */
function keptBar({ before, after }) {
  const kept = `${Math.round((100 * after) / before)}%`;
  return `linear-gradient(90deg, var(--s3) ${kept}, var(--s0) ${kept})`;
}

function describe(node) {
  byId('details').replaceChildren(...facts(node, false));
}

function facts(node, short) {
  const rows = [['bytes', bytesOf(node)]];
  if (node.row)
    rows.push(
      ['package', data.packages[node.row[1]]],
      [node.row[3] ? 'stays' : 'removed', data.reasons[node.row[4]]],
    );
  else {
    rows.push([
      'files',
      node.kept === node.files ? `${node.files}` : `${node.files}, of which ${node.kept} stay`,
    ]);
    if (node.kind === 'folder') rows.push(['package', packageOf(node).name]);
  }
  const title =
    node === root ? 'The whole image' : node.kind === 'package' ? `package ${node.name}` : node.path;
  if (short)
    return [element('b', title), ...rows.map(([name, value]) => element('div', `${name}: ${value}`))];
  const terms = document.createElement('dl');
  for (const [name, value] of rows) terms.append(element('dt', name), element('dd', value));
  return [element('h2', title), terms];
}

function bytesOf(node) {
  const exact = `${node.before.toLocaleString('en')}`;
  if (node.row) return `${exact} (${size(node.before)})`;
  return `${size(node.before)} before, ${size(node.after)} after`;
}

function matches(node) {
  return (
    node.path.toLowerCase().includes(state.query) ||
    data.packages[node.row[1]].toLowerCase().includes(state.query)
  );
}

function packageOf(node) {
  let up = node;
  while (up.kind !== 'package' && up.parent) up = up.parent;
  return up;
}

function within(node, top) {
  for (let up = node; up; up = up.parent) if (up === top) return true;
  return false;
}

function visit(node, each) {
  each(node);
  for (const child of node.children) visit(child, each);
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const mib = bytes / 1048576;
  return mib >= 0.1 ? `${mib.toFixed(1)} MiB` : `${(bytes / 1024).toFixed(1)} KiB`;
}

function percent(part, whole) {
  return `${Math.round((100 * part) / whole)}%`;
}
