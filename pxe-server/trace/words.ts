import { architectureText } from '../dhcp/classify.ts';
import { plainText } from '../events/plain-text.ts';
import type {
  AgentFact,
  ArpFact,
  DhcpFact,
  Fact,
  HttpFact,
  InstallerFact,
  TftpFact,
  TraceEntry,
} from './entry.ts';

/** From the machine, from us, from somebody else, or found out. */
export type Direction = 'in' | 'out' | 'other' | 'note';

export function directionOf(fact: Fact): Direction {
  switch (fact.layer) {
    case 'dhcp':
      return fact.by === 'machine' ? 'in' : fact.by === 'us' ? 'out' : 'other';
    case 'tftp':
      return fact.step === 'asked' || fact.step === 'aborted' ? 'in' : 'out';
    case 'http':
      return fact.step === 'begun' ? 'in' : 'out';
    case 'script':
      return 'out';
    case 'note':
      return 'note';
    default:
      return 'in';
  }
}

/** A step in plain words, one line, tokens masked. Pure. */
export function wordsOf({ fact, times }: TraceEntry): string {
  return plainText(`${words(fact)}${times === undefined ? '' : ` (${times} times)`}`);
}

function words(fact: Fact): string {
  switch (fact.layer) {
    case 'dhcp':
      return dhcpWords(fact);
    case 'arp':
      return arpWords(fact);
    case 'tftp':
      return tftpWords(fact);
    case 'http':
      return httpWords(fact);
    case 'script':
      return `is told: ${fact.message}`;
    case 'report':
      return `its initramfs ${fact.final ? 'stops' : 'tries again'} [${fact.code}]: ${fact.message}`;
    case 'agent':
      return agentWords(fact);
    case 'installer':
      return installerWords(fact);
    case 'note':
      return fact.message;
  }
}

function dhcpWords(fact: DhcpFact): string {
  const { by, type, why = '', address = 'an address' } = fact;
  if (by === 'machine') return asksWords(fact);
  const who =
    by === 'us' ? '' : `another DHCP server (${[fact.server, fact.mac].filter(Boolean).join(', ')}) `;
  const boot = bootWords(fact);
  switch (type) {
    case 'offer':
      return `${who}${fact.address ? `offers ${address}` : 'offers a boot file, the address is another server’s'}${boot}`;
    case 'ack':
      return `${who}${fact.address ? `gives ${address}` : 'confirms'}${boot}`;
    case 'nak':
      return `${who}refuses the address${why ? `: ${why}` : ''}`;
    default:
      return `no answer: ${why}`;
  }
}

function bootWords({ bootFile, nextServer }: DhcpFact): string {
  if (!bootFile) return ', without a boot file';
  return `, boot file ${bootFile}${nextServer && !bootFile.includes('://') ? ` from ${nextServer}` : ''}`;
}

function asksWords(fact: DhcpFact): string {
  const { type, address, server, secs = 0 } = fact;
  const who = { firmware: 'firmware', ipxe: 'iPXE', system: 'system' }[fact.client];
  const trying = secs > 0 ? `, trying for ${secs} s` : '';
  const architecture = fact.architecture === undefined ? '' : `, ${architectureText(fact.architecture)}`;
  const machine = `${architecture}${fact.card === undefined ? '' : `, card PCI ${fact.card}`}`;
  if (fact.port === 4011) return `its ${who} asks for the boot file on port 4011`;
  switch (type) {
    case 'discover':
      return `its ${who} looks for DHCP servers${machine}${trying}`;
    case 'request':
      return `its ${who} takes ${address ?? 'an address'}${server ? ` of server ${server}` : ''}${trying}`;
    case 'decline':
      return `its ${who} declines ${address ?? 'its address'}: somebody else answers there`;
    case 'release':
      return `its ${who} gives back ${address ?? 'its address'}`;
    default:
      return `its ${who} sends a DHCP ${type}`;
  }
}

function arpWords({ step, address, target }: ArpFact): string {
  if (step === 'answers') return `says that ${address} is here`;
  return address === target ? `announces ${address}` : `looks for ${target}, as ${address}`;
}

function tftpWords({ step, name, bytes = 0, seconds, why, repeated, window }: TftpFact): string {
  const done = `${sizeText(bytes)}${seconds === undefined ? '' : ` in ${secondsText(seconds)}`}`;
  const how = [
    ...(window !== undefined ? [`window ${window}`] : []),
    ...(repeated ? [`${repeated} blocks sent again`] : []),
  ];
  switch (step) {
    case 'asked':
      return `asks for ${name} by TFTP`;
    case 'sent':
      return `has ${name}, ${done}${how.length > 0 ? ` (${how.join(', ')})` : ''}`;
    case 'absent':
      return `${name} is not here`;
    case 'gave-up':
      return `${name}: no answer any more after ${sizeText(bytes)}`;
    case 'aborted':
      return `stops the transfer of ${name}${leftAt(bytes, why)}${why ? `: ${why}` : ''}`;
    default:
      return `${name} is not sent${why ? `: ${why}` : ''}`;
  }
}

/** Firmware asks for a file, has its size from the answer, leaves with an error of its own, and asks again. */
function leftAt(bytes: number, why = ''): string {
  if (bytes > 0) return ` after ${sizeText(bytes)}`;
  return /^\d/.test(why) ? ' before its first block, as firmware does to learn the size' : '';
}

function httpWords({ step, path, status, bytes = 0, size, seconds, rate = 0, head }: HttpFact): string {
  const took = seconds === undefined ? '' : ` in ${secondsText(seconds)}`;
  const of = size === undefined ? '' : ` of ${sizeText(size)}`;
  switch (step) {
    case 'begun':
      return `${head ? 'asks for the size of' : 'asks for'} ${path} by HTTP`;
    case 'sent':
      return `has ${path}, ${sizeText(bytes)}${took}`;
    case 'moving':
      return `has ${sizeText(bytes)}${of} of ${path}${took}, ${sizeText(rate)}/s now`;
    case 'broken':
      return `${path}: the connection ended after ${sizeText(bytes)}${of}${took}`;
    case 'absent':
      return `${path} is not here`;
    case 'refused':
      return `${path} is refused with status ${status}`;
  }
}

function installerWords({ step, message, line, program }: InstallerFact): string {
  const where = line === undefined ? '' : `, line ${line} of the kickstart`;
  if (step === 'failed') return `its installation failed${where}: ${message}`;
  if (step === 'log') return `log: ${program === undefined ? '' : `${program}: `}${message}`;
  return `${message}${where}`;
}

function agentWords({ step, code, message, clock }: AgentFact): string {
  const off = clock === undefined || Math.abs(clock) < 60 ? '' : `, its clock ${clockText(clock)}`;
  const said = message ? `: ${message}` : '';
  switch (step) {
    case 'ca':
      return `its agent fetches the certificate authority${off}`;
    case 'tls-failed':
      return `its agent breaks off the TLS connection${said}${off}`;
    case 'waits':
      return `its agent waits for approval${said}`;
    case 'registered':
      return `is registered${said}`;
    case 'refused':
      return `registration refused${code ? ` [${code}]` : ''}${said}`;
    case 'heartbeat':
      return 'sends a heartbeat';
    case 'up':
      return `is up${said}`;
  }
}

/** "is 3 h ahead" */
export function clockText(seconds: number): string {
  return `is ${spanText(Math.abs(seconds))} ${seconds > 0 ? 'ahead' : 'behind'}`;
}

/** "92 s", "12 min" */
export function spanText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** Decimal. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** "40 ms", "3.3 s", "92 s" */
export function secondsText(seconds: number): string {
  if (seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}
