#!/bin/sh
# dracut hook before the root is mounted, with rackhand.check on the kernel command line: everything on the medium is
# read and compared with SHA256SUMS there. A damaged medium does not start. ROOT is empty but in tests.

check_medium() {
  check_live=${ROOT:-}/run/initramfs/live
  if [ ! -r "$check_live/SHA256SUMS" ]; then
    check_say 'this image did not come from a medium: nothing to check'
    return 0
  fi
  check_say "checking this medium, $(du -sm "$check_live" 2>/dev/null | sed 's/[^0-9].*//') MiB; this takes a while"
  if check_bad=$(cd "$check_live" && sha256sum -c --quiet SHA256SUMS 2>/dev/null); then
    check_say 'this medium is whole'
    return 0
  fi
  check_say "this medium is DAMAGED: $(printf '%s\n' "${check_bad:-it cannot be read}" | tr '\n' ' ')"
  check_say 'mend: write it again, from an image that rackhand images verify found whole'
  check_say 'it is not started; Enter restarts the machine'
  read -r _ <"${ROOT:-}/dev/console"
  systemctl --force reboot
  # Whatever becomes of that, nothing of the medium is run.
  while [ -z "${ROOT:-}" ]; do sleep 60; done
}

# Errors are what consoles show however quiet the kernel is.
check_say() { printf '<3>rackhand: %s\n' "$1" >>"${ROOT:-}/dev/kmsg"; }

# shellcheck disable=SC2015 # dracut's hooks have no use for a status
getargbool 0 rackhand.check && check_medium || :
