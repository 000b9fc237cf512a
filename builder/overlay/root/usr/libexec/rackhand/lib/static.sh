# shellcheck shell=sh
# The network part of the console dialogue: an address by DHCP, or one that a person types.

# Waits for DHCP; any key, or half a minute without an address, offers static settings. A way back to DHCP is kept.
network_dialogue() {
  while ! has_address; do
    line "Waiting for an address by DHCP:$(network_state)"
    line 'Press any key for static settings.'
    static_waited=0
    while ! has_address && [ "$static_waited" -lt 30 ]; do
      key_within 10 && break
      static_waited=$((static_waited + 1))
    done
    has_address || offer_static
  done
  line "Network: $(addresses | jq -r 'join(", ")')"
  line ''
}

offer_static() {
  line ''
  ask 'Static settings? (y = type them, Enter = go on waiting for DHCP) '
  case $REPLY in [yY]*) static_settings ;; esac
}

static_settings() {
  choose_port || return 0
  ask_until 'Address with prefix length, such as 192.0.2.10/24: ' is_address_with_prefix
  static_address=$REPLY
  ask_until 'Gateway (Enter for none): ' is_address_or_nothing
  static_gateway=$REPLY
  ask_until 'DNS server (Enter for none): ' is_address_or_nothing
  static_dns=$REPLY
  if static_fault=$(apply_static); then
    line "$static_port has $static_address now."
  else
    line "That did not work: $static_fault"
  fi
}

choose_port() {
  static_ports=
  for static_candidate in "$ROOT"/sys/class/net/*; do
    [ -e "$static_candidate/device" ] || continue
    static_ports="$static_ports ${static_candidate##*/}"
    static_link='no link'
    [ "$(text "$static_candidate/carrier")" = 1 ] && static_link='link'
    line "  ${static_candidate##*/}  $(text "$static_candidate/address")  $static_link"
  done
  if [ -z "$static_ports" ]; then
    line 'This machine has no network port that a driver of this image knows.'
    sleep 5
    return 1
  fi
  ask_until "Port (one of:$static_ports): " is_port
  static_port=$REPLY
}

# ask_until PROMPT CHECK: asks until CHECK accepts REPLY; CHECK says on standard output what is wrong.
ask_until() {
  while true; do
    ask "$1"
    until_fault=$("$2" "$REPLY") && return 0
    line "  $until_fault"
  done
}

is_port() {
  for port_name in $static_ports; do [ "$1" = "$port_name" ] && return 0; done
  echo "there is no port $1"
  return 1
}

is_address_with_prefix() {
  case $1 in
    */*) ;;
    *) echo 'the prefix length is missing: 24 stands for 255.255.255.0' && return 1 ;;
  esac
  prefix_length=${1#*/}
  case $prefix_length in '' | *[!0-9]* | ????*) prefix_length=999 ;; esac
  prefix_most=32
  case $1 in *:*) prefix_most=128 ;; esac
  if [ "$prefix_length" -lt 1 ] || [ "$prefix_length" -gt "$prefix_most" ]; then
    echo "the prefix length is 1 to $prefix_most"
    return 1
  fi
  is_address "${1%/*}"
}

is_address_or_nothing() { [ -z "$1" ] || is_address "$1"; }

# IPv4 in full; of IPv6 only the look: NetworkManager refuses the rest in words.
is_address() {
  case $1 in
    *[!0-9A-Fa-f.:]* | '') ;;
    *.*.*.*) is_ipv4 "$1" && return 0 ;;
    *:*:*) return 0 ;;
  esac
  echo "$1 is not an address"
  return 1
}

is_ipv4() {
  address_rest=$1.
  address_parts=0
  while [ -n "$address_rest" ]; do
    address_part=${address_rest%%.*}
    address_rest=${address_rest#*.}
    address_parts=$((address_parts + 1))
    case $address_part in '' | *[!0-9]* | ????* | 0?*) return 1 ;; esac
    [ "$address_part" -le 255 ] || return 1
  done
  [ "$address_parts" -eq 4 ]
}

# Says what NetworkManager says when it refuses.
apply_static() {
  static_family=ipv4
  static_other=ipv6
  case $static_address in *:*) static_family=ipv6 static_other=ipv4 ;; esac
  set -- type ethernet con-name rackhand-static ifname "$static_port" \
    "$static_family.method" manual "$static_family.addresses" "$static_address" "$static_other.method" disabled
  [ -z "$static_gateway" ] || set -- "$@" "$static_family.gateway" "$static_gateway"
  [ -z "$static_dns" ] || set -- "$@" "$static_family.dns" "$static_dns"
  system nmcli connection delete rackhand-static >/dev/null 2>&1
  { system nmcli --wait 20 connection add "$@" && system nmcli --wait 20 connection up rackhand-static; } \
    >"$RUN/nmcli" 2>&1 && return 0
  text "$RUN/nmcli"
  return 1
}
