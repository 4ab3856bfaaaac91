#!/bin/sh
# The init of every sandbox (PID 1, or a child of the container engine's own init). It says `S` on
# stdout, runs the runner as its child, reaps orphans meanwhile, and reports how the runner ended.
#
#   init.sh fd COMMAND ARG...      reports `exit CODE` or `signal CODE` and a newline on descriptor 3
#   init.sh exec COMMAND ARG...    the same without the `S`, for a command beside the runner
#   init.sh NONCE COMMAND ARG...   reports the same as the last bytes on stderr: NUL, NONCE, space, report
#
# An exit code cannot tell `exit 137` from SIGKILL. The shell can: it names the signal that killed its
# child on its own stderr, which is kept apart here. It is silent about SIGINT and SIGPIPE, so 130 and
# 141 always count as signals. The report is a label for the program's own end and no proof of
# anything: the program runs as the same user. Verdicts are made outside, from the cgroup.
report=$1
shift
if [ "$report" != exec ]; then printf S; fi
case $report in
  fd | exec) exec 4>&3 3>&- ;;
  *) exec 4>&2 ;;
esac
# A signal to the process group of what it runs comes here too, and must not keep its end from being
# reported. What it runs begins without these handlers.
case $report in
  fd | exec) trap : HUP INT QUIT ILL TRAP ABRT BUS FPE USR1 SEGV USR2 PIPE ALRM TERM XCPU XFSZ SYS ;;
esac
notes=/job/.init.$$
exec 5>&2 2>"$notes"
(exec "$@" 2>&5 4>&- 5>&-)
code=$?
kind=exit
if [ -s "$notes" ] || [ "$code" = 130 ] || [ "$code" = 141 ]; then kind=signal; fi
case $report in
  fd) printf '%s %s\n' "$kind" "$code" >&4 ;;
  exec)
    rm -f "$notes"
    printf '%s %s\n' "$kind" "$code" >&4
    ;;
  *) printf '\000%s %s %s\n' "$report" "$kind" "$code" >&4 ;;
esac
exit "$code"
