// The page: a token opens the board; the board follows the server until the person signs out.
import { Api, keepToken, storedToken } from './api.js';
import { Board } from './board.js';
import { localZone, setZone, zoneNow } from './clock.js';
import { $ } from './dom.js';

let board;

$('login').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  void open($('token').value.trim().toLowerCase());
});
$('sign-out').addEventListener('click', () => signOut(''));
$('zone').options[0].text = `local (${localZone()})`;
$('zone').value = zoneNow();
$('zone').addEventListener('change', () => setZone($('zone').value));
window.addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) location.reload();
});

const kept = storedToken();
if (kept) void open(kept);
else askForToken('');

/** Tries a token; shows the hosts, or why it was refused. */
async function open(token) {
  const api = new Api(token, () => signOut('The token is not known to the server.'));
  try {
    if (!/^[0-9a-f]{32}$/.test(token)) throw new Error('A token is 32 digits from 0-9 and a-f.');
    const opened = new Board(api);
    await opened.load();
    board = opened;
  } catch (error) {
    if (error.status !== 0) keepToken(null);
    askForToken(error.message);
    return;
  }
  keepToken(token);
  $('token').value = '';
  $('login').hidden = true;
  $('tools').hidden = false;
  $('board').hidden = false;
  board.start();
}

function signOut(why) {
  keepToken(null);
  board?.end();
  board = undefined;
  askForToken(why);
}

function askForToken(why) {
  for (const id of ['tools', 'board', 'notice']) $(id).hidden = true;
  if ($('dialog').open) $('dialog').close();
  $('login').hidden = false;
  $('login-error').textContent = why;
  $('token').focus();
}
