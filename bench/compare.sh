#!/usr/bin/env bash
# Builds Edge and its load program and has them measured beside HAProxy and nginx; see docs/performance.md. Arguments go to edge-load compare.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# As it is shipped: for this platform, compiled beforehand.
dotnet publish "$root/src/EdgeHost" -c Release --use-current-runtime --self-contained false -o "$root/artifacts/edge" --nologo -v quiet
dotnet build "$root/bench/EdgeLoad" -c Release --nologo -v quiet
exec dotnet "$root/bench/EdgeLoad/bin/Release/net10.0/edge-load.dll" compare "$@"
