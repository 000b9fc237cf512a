#!/bin/sh
# What busybox udhcpc runs at each event: sets the address and says so.
case "$1" in
  deconfig) ip address flush dev "$interface" scope global ;;
  bound | renew) ip address replace "$ip/$mask" dev "$interface" ;;
esac
echo "$1 ${ip:-nothing} from ${serverid:-nobody}"
