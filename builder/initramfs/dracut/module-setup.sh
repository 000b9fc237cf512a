#!/bin/bash
# dracut module of the builder, the last one in order: takes out what others bring along and a live boot does
# without, leaves the machine's identity to the machine, and checks media. See dracut.modules(7).

check() {
  return 255 # only when it is asked for
}

depends() {
  return 0
}

install() {
  # NetworkManager asks for addresses itself; nothing in the initramfs is unpacked by these programs.
  # shellcheck disable=SC2154 # dracut's
  rm -f "$initdir"/usr/{bin,sbin}/{dhclient,dhclient-script,kexec,zstd,bzip2,cpio,less}
  # shellcheck disable=SC2154
  inst_hook pre-mount 10 "$moddir/check-medium.sh"
  inst_multiple sha256sum du tr
  # Made at build, it would be the same on every machine, and so would DHCPv6's identifier.
  mkdir -p "$initdir/etc"
  : >"$initdir/etc/machine-id"
}
