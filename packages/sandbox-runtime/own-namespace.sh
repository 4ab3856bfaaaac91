#!/bin/sh
# own-namespace.sh COMMAND ARG...
#
# Runs COMMAND in PID and mount namespaces of its own, so that everything it starts dies with it:
# SIGKILL of this script or of COMMAND leaves no process behind. SIGTERM, SIGINT and SIGHUP are passed
# on to COMMAND, and its exit code is ours. The cgroup v2 mount of a hybrid host is hidden inside,
# because crun refuses such hosts. The process table of the host stays
# in reach at /run/pilotlight/host-proc. Without root or Linux, COMMAND is simply executed, with a note.

host_proc=/run/pilotlight/host-proc

# Runs the arguments as a child; signals that arrive here are sent to what `target` prints.
supervise() {
  exec 3<&0
  "$@" <&3 3<&- &
  child=$!
  trap 'kill -s TERM $(target)' TERM
  trap 'kill -s INT $(target)' INT
  trap 'kill -s HUP $(target)' HUP
  while :; do
    wait "$child"
    code=$?
    kill -0 "$child" 2>/dev/null || exit "$code"
  done
}

if [ "$1" = --inside ]; then
  shift
  # Container engines outside name processes by their ids there.
  mkdir -p "$host_proc" && mount --bind /proc "$host_proc"
  mount -t proc -o nosuid,nodev,noexec proc /proc
  if grep -q ' - cgroup ' /proc/self/mountinfo; then
    sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2 .*/\1/p' /proc/self/mountinfo |
      while read -r mounted; do umount "$mounted"; done
  fi
  target() { echo "$child"; }
  supervise "$@"
fi

if [ "$(uname)" != Linux ] || [ "$(id -u)" != 0 ] ||
  ! unshare --pid --fork --kill-child --mount true 2>/dev/null; then
  echo 'note: no namespaces of our own (needs root on Linux); a killed executor may leave sandboxes for its next start to remove' >&2
  exec "$@"
fi

# The script that was killed takes unshare along, and unshare its child, which is PID 1 inside.
target() { cat "/proc/$child/task/$child/children"; }
supervise setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount sh "$0" --inside "$@"
