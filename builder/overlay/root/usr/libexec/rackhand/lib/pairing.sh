# shellcheck shell=sh disable=SC2034
# The server part of the console dialogue: address, fingerprint of its certificate authority, pairing code.

# Sets URL and CA_SHA256 and leaves the server's CA, checked, in $CA_FILE.
server_dialogue() {
  while true; do
    ask 'Server address (ADDRESS:PORT): '
    URL=$(server_url "$REPLY") || { line '  an address looks like 192.0.2.1:8443' && continue; }
    ask 'CA fingerprint (at least its first 32 digits; blanks do not count): '
    CA_SHA256=$(printf '%s' "$REPLY" | tr -d ' :-' | tr 'A-F' 'a-f')
    is_fingerprint "$CA_SHA256" || { line '  a fingerprint has 32 to 64 of the digits 0-9 and a-f' && continue; }
    fetch_ca
    case $? in
      0) return 0 ;;
      1) line "  no answer from $URL: $WHY" ;;
      2)
        line "  $URL has another fingerprint than the one typed. A typing error, or not your"
        line '  server: compare it with the page, and do not go on if it stays different.'
        ;;
    esac
  done
}

# server_url TEXT: prints the URL of an address or name with or without a port, as a person types it.
server_url() {
  server_typed=${1#https://}
  server_typed=${server_typed%/}
  case $server_typed in
    '' | :*) return 1 ;;
    \[*\]:*) ;;
    \[*\]) server_typed=$server_typed:8443 ;;
    *:*:*) server_typed=[$server_typed]:8443 ;;
    *:*) ;;
    *) server_typed=$server_typed:8443 ;;
  esac
  case ${server_typed##*:} in '' | *[!0-9]* | ??????*) return 1 ;; esac
  is_url "https://$server_typed" && printf '%s' "https://$server_typed"
}

# Redeems the code for a one-time token and writes the settings for the agent; 1 to start again.
pairing_dialogue() {
  while true; do
    ask 'Pairing code (good for a minute; "back" to start again): '
    [ "$REPLY" = back ] && return 1
    jq -cn --arg code "$REPLY" '{code: $code}' | put "$RUN/pair.json" 600
    fetch verified /agent/v1/pair '' "$RUN/pair.json"
    case $STATUS in
      200)
        pairing_token=$(answer .token)
        is_hex "$pairing_token" 32 && break
        line '  the answer of the server cannot be used'
        ;;
      4??) line "  $(refusal_message): $(answer .mend)" ;;
      *) line "  no answer from $URL: $WHY" ;;
    esac
  done
  printf 'url=%s\nca=%s\ntoken=%s\n' "$URL" "$CA_SHA256" "$pairing_token" | put "$RUN/settings" 600
}
