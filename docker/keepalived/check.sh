#!/bin/sh
# keepalived's questions about this node's Edge: check.sh alive|ready URL, that of edge.admin.health-bind.
# Edge keeps its answer back for most of a second, and gives it at once when it is no more ready; if it dies, the connection does. So one
# request a second hears of either within milliseconds. Fails with curl's exit code.
set -u
url=${2:-http://127.0.0.1:8405}
ask() { curl --silent --fail --output /dev/null --noproxy '*' --connect-timeout 1 --max-time 3 "$url/$1?hold=800ms"; }

case ${1:-} in
    ready) ask ready ;;
    alive)
        ask health
        code=$?
        # Nobody listens, or the connection ended without an answer: it is dead. One that is only slow is not, "ready" sees to that.
        case $code in 7 | 52 | 56) exit $code ;; esac
        ;;
    *)
        echo "usage: check.sh alive|ready [http://ADDRESS:PORT]" >&2
        exit 2
        ;;
esac
