# shellcheck shell=sh disable=SC2034
# Requests to the server. Nothing but the CA itself is fetched without verifying the server.

CA_FILE=$RUN/server-ca.pem
ANSWER=$RUN/answer
WHY=

# fetch VERIFY PATH [TOKEN [BODY_FILE]]: sets STATUS (000 when there was no answer), RETRY_AFTER and WHY, and
# leaves the body in $ANSWER. The token goes to curl by standard input, never in an argument list. Each request tells
# our time (RFC 9110 section 6.6.1): by a wrong clock the server's certificate is not good, and of that the server would
# see no more than an alert. The first request, for the CA, needs no certificate.
fetch() {
  fetch_verify=$1 fetch_path=$2 fetch_token=${3:-} fetch_body=${4:-}
  set -- --silent --show-error --proto '=https' --tlsv1.2 --noproxy '*' --connect-timeout 10 --max-time 60 \
    --max-filesize 1048576 --output "$ANSWER" --dump-header "$RUN/headers" --stderr "$RUN/curl-error" \
    --header "Date: $(date -u '+%a, %d %b %Y %H:%M:%S GMT')" --write-out '%{http_code} %{local_ip}' --config -
  case $fetch_verify in
    verified) set -- "$@" --cacert "$CA_FILE" --capath /nonexistent ;;
    unverified) set -- "$@" --insecure ;;
  esac
  if [ -n "$fetch_body" ]; then
    set -- "$@" --header 'Content-Type: application/json' --data-binary "@$fetch_body"
  fi
  rm -f "$ANSWER" "$RUN/headers"
  : >"$RUN/curl-error"
  fetch_result=$(
    { [ -z "$fetch_token" ] || printf 'header = "Authorization: Bearer %s"\n' "$fetch_token"; } |
      curl -q "$@" "$URL$fetch_path"
  )
  fetch_code=$?
  STATUS=${fetch_result%% *}
  [ "$fetch_code" -eq 0 ] || STATUS=000
  if [ "$STATUS" != 000 ]; then
    LOCAL_ADDRESS=${fetch_result#* }
    WHY="it answered with status $STATUS"
  else
    WHY=$(curl_fault)
  fi
  read_retry_after
}

# Without the times in it, so that the same fault gives the same words.
curl_fault() {
  sed -n '1 { s/^curl: //; s/ after [0-9]* m[a-z]*//; p; }' "$RUN/curl-error"
}

read_retry_after() {
  RETRY_AFTER=0
  [ -r "$RUN/headers" ] || return 0
  while read -r header_name header_value; do
    case $header_name in
      [Rr]etry-[Aa]fter:)
        header_value=${header_value%?} # the carriage return
        case $header_value in '' | *[!0-9]* | 0?* | ?????*) ;; *) RETRY_AFTER=$header_value ;; esac
        ;;
    esac
  done <"$RUN/headers"
  [ "$RETRY_AFTER" -le 600 ] || RETRY_AFTER=600
}

# answer FILTER: a text of the answer as one printable line, nothing when it is not JSON.
answer() {
  jq -r "($1) // empty | tostring | gsub(\"[^ -~]\"; \" \") | .[0:400]" "$ANSWER" 2>/dev/null
}

# kind_of_answer: ok | pending | refused | later
kind_of_answer() {
  case $STATUS in
    200) echo ok ;;
    202) echo pending ;;
    408 | 425 | 429 | 5?? | 000) echo later ;;
    4??) echo refused ;;
    *) echo later ;;
  esac
}

stop_refused() {
  refuse "$(answer .code || true)" "$(refusal_message)" "$(answer .mend)"
}

refusal_message() {
  refusal_text=$(answer .message)
  printf '%s' "${refusal_text:-the server refused with status $STATUS}"
}

# fetch_ca: 0 trusted | 1 no usable answer (WHY) | 2 another certificate authority than the one expected.
fetch_ca() {
  fetch unverified /agent/v1/ca
  [ "$STATUS" = 200 ] || return 1
  if ! openssl x509 -in "$ANSWER" -out "$RUN/ca.new" 2>/dev/null; then
    WHY='it did not answer with a certificate'
    return 1
  fi
  fetch_digest=$(openssl x509 -in "$RUN/ca.new" -outform DER | sha256sum)
  case ${fetch_digest%% *} in "$CA_SHA256"*) ;; *) return 2 ;; esac
  mv -f "$RUN/ca.new" "$CA_FILE"
}

trust_server() {
  backoff_reset
  while true; do
    fetch_ca
    case $? in
      0) return 0 ;;
      1) say "waiting for the server $URL: $WHY" ;;
      2)
        refuse ca-mismatch "$URL has another certificate authority than the one this boot was given" \
          'check that rackhand.ca (or the fingerprint typed in) is that of this server'
        ;;
    esac
    backoff_wait "$RETRY_AFTER"
  done
}
