#!/bin/sh
# run-dhclient.sh FOLDER DEVICE [ARGUMENT…]: ISC dhclient in the foreground. FOLDER (dhclient.conf, leases) and its
# script lie where the distribution's AppArmor profile expects them, in the mount namespace of `ip netns exec`.
set -eu
folder=$1 device=$2
shift 2
script=$(dirname "$(readlink -f "$0")")/dhclient.sh
mkdir -p /etc/dhcp /var/lib/dhcp
mount --bind "$script" "$(readlink -f /sbin/dhclient-script)"
mount --bind "$folder" /etc/dhcp
mount --bind "$folder" /var/lib/dhcp
exec dhclient -4 -d -pf "/run/dhclient-$device.pid" -cf /etc/dhcp/dhclient.conf \
  -lf /var/lib/dhcp/dhclient.leases "$@" "$device"
