# shellcheck shell=sh disable=SC2034
# Lines, questions and single keys on the terminal that is standard input and output.

line() { printf '%s\r\n' "$1"; }

clear_screen() { printf '\033[H\033[2J'; }

# ask PROMPT: one line of printable ASCII in REPLY, blanks around it removed. Ends the program when the terminal
# is gone: systemd starts it again.
ask() {
  printf '%s' "$1"
  IFS= read -r REPLY || exit 1
  REPLY=$(printf '%s' "$REPLY" | tr -cd ' -~' | sed 's/^ *//; s/ *$//')
}

# key_within TENTHS: true when a key was pressed in that time; the key is in KEY. Without a terminal it waits.
key_within() {
  KEY=
  key_saved=$(stty -g 2>/dev/null) || {
    sleep "$(($1 / 10)).$(($1 % 10))"
    return 1
  }
  stty -icanon -echo min 0 time "$1"
  KEY=$(dd bs=1 count=1 2>/dev/null | od -An -tx1 | tr -d ' \n')
  stty "$key_saved"
  [ -n "$KEY" ]
}
