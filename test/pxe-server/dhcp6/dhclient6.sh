#!/bin/sh
# What dhclient runs at each event: sets the address and says so.
case "$reason" in
  PREINIT6) ip link set dev "$interface" up ;;
  BOUND6 | RENEW6 | REBIND6) ip -6 address replace "$new_ip6_address/128" dev "$interface" ;;
  DEPREF6 | EXPIRE6 | RELEASE6 | STOP6) ip -6 address del "$old_ip6_address/128" dev "$interface" || true ;;
esac
echo "$reason ${new_ip6_address:-${old_ip6_address:-nothing}} dns ${new_dhcp6_name_servers:-none}"
