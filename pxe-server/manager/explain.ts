export interface Trouble {
  code: string;
  message: string;
  mend: string;
}

const RULES: [pattern: RegExp, code: string, message: string, mend: string][] = [
  [
    /Connection refused|No route to host|Network is unreachable|Connection timed out|unable to connect to server/i,
    'host-unreachable',
    'nothing answers on the libvirt TLS port (16514)',
    'see on the host whether libvirtd-tls.socket or virtproxyd-tls.socket runs and the port is open',
  ],
  [
    /does not match the hostname|does not match.*(address|host)|name.*not.*expected/i,
    'tls-wrong-name',
    'TLS refused: the certificate of the host is not for this address',
    'the agent renews the certificate when addresses change; probe again after its next heartbeat',
  ],
  [
    /has(n't| not) got a known issuer|signer.*unknown|not trusted|issuer is not known|Unable to verify (server|TLS peer)/i,
    'tls-wrong-authority',
    'TLS refused: the certificate that the host shows is not from our authority for hosts',
    'boot the host again, so that it registers here and gets a new certificate',
  ],
  [
    /expired|not yet active|activation/i,
    'tls-wrong-time',
    'TLS refused: a certificate is not valid at this time',
    'compare the clocks of the host and the server',
  ],
  [
    // libvirt tells a client that it refuses nothing: it ends the connection instead of confirming it
    /Unable to read TLS confirmation|Client's Distinguished Name is not on the list|Server verification \(of our certificate or IP address\) failed|authentication failed/i,
    'tls-refused-us',
    "TLS refused: the host does not accept the manager's certificate",
    'the host belongs to another manager or its settings were changed; boot it again',
  ],
  [
    /KVM is not supported|Could not access KVM|could not find capabilities.*kvm|failed to initialize kvm|no accelerator/i,
    'kvm-missing',
    'the host cannot run KVM guests',
    'switch on virtualization (VT-x, AMD-V) in its firmware, and see that kvm_intel or kvm_amd is loaded',
  ],
  [
    /No space left/i,
    'host-full',
    'no space is left on the host',
    'free space below /var/lib/libvirt (memory, on a live host)',
  ],
];

/** virsh's error text in words that say what to do. */
export function explainVirsh(output: string): Trouble {
  for (const [pattern, code, message, mend] of RULES) {
    if (pattern.test(output)) return { code, message: `${message}: ${lastError(output)}`, mend };
  }
  const mend = "look at the host's journal of libvirtd or virtqemud";
  return { code: 'libvirt-failed', message: lastError(output), mend };
}

/** The last line that says "error:", without that word; at most 300 characters. */
function lastError(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => line.startsWith('error:'));
  return (errors.at(-1) ?? lines.at(-1) ?? 'virsh gave no reason').replace(/^error:\s*/, '').slice(0, 300);
}
