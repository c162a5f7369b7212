#!/usr/bin/env bash
# Builds everything once and runs all tests.
set -euo pipefail
cd "$(dirname "$0")/.."
# kubectl and helm of known versions: what clients of our APIs do must not depend on the machine.
scripts/kubernetes-tools.sh "$PWD/.build/test-tools/kubernetes"
export PATH="$PWD/.build/test-tools/kubernetes:$PATH"
swift build --build-tests
# One test at a time: many of them hold servers to deadlines, and two cores are soon busy.
exec swift test --skip-build --no-parallel "$@"
