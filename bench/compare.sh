#!/usr/bin/env bash
# Builds Edge and its load program and has them measured beside HAProxy and nginx; see docs/performance.md. Arguments go to edge-load compare.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dotnet build "$root/src/EdgeHost" -c Release --nologo -v quiet
dotnet build "$root/bench/EdgeLoad" -c Release --nologo -v quiet
exec dotnet "$root/bench/EdgeLoad/bin/Release/net10.0/edge-load.dll" compare "$@"
