import { call, follow, keepToken, storedToken } from '/api.js';

const $ = (id) => document.getElementById(id);
const LATEST = 300;
let token = null;
let hosts = [];
let chosen = null;
let live = true;

$('login').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  void open($('token').value.trim());
});
$('pair').addEventListener('click', () => void pair());
const kept = storedToken();
if (kept) void open(kept);
else $('login').hidden = false;

/** Tries a token; shows the hosts, or why it was refused. */
async function open(given) {
  try {
    token = given;
    await refresh();
  } catch (error) {
    keepToken(null);
    $('login').hidden = false;
    $('login-error').textContent = `${error.message ?? error}. ${error.mend ?? ''}`;
    return;
  }
  keepToken(given);
  $('login').hidden = true;
  $('hosts').hidden = false;
  $('pair').hidden = false;
  const { events } = await call(token, 'GET', '/events?limit=1');
  void follow(token, events.at(-1)?.id ?? 0, onEvent, (up) => {
    live = up;
    summarise();
    if (up) void refresh();
  });
}

let refreshing = false;
function onEvent(event) {
  if (event.hostId !== null && event.hostId === chosen) addEvent(event);
  if (refreshing) return;
  refreshing = true;
  setTimeout(() => {
    refreshing = false;
    void refresh();
  }, 150);
}

async function refresh() {
  ({ hosts } = await call(token, 'GET', '/hosts'));
  $('rows').replaceChildren(...hosts.map(row));
  $('empty').hidden = hosts.length > 0;
  summarise();
}

function summarise() {
  const counts = new Map();
  for (const host of hosts) counts.set(host.state, (counts.get(host.state) ?? 0) + 1);
  const told = [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
  $('summary').textContent = live
    ? told
    : `connection to the server lost, trying again (last known: ${told || 'no hosts'})`;
}

function row(host) {
  const name = element('button', host.name, 'name');
  name.type = 'button';
  name.addEventListener('click', () => void choose(host));
  const place = [host.rack, host.unit === undefined ? undefined : `U${host.unit}`].filter(Boolean).join(' ');
  const cells = [
    name,
    element('span', host.state, `state ${host.state}`),
    host.reason,
    place,
    element('span', host.macs.join(' '), 'mono'),
    element('span', host.managementAddress ?? '', 'mono'),
    host.arm,
    actions(host),
  ];
  const line = element('tr', '', host.id === chosen ? 'chosen' : '');
  line.dataset.host = host.name;
  for (const cell of cells) {
    const box = document.createElement('td');
    box.append(cell);
    line.append(box);
  }
  return line;
}

/** The one thing a person may have to do with a host in its state. */
function actions(host) {
  const button = (text, path, body) => {
    const made = element('button', text);
    made.type = 'button';
    made.addEventListener('click', async () => {
      try {
        await call(token, 'POST', `/hosts/${host.id}/${path}`, body);
        await refresh();
      } catch (error) {
        alert(`${error.message}\n${error.mend ?? ''}`);
      }
    });
    return made;
  };
  if (host.state === 'pending') return button('Approve', 'approve', {});
  if (host.state === 'frozen') return button('Release', 'release');
  if (host.arm === 'off' && host.approved) return button('Arm once', 'arm', { arm: 'once' });
  return '';
}

async function choose(host) {
  chosen = host.id;
  await refresh();
  const { events } = await call(token, 'GET', `/events?host=${host.id}&limit=${LATEST}`);
  $('timeline').hidden = false;
  $('timeline-title').textContent = `${host.name}: timeline`;
  $('events').replaceChildren();
  for (const event of events) addEvent(event);
}

/** Newest first. */
function addEvent(event) {
  const line = document.createElement('li');
  const time = element('time', new Date(event.time).toLocaleTimeString());
  time.dateTime = event.time;
  time.title = event.time;
  line.append(time, element('span', event.kind, 'kind'), element('span', event.message, event.severity));
  $('events').prepend(line);
  while ($('events').children.length > LATEST) $('events').lastElementChild.remove();
}

async function pair() {
  const answer = await call(token, 'POST', '/pairing', {});
  $('pair-server').textContent = answer.servers.join('  or  ');
  $('pair-ca').textContent = answer.caFingerprint.match(/.{8}/g).join(' ');
  $('pair-code').textContent = answer.code.replace(/(\d{4})/, '$1 ');
  $('pairing').showModal();
  const until = Date.parse(answer.expiresAt);
  const tick = setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    $('pair-left').textContent =
      left > 0 ? `Good for ${left} s.` : 'Expired: close this and take a new code.';
    if (left <= 0 || !$('pairing').open) {
      clearInterval(tick);
      if (left <= 0) $('pair-code').textContent = '—';
    }
  }, 250);
}

function element(tag, text, className = '') {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}
