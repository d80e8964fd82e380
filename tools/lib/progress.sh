# Sourced by the tools: progress lines on standard error, so that standard output stays free for results.

# say TEXT: one line for a person.
say() { printf '%s\n' "$*" >&2; }

# die TEXT: the reason, then exit 1.
die() {
  say "${0##*/}: $*"
  exit 1
}

# step TEXT LOG COMMAND…: runs the command with its output in LOG, says what it is doing, how long it took and, every
# 30 s, that it still runs. When the command fails, its last lines are shown, the log is kept, and step returns 1.
step() {
  local text=$1 log=$2 began=$SECONDS child next=30
  shift 2
  mkdir -p "$(dirname "$log")"
  say "· $text …"
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  # A background command does not hear Ctrl-C from a script.
  trap 'kill "$child" 2>/dev/null; exit 130' INT TERM
  while kill -0 "$child" 2>/dev/null; do
    sleep 0.2
    if [ $((SECONDS - began)) -ge "$next" ]; then
      say "  still at it after $next s: $(tail -n 1 "$log" | tr -d '\r' | cut -c 1-100)"
      next=$((next + 30))
    fi
  done
  if wait "$child"; then
    trap - INT TERM
    say "  done, $((SECONDS - began)) s"
  else
    trap - INT TERM
    say "✗ $text failed after $((SECONDS - began)) s. The end of $log:"
    grep -E 'error:|warning:' "$log" | sort -u | head -n 30 >&2
    tail -n 30 "$log" >&2
    return 1
  fi
}
