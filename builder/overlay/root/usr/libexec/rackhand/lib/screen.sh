# shellcheck shell=sh disable=SC2154 # each_tty comes from screen
# The screen: UPPER rows and a line under them, the rest scrolls; made for 80x24, which a serial terminal is taken
# for. VT100 sequences (ECMA-48), which the kernel's own terminal and every serial one know; nothing but ASCII.

UPPER=15
ESC=$(printf '\033')
BOLD="${ESC}[1m" REVERSE="${ESC}[7m" RED="${ESC}[1;31m" YELLOW="${ESC}[1;33m" GREEN="${ESC}[1;32m" PLAIN="${ESC}[0m"

# compose: the upper rows but the first, one to a line.
compose() {
  printf '\n'
  field 'Host name' "$(host_name)"
  fields 'Addresses' "$(address_lines)"
  field 'Image' "$(image_line)"
  field 'System' "$(system_line)"
  printf '\n'
  field 'Registration' "$(coloured "$(registration_line)")"
  field 'Health' "$(coloured "$(health_line)")"
  field 'Guests' "$(guests_line)"
  printf '\n'
  fields 'SSH host keys' "$(fingerprint_lines)"
}

# draw ROWS: all in one write, so that no message of the kernel comes between. The cursor, which is where messages
# go, is put back where it was.
draw() {
  terminal_size
  draw_row=1
  draw_text="${ESC}7${ESC}[1;1H${REVERSE}$(padded '  Rackhand hypervisor' $((columns / 2)))"
  draw_text="$draw_text$(right "$(host_name)  " $((columns - columns / 2)))${PLAIN}"
  while [ "$draw_row" -lt "$UPPER" ]; do
    draw_row=$((draw_row + 1))
    IFS= read -r draw_line || draw_line=
    draw_text="$draw_text${ESC}[$draw_row;1H$draw_line${ESC}[K"
  done <<END
$1
END
  draw_text="$draw_text${ESC}[$((UPPER + 1));1H${BOLD}$(padded '-- Messages ' "$columns" -)${PLAIN}"
  printf '%s' "$draw_text${ESC}8"
}

# The scrolling region is set once, and the cursor left in it (DECSTBM); no echo of keys, no cursor.
prepare_terminal() {
  terminal_size
  stty -F "$ROOT/dev/$each_tty" -echo -icanon 2>/dev/null || :
  printf '%s' "${PLAIN}${ESC}[2J${ESC}[?25l${ESC}[$((UPPER + 2));${rows}r${ESC}[$((UPPER + 2));1H"
}

# terminal_size: rows and columns of $each_tty. It changes when a graphics driver takes the console over.
terminal_size() {
  rows=24 columns=80
  size_told=$(stty -F "$ROOT/dev/$each_tty" size 2>/dev/null) || return 0
  [ "${size_told% *}" -lt 24 ] || rows=${size_told% *}
  [ "${size_told#* }" -lt 80 ] || columns=${size_told#* }
}

release_terminal() {
  printf '%s' "${ESC}[r${ESC}[?25h${ESC}[2J${ESC}[H"
  stty -F "$ROOT/dev/$each_tty" sane 2>/dev/null || :
}

field() { printf '  %s%s\n' "$BOLD$(padded "$1" 16)$PLAIN" "$2"; }

# fields NAME LINES: the name stands beside the first line.
fields() {
  fields_name=$1
  while IFS= read -r fields_line; do
    field "$fields_name" "$fields_line"
    fields_name=
  done <<END
$2
END
}

# coloured TEXT: "!" in front is red, "?" yellow, "+" green.
coloured() {
  case $1 in
    '!'*) printf '%s' "$RED${1#?}$PLAIN" ;;
    '?'*) printf '%s' "$YELLOW${1#?}$PLAIN" ;;
    '+'*) printf '%s' "$GREEN${1#?}$PLAIN" ;;
    *) printf '%s' "$1" ;;
  esac
}

# padded TEXT WIDTH [FILL]: on the right, cut when it is longer.
padded() {
  padded_text=$1
  while [ "${#padded_text}" -lt "$2" ]; do padded_text="$padded_text${3:- }"; done
  printf '%.*s' "$2" "$padded_text"
}

right() { printf '%*.*s' "$2" "$2" "$1"; }
