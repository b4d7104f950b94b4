# Output of the scripts that people run: one line a step with its time, details in a log file.
# To be sourced. Colour and the running clock only on a terminal.

if [[ -t 1 && ${TERM:-dumb} != dumb && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m' live=yes
else
  bold='' dim='' green='' red='' plain='' live=''
fi

step_log=''       # where the running step's output goes
step_pid=''       # its process
step_failed=''    # set when the log must stay
step_patience=''  # "wait": let it end by itself when we are interrupted
farewell='Interrupted.'
exit_commands=()

heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '  %s%s%s\n' "$dim" "$*" "$plain"; }

# Says why and ends the script.
fail() {
  printf '%s%s%s\n' "$red" "$*" "$plain" >&2
  exit 1
}

# at_exit COMMAND: run when the script ends, however it ends; the last one first.
at_exit() { exit_commands=("$*" "${exit_commands[@]}"); }

run_exit_commands() {
  local status=$? command
  trap - EXIT
  trap '' INT TERM HUP
  # One that fails must not keep the others from running.
  for command in "${exit_commands[@]}"; do $command || true; done
  exit "$status"
}

# Ends the running step first: what it does must not go on behind our back.
interrupted() {
  trap '' INT TERM HUP
  if [[ -n $step_pid ]]; then
    [[ $step_patience == wait ]] && printf '\n  finishing what the package manager has begun\n'
    [[ $step_patience == wait ]] || kill -TERM "$step_pid" 2>/dev/null
    while kill -0 "$step_pid" 2>/dev/null; do wait "$step_pid"; done
  fi
  printf '\n%s\n' "$farewell" >&2
  exit "$1"
}

catch_signals() {
  trap run_exit_commands EXIT
  trap 'interrupted 130' INT
  trap 'interrupted 143' TERM
  trap 'interrupted 129' HUP
}

seconds_since() {
  local tenths=$(((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}) / 100000))
  printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

# The newest "[12/240]" that ninja printed.
step_progress() { tail -c 400 "$step_log" | grep -o '\[[0-9]*/[0-9]*\]' | tail -n 1; }

show_step() { printf '\r\e[K  %s %-46s %8s' "$1" "$2" "$3"; }

# open_step_log NAME: a new log for the steps; it goes when the script ends, unless a step failed.
open_step_log() {
  step_log=$(mktemp "${TMPDIR:-/tmp}/gatepost-$1.XXXXXX.log")
  at_exit drop_step_log
}

drop_step_log() { [[ -n $step_failed ]] || rm -f "$step_log"; }

# step LABEL COMMAND...: one line, with the time it took. On failure shows the end of the log and
# where all of it is, and ends the script.
step() {
  local label=$1 started=$EPOCHREALTIME status
  shift
  printf '\n## %s: %s\n' "$label" "$*" >>"$step_log"
  [[ -n $live ]] || printf '  - %-46s ' "$label"
  "$@" >>"$step_log" 2>&1 </dev/null &
  step_pid=$!
  while [[ -n $live ]] && kill -0 "$step_pid" 2>/dev/null; do
    show_step '…' "$label" "$(seconds_since "$started")"
    printf ' %s%s%s' "$dim" "$(step_progress)" "$plain"
    sleep 0.2
  done
  status=0
  wait "$step_pid" || status=$?
  step_pid=''
  finish_step "$label" "$(seconds_since "$started")" "$status"
}

finish_step() {
  local label=$1 took=$2 status=$3
  if [[ $status == 0 ]]; then
    [[ -z $live ]] && printf '%8s\n' "$took"
    [[ -z $live ]] || { show_step "$green✓$plain" "$label" "$took"; printf '\n'; }
    return 0
  fi
  [[ -z $live ]] && printf '%8s  FAILED\n' "$took"
  [[ -z $live ]] || { show_step "$red✗$plain" "$label" "$took"; printf '\n'; }
  step_failed=yes
  printf '\n' >&2
  tail -n 25 "$step_log" | sed 's/^/    /' >&2
  fail "\"$label\" failed (exit status $status). The whole log: $step_log"
}
