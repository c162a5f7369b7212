#!/usr/bin/env bash
# Installs the Debian packages that building, running and testing Swell need and that are not there yet.
set -euo pipefail

# package | why
needed="
libhiredis-dev|Redis protocol (linked)
librdkafka-dev|Kafka protocol (linked)
libcurl4-openssl-dev|HTTP for Prometheus (linked)
libssl-dev|TLS of the three libraries above
redis-server|the demo of \`make run\`, integration tests and benchmarks
prometheus|integration tests; brings promtool, which checks our rules
kcat|fills Kafka topics in tests
openssl|makes test certificates
python3-venv|holds the Kafka-protocol broker of the tests, and brings kubectl and helm for those of deploy/
curl|talks to the API in tests and in the tour
wrk|load for the benchmark
"

missing=()
while IFS='|' read -r package why; do
  [ -n "$package" ] || continue
  if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
    missing+=("$package")
    echo "needed: $package ($why)"
  fi
done <<<"$needed"
[ "${#missing[@]}" -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "apt-get is not here: install the packages above with your system's package manager, then run this again." >&2
  exit 1
fi

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

# Debian starts servers as soon as they are installed. Swell starts its own, on ports of its own: keep the packages' off.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
