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
  # Partitions by type are switched off (systemd.gpt_auto=0), and the generator would run before everything else.
  # shellcheck disable=SC2154 # dracut's
  rm -f "$initdir"/usr/lib/systemd/system-generators/systemd-gpt-auto-generator
  # NetworkManager asks for addresses itself; nothing in the initramfs is unpacked by these programs. awk is asked for
  # by scripts of the other network manager, sg_inq by names of disks that nobody uses before the image runs.
  rm -f "$initdir"/usr/{bin,sbin}/{dhclient,dhclient-script,kexec,zstd,bzip2,cpio,less,tar,awk,gawk,sg_inq} \
    "$initdir"/usr/lib/udev/rules.d/*-scsi-sg3_*.rules
  drop_library libmpfr
  drop_library libsgutils2
  # shellcheck disable=SC2154
  inst_hook pre-mount 10 "$moddir/check-medium.sh"
  inst_multiple sha256sum du tr
  # Made at build, it would be the same on every machine, and so would DHCPv6's identifier.
  mkdir -p "$initdir/etc"
  : >"$initdir/etc/machine-id"
}

# drop_library NAME: a library that came with a program which is gone, unless something else names it.
drop_library() {
  local path="$initdir/usr" found
  found=$(grep -rlF --exclude="$1*" "$1" "$path"/bin "$path"/sbin "$path"/lib "$path"/lib64 2>/dev/null)
  [ -n "$found" ] || find "$path" -name "$1*.so*" -delete
}
