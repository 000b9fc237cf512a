#!/bin/sh
# run-networkd.sh FOLDER: systemd-networkd with the .network files of FOLDER alone, without a manager, a bus or udev
# beside it: with /sys read-only it takes itself to be in a container, where interfaces are there from the start.
set -eu
mkdir -p /etc/systemd/network /run/systemd
mount --bind "$1" /etc/systemd/network
mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
chown -R systemd-network: /run/systemd/netif
# Its client identifier comes from the machine's id (RFC 4361): one of our own.
echo 00112233445566778899aabbccddeeff >"$1/machine-id"
mount --bind "$1/machine-id" /etc/machine-id
mount -o remount,bind,ro /sys
SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console
export SYSTEMD_LOG_LEVEL SYSTEMD_LOG_TARGET
exec /usr/lib/systemd/systemd-networkd 2>&1
