#!/usr/bin/env bash
# Builds everything once and runs all tests.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --build-tests
exec swift test --skip-build "$@"
