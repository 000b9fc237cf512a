# shellcheck shell=sh disable=SC2034
# Addresses of this host, and waiting until there is one.

# Source address of the last answer from the server (curl knows it, whatever the routes are).
LOCAL_ADDRESS=${LOCAL_ADDRESS:-}

# JSON array of addresses, the one that reaches the server first. Ports of guests and libvirt's own bridges
# have the same addresses on every host; temporary IPv6 addresses change all the time.
addresses() {
  ip -json address show up scope global 2>/dev/null | jq -cn --arg first "$LOCAL_ADDRESS" '
    [ inputs[]
      | select((.ifname // "lo") | test("^(lo|virbr.*|vnet.*)$") | not)
      | .addr_info[]?
      | select(.scope == "global" and (.local // "") != "")
      | select((.temporary // .tentative // .dadfailed // .deprecated // false) | not)
      | .local ]
    | (if $first == "" then . else [$first] + map(select(. != $first)) end)
    | reduce .[] as $a ([]; if index($a) then . else . + [$a] end)
    | .[0:256]'
}

has_address() {
  case $(addresses) in '' | '[]') return 1 ;; esac
}

# One line for the console on what is missing.
network_state() {
  network_ports=
  for network_port in "$ROOT"/sys/class/net/*; do
    [ -e "$network_port/device" ] || continue
    case $(text "$network_port/carrier") in
      1) network_ports="$network_ports ${network_port##*/} (link, no address)" ;;
      *) network_ports="$network_ports ${network_port##*/} (no link)" ;;
    esac
  done
  printf '%s' "${network_ports:- no network port found}"
}

wait_for_network() {
  while ! has_address; do
    say "waiting for the network:$(network_state)"
    sleep 1
  done
}
