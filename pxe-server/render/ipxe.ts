import { Mac } from '../../builder/contract/fields.ts';
import type { Boot } from './command-line.ts';
import { type Place, waitingText } from './waiting.ts';

/** Where a machine asks for its own script, in iPXE's own variables. */
function askUrl(base: string): string {
  return `${base}/boot/host.ipxe?mac=\${netX/mac}&uuid=\${uuid}&serial=\${serial:uristring}&platform=\${platform}`;
}

/**
 * The first script, the same for every machine: asks for the machine's own. netX is the interface that
 * iPXE booted from; `:uristring` because firmware writes blanks and worse into serials.
 */
export function renderStart(base: string): string {
  return `#!ipxe
echo Rackhand: asking \${next-server} what \${netX/mac} boots
set url ${askUrl(base)}
set tries:int32 0
:ask
chain --replace --autofree \${url} && exit ||
inc tries
echo Rackhand: no boot script from ${base}, try \${tries}; next in 5 s, Ctrl-B for a shell
sleep 5
iseq \${tries} 60 && goto give_up ||
goto ask
:give_up
echo Rackhand: giving up, the firmware goes on with its next device
exit 1
`;
}

/** Boots a kernel and its initramfs from `base`, http://ADDRESS[:PORT]. */
export function renderBoot({ title, kernel, initramfs, commandLine }: Boot, base: string): string {
  return `#!ipxe
echo Rackhand: ${plain(title)}
imgfree
kernel ${base}${kernel} initrd=initramfs ${commandLine.join(' ')} || goto failed
initrd --name initramfs ${base}${initramfs} || goto failed
boot || goto failed
:failed
echo Rackhand: kernel or initramfs could not be loaded from ${base}; restarting in 30 s
sleep 30
reboot
`;
}

/**
 * For a machine whose turn comes: it sleeps and asks again, for ever, whether the server is there or not. iPXE never
 * renews a lease, so who waits long asks for its address anew.
 */
export function renderWaiting(place: Place, base: string): string {
  return `#!ipxe
imgfree
set url ${askUrl(base)}
:wait
echo Rackhand: ${plain(waitingText(place))}
sleep ${place.askIn} ||
${place.renews ? 'dhcp netX ||\n' : ''}chain --replace --autofree \${url} && exit ||
echo Rackhand: no answer from ${base}; it is asked again
goto wait
`;
}

/** For what has its own system: BIOS boots the first disk, UEFI goes on with the firmware's next entry. */
export function renderLocal(why: string): string {
  return `#!ipxe
echo Rackhand: ${plain(why)}; booting from its own disk
iseq \${platform} efi && exit || sanboot --no-describe --drive 0x80 || exit 1
`;
}

/** A refusal that the person at the rack can read; the machine asks again after a minute. */
export function renderRefusal(code: string, why: string, mac: string | undefined): string {
  const who = mac && Mac.safeParse(mac).success ? mac : 'this machine';
  return `#!ipxe
echo Rackhand: ${who} does not boot [${code}]
echo Rackhand: ${plain(why)}
echo Rackhand: asking again in 60 s
sleep 60
reboot
`;
}

/** Text for an echo line: no expansion, no second command, no control characters. */
export function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,:;()/_-]/g, ' ').slice(0, 200);
}
