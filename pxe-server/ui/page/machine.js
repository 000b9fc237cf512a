// What its agent found in a machine.
import { element, factList } from './dom.js';
import { diskSize, machineFacts } from './words.js';

export function machineNodes(inventory) {
  if (!inventory) return [element('p', { class: 'hint' }, 'Not known: its agent has not registered yet.')];
  const nics = inventory.nics.map((n) => [
    n.name,
    n.mac,
    [n.driver, n.pci].join(' '),
    n.link ? 'link' : 'no link',
  ]);
  const disks = inventory.disks.map((d) => [
    d.name,
    diskSize(d.size),
    [d.transport, d.rotational ? 'disk' : 'flash'].filter(Boolean).join(' '),
    `${d.model} ${d.serial}`,
    d.wwn ?? '',
  ]);
  return [factList(machineFacts(inventory)), grid('Interfaces', nics), grid('Disks', disks)];
}

function grid(title, rows) {
  const body = rows.map((row) => element('tr', {}, ...row.map((cell) => element('td', {}, cell))));
  const none = element('tr', {}, element('td', {}, 'none'));
  return element(
    'table',
    { class: 'grid' },
    element('caption', {}, `${title} (${rows.length})`),
    ...(body.length > 0 ? body : [none]),
  );
}
