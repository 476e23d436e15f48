#!/usr/bin/env pwsh
# ./build.ps1 [build|test|run|bench|container|sbom|locks] [more arguments], e.g. ./build.ps1 test --filter Name~Route
# Each target is one plain command, which can as well be typed by itself. "bench" is for the parts; Edge as a whole, beside HAProxy and nginx, is
# measured by bench/compare.sh (docs/performance.md).
param(
    [ValidateSet('build', 'test', 'run', 'bench', 'container', 'sbom', 'locks')]
    [string] $Target = 'build'
)

Push-Location $PSScriptRoot
try {
    switch ($Target) {
        'build' { dotnet build Edge.sln -c Release @args }
        'test' { dotnet test @args }
        'run' { dotnet run --project src/EdgeHost @args }
        'bench' { dotnet run --project bench/EdgeActors.Benchmarks -c Release @args }
        'container' { docker build -f docker/Dockerfile -t edge @args . }
        'sbom' { dotnet build src/EdgeHost -c Release -t:Sbom @args }
        'locks' { dotnet restore Edge.sln -p:UpdateLocks=true @args }
    }
}
finally {
    Pop-Location
}
exit $LASTEXITCODE
