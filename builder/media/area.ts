/**
 * /rackhand.cfg on every medium: what it tells its machine. It is empty when the medium is built and always of the
 * same size, so that `rackhand images media` fills it in a copy without making the medium again. GRUB sources it;
 * for the initramfs there are lines that GRUB takes for comments: secrets are no kernel arguments, which everybody on
 * the host may read. Pure.
 */
export const AREA = { path: '/rackhand.cfg', size: 1 << 16 } as const;

const HEAD = `# What this medium tells its machine: ${AREA.size} bytes, filled by rackhand images media.\n`;
const TAIL = '# End of what this medium tells its machine.\n';
/** A line of filling: an area is read by programs that take it line by line. */
const FILLING = `${'#'.repeat(127)}\n`;
/** Of all file systems that media have; an area begins at one. */
const SECTOR = 512;

export interface AreaContent {
  /** GRUB's variables; values pass the grammar of kernel arguments, with blanks between them. */
  variables: Readonly<Record<string, string>>;
  /** For the initramfs: name → one line. */
  settings: Readonly<Record<string, string>>;
  /** PEM of authorities that the image's server is checked by. */
  certificate?: string | undefined;
}

/** @returns undefined when it is too much */
export function renderArea({ variables, settings, certificate = '' }: AreaContent): Buffer | undefined {
  const lines = [
    ...Object.entries(variables).map(([name, value]) => `set ${name}='${value}'`),
    ...Object.entries(settings).map(([name, value]) => `#:${name}=${value}`),
    ...certificate.split('\n').flatMap((line) => (line.trim() === '' ? [] : `#|${line.trim()}`)),
  ];
  const text = HEAD + lines.map((line) => `${line}\n`).join('');
  const room = AREA.size - text.length - TAIL.length;
  if (room < 0) return undefined;
  const filling = FILLING.repeat(Math.floor(room / FILLING.length));
  const rest = room % FILLING.length;
  return Buffer.from(text + filling + (rest > 0 ? FILLING.slice(-rest) : '') + TAIL, 'latin1');
}

export const EMPTY_AREA = renderArea({ variables: {}, settings: {} })!;

/**
 * Where an area begins in a piece of a medium that itself begins at a sector.
 * @returns undefined when it is not whole in this piece
 */
export function findArea(piece: Buffer): number | undefined {
  for (let at = piece.indexOf(HEAD); at >= 0; at = piece.indexOf(HEAD, at + 1)) {
    const end = at + AREA.size;
    if (at % SECTOR !== 0 || end > piece.length) continue;
    // A file system may have laid the file down in several places.
    if (piece.subarray(end - TAIL.length, end).equals(Buffer.from(TAIL))) return at;
  }
  return undefined;
}
