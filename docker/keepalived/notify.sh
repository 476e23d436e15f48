#!/bin/sh
# Reports keepalived's state of this node to Edge. keepalived calls it at each transition: notify.sh INSTANCE NAME STATE PRIORITY.
# With floating-ip.address set, Edge observes by itself whether it has the address; then only "fault" makes a difference.
set -u
here=$(dirname "$0")
# shellcheck disable=SC1090,SC1091 # settings of the one who runs it
[ -r "${EDGE_ENV:=$here/edge.env}" ] && . "$EDGE_ENV"
: "${EDGE:=edge}" "${EDGE_NOTIFY_STATE:=/run/edge-floating-ip}"

say() { logger -s -t edge-floating-ip -- "$*" || echo "edge-floating-ip: $*" >&2; }

case ${3:-} in
    MASTER) word=active ;;
    BACKUP) word=standby ;;
    FAULT | STOP | DELETED) word=fault ;;
    *)
        say "no state of VRRP: $*"
        exit 2
        ;;
esac
# keepalived ends, and with it what it has started: this goes on by itself.
if [ "$3" = STOP ] && [ -z "${EDGE_NOTIFY_ALONE:-}" ]; then
    EDGE_NOTIFY_ALONE=1 setsid "$0" "$@" &
    exit 0
fi

# keepalived starts one for each change and waits for none of them, so on a busy machine they may come here in any order. When each was started the
# kernel knows (proc(5), field 22 of stat, in ticks since boot), and their pids tell those of one tick apart.
read -r stat </proc/$$/stat
boot=$(cat /proc/sys/kernel/random/boot_id)
# shellcheck disable=SC2086 # fields behind the name in parentheses
started=$(set -- ${stat##*) } && echo "${20}")
mine=$((started * 10000000 + $$))

exec 9>"$EDGE_NOTIFY_STATE.lock"
flock -w 60 9 || say "another notify.sh has held $EDGE_NOTIFY_STATE.lock for 60 s; going on without the lock"
last_boot='' last=0
[ -r "$EDGE_NOTIFY_STATE" ] && read -r last_boot last _ <"$EDGE_NOTIFY_STATE"
# A later transition has been reported already.
[ "$last_boot" = "$boot" ] && [ "$last" -gt "$mine" ] && exit 0
echo "$boot $mine" >"$EDGE_NOTIFY_STATE" || exit 1
for pause in 1 1 0; do
    # shellcheck disable=SC2086 # a command and its arguments
    answer=$(timeout 5 $EDGE ctl floating-ip "$word" 2>&1 >/dev/null 9>&-) && exit 0
    # It is mostly because Edge has died that there is a fault.
    [ "$word" = fault ] && exit 0
    sleep "$pause" 9>&-
done
say "Edge was not told that the floating IP is $word: $answer"
exit 1
