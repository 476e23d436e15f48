#!/usr/bin/env bash
# The image of docker/Dockerfile without an image registry and without a container that runs while it is built: the publish, the C libraries that it
# names, OpenSSL and certificates, from this machine onto an empty image. Needs buildah, and a Linux whose libraries may be shipped.
#   docker/build-rootless.sh [IMAGE] [more arguments for dotnet publish]      e.g. docker/build-rootless.sh edge -p:UsePetabridgeCmd=false
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly image=${1:-localhost/edge}
shift || true
readonly user=1654
work=$(mktemp -d)
container=
clean_up() {
    [ -z "$container" ] || buildah rm "$container" >/dev/null
    rm -rf "$work"
}
trap clean_up EXIT
readonly root=$work/root app=$work/root/app

# The same file as in this machine's root, with the folders above it; a link is followed.
take() {
    [ -e "$root$1" ] || install -D -p "$1" "$root$1"
}

# The libraries that the given programs and libraries load when they start, and what loads them.
libraries_of() {
    ldd "$@" 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' | grep -v ':$' | grep -v "^$work" | sort -u
}

# What OpenSSL's part of the runtime opens by name.
openssl() {
    PATH=$PATH:/usr/sbin:/sbin ldconfig -p | grep -o '/[^ ]*/lib\(ssl\|crypto\)\.so\.3$' | sort -u
}

version=$(dotnet msbuild src/EdgeHost -getProperty:VersionPrefix)
revision=$(git -c safe.directory='*' rev-parse HEAD 2>/dev/null || true)

# Apart from the folders of ordinary builds, which have restored for no platform in particular.
dotnet restore src/EdgeHost --property:ContinuousIntegrationBuild=true --artifacts-path "$work/build" "$@"
dotnet publish src/EdgeHost --property:PublishProfile=Container --property:SourceRevisionId="$revision" --artifacts-path "$work/build" --output "$app" "$@"

mapfile -t ours < <(find "$app" -name "*.so")
mapfile -t needed < <(libraries_of "$app/edge" "${ours[@]}"; openssl; mapfile -t ssl < <(openssl); libraries_of "${ssl[@]}")
[ ${#needed[@]} -gt 0 ] || { echo "ldd names no library of $app/edge" >&2; exit 1; }
for library in "${needed[@]}"; do
    take "$library"
done
[ -e /etc/ssl/certs/ca-certificates.crt ] && take /etc/ssl/certs/ca-certificates.crt || echo "This machine has no CA certificates, so the image has none." >&2
mkdir -p "$root/etc/edge"
install -m 0644 hocon/fiscalismia.conf "$root/etc/edge/edge.conf"
printf 'root:x:0:0:root:/:/nologin\nedge:x:%s:%s:edge:/:/nologin\n' $user $user >"$root/etc/passwd"
printf 'root:x:0:\nedge:x:%s:\n' $user >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
install -d -m 1777 "$root/tmp"
mkdir "$root/run"
chmod -R a+rX "$root"

"$app/edge" check -c "$root/etc/edge/edge.conf"

# The libraries are named, too, by the packages that this machine has them from.
if command -v dpkg-query >/dev/null; then
    mapfile -t packages < <(
        for library in "${needed[@]}"; do
            # On a machine whose /lib is /usr/lib, dpkg may know the file by either name.
            dpkg-query -S "$library" 2>/dev/null || dpkg-query -S "/usr$library" 2>/dev/null || dpkg-query -S "${library#/usr}" 2>/dev/null || true
        done | cut -d: -f1 | sort -u | xargs -r dpkg-query -W -f 'deb:${Package}=${Version}\n' | sort -u)
    dotnet run --file build/Sbom.cs -- "$app/edge.deps.json" "$app/edge.cdx.json" "${NUGET_PACKAGES:-$HOME/.nuget/packages}" "${packages[@]}"
fi

container=$(buildah from --format docker scratch)
buildah copy --quiet --chown 0:0 "$container" "$root" / >/dev/null
# For the sockets: of Edge's user alone, because the owner of this folder decides who answers there. A volume takes owner and mode from it.
install -d -m 0700 "$work/run/edge"
buildah copy --quiet --chown $user:$user "$container" "$work/run" /run >/dev/null
buildah config \
    --user $user:$user --env PATH=/app --env DOTNET_EnableDiagnostics=0 --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt --port 443 \
    --entrypoint '["/app/edge"]' --cmd 'run -c /etc/edge/edge.conf' --stop-signal SIGTERM \
    --healthcheck 'CMD /app/edge healthcheck -c /etc/edge/edge.conf' --healthcheck-interval 10s --healthcheck-timeout 3s \
    --healthcheck-start-period 5s --healthcheck-retries 3 \
    --label org.opencontainers.image.title=Edge \
    --label 'org.opencontainers.image.description=A layer-4 load balancer that routes TLS by server name without decrypting it' \
    --label "org.opencontainers.image.version=$version" --label "org.opencontainers.image.revision=$revision" \
    --label "org.opencontainers.image.source=${SOURCE:-}" --label org.opencontainers.image.licenses=MIT \
    --label 'org.opencontainers.image.vendor=The Edge authors' \
    "$container"
# Docker's format: OCI's has no health check.
buildah commit --quiet --format docker --timestamp "${SOURCE_DATE_EPOCH:-$(git -c safe.directory='*' log -1 --format=%ct 2>/dev/null || date +%s)}" "$container" "$image" >/dev/null
echo "$image: $(buildah inspect --type image --format '{{.FromImageID}}' "$image")"
