# shellcheck shell=sh disable=SC2034
# One line for each check, kept as text with tabs and turned into JSON at the end.

report_begin() { REPORT=; WORST=0; }

well() { report ok "$1" "$2" ''; }
warn() { report warning "$1" "$2" "$3"; [ "$WORST" -gt 1 ] || WORST=1; }
fail() { report failed "$1" "$2" "$3"; WORST=2; }

report() {
  REPORT="$REPORT$2	$1	$(plain "$3")	$(plain "$4")
"
}

# plain TEXT: one line of printable ASCII.
plain() { printf '%s' "$1" | tr '\n\t' '  ' | tr -cd ' -~' | cut -c1-400; }

report_end() {
  case $1 in
    json) report_json ;;
    *) report_text ;;
  esac
  exit "$WORST"
}

report_json() {
  printf '%s' "$REPORT" | jq -Rn \
    --arg image "$(of_image .image)" --arg host "$(cat "$ROOT/proc/sys/kernel/hostname")" \
    --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --argjson worst "$WORST" '
    { schema: 1, state: ["ok", "warning", "failed"][$worst], image: $image, host: $host, at: $at,
      checks: [ inputs | split("\t") | { name: .[0], state: .[1], message: .[2] }
        + (if .[3] == "" then {} else { mend: .[3] } end) ] }'
}

report_text() {
  printf '%s' "$REPORT" | while IFS='	' read -r text_name text_state text_message text_mend; do
    case $text_state in ok) text_mark=' ok ' ;; warning) text_mark=warn ;; *) text_mark=FAIL ;; esac
    printf '[%s] %-8s %s\n' "$text_mark" "$text_name" "$text_message"
    [ -z "$text_mend" ] || printf '                -> %s\n' "$text_mend"
  done
}

# of_image FILTER: what the build wrote about this image; empty when it did not.
of_image() { jq -r "$1 // empty" "$IMAGE" 2>/dev/null; }

# first_line FILE: empty when it cannot be read.
first_line() {
  line_read=
  { IFS= read -r line_read <"$1"; } 2>/dev/null
  printf '%s' "$line_read"
}
