#!/usr/bin/env bash
# Print `key=<hash>`: the identity of what kate is built from, for the cache of the built program.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if command -v sha256sum >/dev/null 2>&1; then hash=(sha256sum); else hash=(shasum -a 256); fi
key=$(find Cargo.toml Cargo.lock src policies schemas -type f -print0 2>/dev/null |
  LC_ALL=C sort -z | xargs -0 "${hash[@]}" | "${hash[@]}" | cut -c 1-40)
echo "key=$key"
