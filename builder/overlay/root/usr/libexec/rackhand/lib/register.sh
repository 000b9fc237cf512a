# shellcheck shell=sh
# From a one-time token to a session: POST /agent/v1/register until the server says yes or no.

register() {
  backoff_reset
  while true; do
    registration_body || stop inventory-failed 'the inventory cannot be read' 'look at journalctl -u rackhand-agent'
    fetch verified /agent/v1/register "$TOKEN" "$RUN/register.json"
    case $(kind_of_answer) in
      ok)
        if install_certificate; then
          enter_session
          return 0
        fi
        say "the server's answer cannot be used: $WHY; asking again"
        ;;
      pending)
        wait_for_approval
        continue
        ;;
      refused) stop_refused ;;
      later) say "waiting for the server $URL: $WHY" ;;
    esac
    backoff_wait "$RETRY_AFTER"
  done
}

registration_body() {
  inventory >"$RUN/inventory.json" && certificate_request &&
    jq -cn --slurpfile inventory "$RUN/inventory.json" --rawfile csr "$RUN/csr.pem" \
      '{inventory: $inventory[0], csr: $csr}' | put "$RUN/register.json" 600
}

wait_for_approval() {
  backoff_reset
  approval_seconds=$(answer 'select(.state == "pending") | .retrySeconds')
  case $approval_seconds in
    '' | 0* | *[!0-9]*) approval_seconds=30 ;;
    ????*) approval_seconds=600 ;;
  esac
  [ "$approval_seconds" -le 600 ] || approval_seconds=600
  say "waiting for approval: $(answer .message)"
  sleep "$approval_seconds"
}

# The answer in $ANSWER is a checked registration: keep the session, and let libvirt take the manager's calls.
enter_session() {
  jq -c '{hostName, sessionToken, heartbeatSeconds, managerDn}' "$ANSWER" | put "$RUN/session.json" 600
  read_session
  say "registered as $HOST_NAME; heartbeat every $HEARTBEAT_SECONDS s"
  resume_session
}

# Also after a restart of a host that keeps its session: libvirt's settings are the image's again.
resume_session() {
  set_hostname "$HOST_NAME"
  configure_libvirt "$MANAGER_DN" ||
    stop libvirt-config 'the configuration of libvirt cannot be written' 'check that /etc/libvirt is writable'
  open_libvirt
}

# Beside the heartbeats: a daemon that starts slowly must not make its host look lost.
open_libvirt() {
  start_libvirt_tls &
}

# read_session: HOST_NAME, SESSION_TOKEN, HEARTBEAT_SECONDS and MANAGER_DN of this boot; 1 when there is none.
read_session() {
  [ -r "$RUN/session.json" ] || return 1
  HOST_NAME='' SESSION_TOKEN='' HEARTBEAT_SECONDS='' MANAGER_DN=''
  jq -r '.hostName, .sessionToken, (.heartbeatSeconds | floor), .managerDn' "$RUN/session.json" \
    >"$RUN/session" 2>/dev/null
  {
    IFS= read -r HOST_NAME
    IFS= read -r SESSION_TOKEN
    IFS= read -r HEARTBEAT_SECONDS
    IFS= read -r MANAGER_DN
  } <"$RUN/session"
  is_hex "$SESSION_TOKEN" 32
}
