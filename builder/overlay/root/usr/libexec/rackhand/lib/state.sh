# shellcheck shell=sh
# What a host keeps: identity, registration, network settings, drift of its clock. Everything else is as the image has
# it. rackhand-state-save.path watches the same paths. A folder ends in "/"; files right in it are kept.

KEPT='
/etc/machine-id
/etc/hostname
/etc/ssh/ssh_host_ecdsa_key
/etc/ssh/ssh_host_ecdsa_key.pub
/etc/ssh/ssh_host_ed25519_key
/etc/ssh/ssh_host_ed25519_key.pub
/etc/pki/CA/cacert.pem
/etc/pki/libvirt/servercert.pem
/etc/pki/libvirt/private/serverkey.pem
/etc/iscsi/initiatorname.iscsi
/etc/nvme/hostnqn
/etc/nvme/hostid
/etc/NetworkManager/system-connections/
/var/lib/NetworkManager/secret_key
/var/lib/chrony/
/run/rackhand/settings
/run/rackhand/session.json
/run/rackhand/certificate-addresses.json
'

# For the unit alone, which has mounts of its own; the policy lets mount(8) use no place of ours.
STATE=$ROOT/mnt
# The label of files on it, whatever they were written with; mount(8) may give it to what is plugged in.
CONTEXT=system_u:object_r:removable_t:s0

# with_state COMMAND: while the partition is mounted. 1 when it cannot be, or when COMMAND could not do all.
with_state() {
  with_options=nosuid,nodev,noexec,noatime
  [ ! -e "$ROOT/sys/fs/selinux/enforce" ] || with_options=$with_options,context=$CONTEXT
  mkdir -p "$STATE"
  # By a pipe: mount(8) may not write to files of ours.
  with_said=$(mount -t ext4 -o "$with_options" "$DEVICE" "$STATE" 2>&1) || {
    state_fault "${DEVICE##*/} cannot be mounted: $with_said"
    return 1
  }
  "$1" 2>"$RUN/state-log"
  with_status=$?
  umount "$STATE" || with_status=1
  [ "$with_status" -eq 0 ] ||
    state_fault "${DEVICE##*/} cannot be read or written: $(last_line "$RUN/state-log")"
  return "$with_status"
}

# state_fault WHY: on the consoles now, and in rackhand-health from now on.
state_fault() {
  say "nothing is kept over restarts: $1"
  printf '%s\n' "$1" | put "$RUN/state-fault" 600
}

# The kernel has had its host name already. What a power cut left half written goes.
restore_all() {
  restore_bad=0 RESTORED=
  find "$STATE" -name '.rackhand.*' -delete
  for restore_path in $KEPT; do
    case $restore_path in
      */)
        for restore_file in "$STATE$restore_path"*; do
          restore_one "$restore_path${restore_file##*/}" || restore_bad=1
        done
        ;;
      *) restore_one "$restore_path" || restore_bad=1 ;;
    esac
  done
  [ ! -s "$STATE/etc/hostname" ] || cat "$ROOT/etc/hostname" >"$ROOT/proc/sys/kernel/hostname"
  restore_labels
  return "$restore_bad"
}

# restore_one PATH: the owner is the image's for that place, since numbers of users may differ between images. Written
# into what is there: /etc/machine-id may be mounted over (machine-id(5)). One program a file, since the boot waits.
restore_one() {
  [ -f "$STATE$1" ] && [ ! -L "$STATE$1" ] && [ -s "$STATE$1" ] && [ -d "$ROOT${1%/*}" ] || return 0
  cp --preserve=mode "$STATE$1" "$ROOT$1" || return 1
  [ -O "$ROOT${1%/*}" ] || chown --reference="$ROOT${1%/*}" "$ROOT$1" || return 1
  RESTORED="$RESTORED$ROOT$1
"
}

# All in one go: restorecon reads every rule of the policy before it writes one label.
restore_labels() {
  [ -n "$RESTORED" ] && [ -e "$ROOT/sys/fs/selinux/enforce" ] || return 0
  printf '%s' "$RESTORED" | restorecon -F -f - 2>/dev/null || :
}

# Until a pass finds nothing that has changed meanwhile. What changes later is newer than state-saving.
save_all() {
  for _ in 1 2 3; do
    : >"$RUN/state-saving"
    SAVED=
    for save_path in $KEPT; do
      case $save_path in
        */) save_folder "$save_path" || return 1 ;;
        *) save_one "$save_path" || return 1 ;;
      esac
    done
    [ -n "$SAVED" ] || return 0
  done
  sync "$STATE"
}

# changed_since FILE: prints one of what is kept that is newer. A folder is newer when a file came or went.
changed_since() {
  changed_file=$1
  set --
  for changed_path in $KEPT; do
    set -- "$@" "$ROOT$changed_path"
  done
  find "$@" -maxdepth 1 ! -name '.*' -newer "$changed_file" -print -quit 2>/dev/null
}

save_folder() {
  for save_file in "$ROOT$1"* "$STATE$1"*; do
    save_one "$1${save_file##*/}" || return 1
  done
}

# save_one PATH: a file that is gone is forgotten. Temporary files have names that begin with a dot.
save_one() {
  if [ ! -f "$ROOT$1" ] || [ -L "$ROOT$1" ]; then
    [ ! -f "$STATE$1" ] || { rm -f "$STATE$1" && SAVED=1; }
  elif ! cmp -s "$ROOT$1" "$STATE$1"; then
    SAVED=1
    save_mode=$(stat -c %a "$ROOT$1") && put "$STATE$1" "$save_mode" <"$ROOT$1"
  fi
}
