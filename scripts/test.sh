#!/usr/bin/env bash
# Builds everything once and runs all tests. What failed is repeated at the end, where it is read first.
set -euo pipefail
cd "$(dirname "$0")/.."
# kubectl and helm of known versions: what clients of our APIs do must not depend on the machine.
scripts/kubernetes-tools.sh "$PWD/.build/test-tools/kubernetes"
export PATH="$PWD/.build/test-tools/kubernetes:$PATH"
swift build --build-tests
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
# One test at a time: many of them hold servers to deadlines, and two cores are soon busy.
if swift test --skip-build --no-parallel "$@" 2>&1 | tee "$log"; then exit 0; fi
# A crash writes no ✘ of its own: the last test that started is the one to look at.
{
    echo
    echo "== What failed =="
    grep -A 8 '^✘' "$log" | grep -vE '^(◇|✔|--)|Suite .* failed after' | cut -c 1-600 | tail -n 60 ||
        tail -n 20 "$log"
} >&2
exit 1
