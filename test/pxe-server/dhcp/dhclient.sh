#!/bin/sh
# What dhclient runs at each event: sets the address and says so.
case "$reason" in
  PREINIT) ip link set dev "$interface" up ;;
  BOUND | RENEW | REBIND | REBOOT) ip address replace "$new_ip_address/24" dev "$interface" ;;
  EXPIRE | FAIL | RELEASE | STOP) ip address flush dev "$interface" scope global ;;
esac
echo "$reason ${new_ip_address:-${old_ip_address:-nothing}} from ${new_dhcp_server_identifier:-nobody}"
