#!/usr/bin/env bash
# Format and house rules. Prints what is wrong and where; exit 1 when anything is.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0

folders=(Package.swift Sources Tests)
for extra in Benchmarks Fuzz; do [ -d "$extra" ] && folders+=("$extra"); done
swift format lint --strict --parallel --recursive "${folders[@]}" || failed=1

forbid() { # pattern, advice, paths...
  local pattern=$1 advice=$2 found
  shift 2
  found=$(grep -rnE --include='*.swift' "$pattern" "$@" || true)
  [ -z "$found" ] && return
  printf '%s\n  -> %s\n' "$found" "$advice"
  failed=1
}
forbid 'try!|fatalError\(|preconditionFailure\(|[^a-zA-Z]as! ' 'a trap on data is a vulnerability: throw, or return unknown' Sources
forbid '^import ' 'say public, package or internal' Sources
forbid 'Task\.sleep|usleep\(' 'wait for a condition with a deadline' Tests
forbid '#expect\(true\)|\.disabled\(' 'a test that cannot fail proves nothing' Tests

long=$(find Sources -name '*.swift' -exec wc -l {} + | awk '$2 != "total" && $1 > 400 {print $1, $2}')
if [ -n "$long" ]; then
  printf '%s\n  -> over 400 lines: is there a second subject in it?\n' "$long"
  failed=1
fi
exit "$failed"
