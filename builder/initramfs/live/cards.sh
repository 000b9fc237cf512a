#!/bin/bash
# Where the image comes over the network and no network card works: says which cards have no driver here. Called again
# and again while the initramfs waits; 0 when there is nothing more to say.
set -u

LIB=${RACKHAND_LIB:-/usr/lib/rackhand}
# shellcheck source=lib.sh
. "$LIB/lib.sh"

# Seconds in which a slow card comes up.
PATIENCE=${RACKHAND_CARDS_SECONDS:-15}

main() {
  local now first ids
  mkdir -p "$RUN"
  read_boot
  if [ "$IMAGE_FROM" != network ] || has_card; then exit 0; fi
  read -r now _ <"$ROOT/proc/uptime"
  now=${now%.*}
  [ -e "$RUN/cards-since" ] || printf '%d\n' "$now" >"$RUN/cards-since"
  read -r first <"$RUN/cards-since"
  [ $((now - first)) -ge "$PATIENCE" ] || exit 1
  ids=$(without_driver)
  if [ -n "$ids" ]; then
    say "no network card works: this image has no driver for PCI$ids"
    say "mend: rackhand images fit IMAGE --pci$ids says which rule took it, or that no package has it"
  else
    say 'no network card works, and none without a driver is on the PCI bus'
    say 'mend: look whether the card is switched on in the firmware'
  fi
}

has_card() {
  local port
  for port in "$ROOT"/sys/class/net/*/device; do
    [ ! -e "$port" ] || return 0
  done
  return 1
}

# PCI ids of network cards (base class 02), a blank before each.
without_driver() {
  local device class vendor product
  for device in "$ROOT"/sys/bus/pci/devices/*; do
    if [ ! -r "$device/class" ] || [ -e "$device/driver" ]; then continue; fi
    read -r class <"$device/class"
    case $class in 0x02*) ;; *) continue ;; esac
    read -r vendor <"$device/vendor"
    read -r product <"$device/device"
    printf ' %s:%s' "${vendor#0x}" "${product#0x}"
  done
}

main
