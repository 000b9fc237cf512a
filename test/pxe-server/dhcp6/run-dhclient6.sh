#!/bin/sh
# run-dhclient6.sh FOLDER DEVICE: ISC dhclient for IPv6 in the foreground. FOLDER (dhclient.conf, leases) and its script
# lie where the distribution's AppArmor profile expects them, in the mount namespace of `ip netns exec`.
set -eu
folder=$1 device=$2
script=$(dirname "$(readlink -f "$0")")/dhclient6.sh
mkdir -p /etc/dhcp /var/lib/dhcp
mount --bind "$script" "$(readlink -f /sbin/dhclient-script)"
mount --bind "$folder" /etc/dhcp
mount --bind "$folder" /var/lib/dhcp
# It ends at once when its address is still looked for on the link (RFC 4862 5.4), which takes up to two seconds.
tries=100
until ip -6 address show dev "$device" scope link -tentative | grep -q inet6; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || break
  sleep 0.1
done
exec dhclient -6 -d -pf "/run/dhclient6-$device.pid" -cf /etc/dhcp/dhclient.conf \
  -lf /var/lib/dhcp/dhclient6.leases "$device"
