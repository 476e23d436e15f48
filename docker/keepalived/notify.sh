#!/bin/sh
# Tells Edge where the floating IP is. keepalived calls it at each change as "notify.sh INSTANCE NAME STATE PRIORITY"; "notify.sh again" tells
# the last one once more, to an Edge that has started anew while keepalived saw no change.
set -u
here=$(dirname "$0")
# shellcheck disable=SC1090,SC1091 # settings of the one who runs it
[ -r "${EDGE_ENV:=$here/edge.env}" ] && . "$EDGE_ENV"
: "${EDGE:=edge}" "${EDGE_NOTIFY_STATE:=/run/edge-floating-ip}"

say() { logger -s -t edge-floating-ip -- "$*" || echo "edge-floating-ip: $*" >&2; }

if [ "${1:-}" != again ]; then
    case ${3:-} in
        MASTER) word=active ;;
        BACKUP) word=standby ;;
        FAULT | STOP | DELETED) word=fault ;;
        *)
            say "no state of VRRP: $*"
            exit 2
            ;;
    esac
    # First of all and whole: whoever comes last has the word, however long the others take to tell theirs.
    echo "$word" >"$EDGE_NOTIFY_STATE.$$" && mv "$EDGE_NOTIFY_STATE.$$" "$EDGE_NOTIFY_STATE" || exit 1
    # keepalived ends, and with it what it has started.
    if [ "$3" = STOP ]; then
        setsid "$0" again &
        exit 0
    fi
fi

# One at a time, each telling what is the newest by then, so that Edge never hears an older state last.
exec 9>"$EDGE_NOTIFY_STATE.lock"
flock -w 10 9 || say "waited in vain for another one"
for pause in 1 1 0; do
    word=$(cat "$EDGE_NOTIFY_STATE") || exit 1
    # shellcheck disable=SC2086 # a command and its arguments
    answer=$(timeout 5 $EDGE ctl floating-ip "$word" 2>&1 >/dev/null 9>&-) && exit 0
    # It is mostly because Edge has died that there is a fault.
    [ "$word" = fault ] && exit 0
    sleep "$pause" 9>&-
done
say "Edge was not told that the floating IP is $word: $answer"
exit 1
