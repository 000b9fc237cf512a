#!/bin/bash
# First thing of a live boot: is there memory enough, and what may the live system write?
set -u

LIB=${RACKHAND_LIB:-/usr/lib/rackhand}
# shellcheck source=lib.sh
. "$LIB/lib.sh"

# MiB that changes of the live root may take: a quarter of the memory, between these.
OVERLAY_LEAST=256
OVERLAY_MOST=4096

main() {
  mkdir -p "$RUN"
  speak_up
  read_boot
  MEMORY=$(memory)
  check_memory
  bound_overlay
}

# MiB; without what the kernel took for itself before it counted.
memory() {
  local name size
  while read -r name size _; do
    [ "$name" != MemTotal: ] || printf '%d' "$((size / 1024))"
  done <"$ROOT/proc/meminfo"
}

# A machine of 2048 MiB shows some 100 less, hence nine tenths. The network is not up yet: with an image that comes
# over it the boot goes on until the service has heard, and fetch.sh goes no further.
check_memory() {
  [ -n "$RAM" ] && [ $((MEMORY * 10)) -lt $((RAM * 9)) ] || return 0
  local fault="this boot needs $RAM MiB of memory, this machine has $MEMORY MiB" mend
  mend='put in more memory, or boot another way'
  if [ "$IMAGE_FROM" = network ]; then
    mend='put in more memory, or boot the ISO, which needs less'
    printf 'memory-short\n' >"$RUN/stopped"
    "$LIB/stop.sh" memory-short "$fault" "$mend" </dev/null &
  else
    stop memory-short "$fault" "$mend"
  fi
}

# Where nothing is kept, changes go to memory, by default to what /run may take: then a full root is a full /run, and
# the host stands still. So the root gets a room of its own.
bound_overlay() {
  [ -z "$OVERLAY_KEPT" ] || return 0
  local room=/run/initramfs/overlay size=${OVERLAY_SIZE:-$((MEMORY / 4))}
  [ "$size" -ge "$OVERLAY_LEAST" ] || size=$OVERLAY_LEAST
  [ -n "$OVERLAY_SIZE" ] || [ "$size" -le "$OVERLAY_MOST" ] || size=$OVERLAY_MOST
  mkdir -p "$ROOT$room"
  system mount -t tmpfs -o "size=${size}m,mode=0755" rackhand-overlay "$ROOT$room"
  mkdir -p "$ROOT$room/upper" "$ROOT$room/work"
  # dracut's names of the two (90overlayfs, dmsquash-live).
  ln -s "$room/upper" "$ROOT/run/overlayfs"
  ln -s "$room/work" "$ROOT/run/ovlwork"
}

main
