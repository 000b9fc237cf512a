import type { Boot } from './command-line.ts';
import { plain } from './ipxe.ts';
import { type Place, waitingText } from './waiting.ts';

/**
 * The first grub.cfg, the same for every machine: asks for the machine's own. EL's GRUB does that by itself;
 * Debian's signed one knows this name alone. GRUB has no arithmetic, and `exit` leaves it, not a loop.
 */
export function renderGrubStart(): string {
  return `set found=no
for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
  if [ $found = no ]; then
    if source $prefix/grub.cfg-01-$net_default_mac; then
      set found=yes
    else
      echo "Rackhand: no boot configuration for $net_default_mac, try $try of 12; next in 5 s"
      sleep 5
    fi
  fi
done
if [ $found = no ]; then
  echo 'Rackhand: giving up, the firmware goes on with its next device'
  exit
fi
`;
}

/**
 * grub.cfg for a machine whose loader is GRUB (Secure Boot: shim and the distribution's GRUB, which has no
 * HTTP client): kernel and initramfs come by TFTP from where GRUB itself came, the root by HTTP.
 */
export function renderGrub({ title, kernel, initramfs, commandLine }: Boot): string {
  return `set rackhand_wait=no
set timeout=0
menuentry ${quote(plain(title))} {
  linux ${kernel} ${commandLine.map(quote).join(' ')}
  initrd ${initramfs}
}
`;
}

/**
 * grub.cfg for a machine whose turn comes: it sleeps and asks again, for ever, whether the server is there or not. A
 * configuration inside of another one costs GRUB a level of its stack, so only the outermost loops; those that it reads
 * say when to ask again, or that the waiting has ended.
 */
export function renderGrubWaiting(place: Place): string {
  return `echo ${quote(`Rackhand: ${plain(waitingText(place))}`)}
set rackhand_wait=${place.askIn}
if [ "$rackhand_loop" != yes ]; then
  set rackhand_loop=yes
  while [ "$rackhand_wait" != no ]; do
    sleep $rackhand_wait
    source $prefix/grub.cfg-01-$net_default_mac
  done
fi
set rackhand_wait=$rackhand_wait
`;
}

/** grub.cfg that shows why nothing boots, and restarts after a minute. */
export function renderGrubMessage(code: string, why: string): string {
  return `echo ${quote(`Rackhand: this machine does not boot [${code}]: ${plain(why)}`)}
sleep 60
reboot
`;
}

/** grub.cfg for what has its own system: hand back to the firmware, which tries its next device. */
export function renderGrubLocal(why: string): string {
  return `echo ${quote(`Rackhand: ${plain(why)}; booting from its own disk`)}
exit
`;
}

/** Single quotes keep GRUB from expanding anything; none may be inside, nor a second line. */
function quote(text: string): string {
  return `'${text.replace(/['\0-\x1f\x7f]/g, ' ')}'`;
}
