#!/usr/bin/env bash
# Run kate once and hand its results to GitHub. All inputs come from the environment (INPUT_*), and
# are never part of a command line that a shell reads. Ends with 0 after any run of kate; its exit
# code is an output, so that what follows can upload the results first.
set -euo pipefail

out=$(mktemp -d "${RUNNER_TEMP:-/tmp}/kate.XXXXXX")
cd -- "${GITHUB_WORKSPACE:-.}"
cd -- "${INPUT_WORKING_DIRECTORY:-.}"

output() { printf '%s=%s\n' "$1" "$2" >> "${GITHUB_OUTPUT:-/dev/null}"; }
# What went wrong before kate could run.
fail() {
  printf '::error title=kate::%s\n' "$1"
  output exit-code 2
  exit 0
}

command=(kate check)
command+=(--report "sarif=$out/kate.sarif" --report "json=$out/kate.json" --report "markdown=$out/kate.md")
command+=(--fail-on "${INPUT_FAIL_ON:-error}")
if [ "${INPUT_ANNOTATIONS:-true}" = true ]; then
  command+=(--output-format github)
else
  command+=(--output-format concise)
fi
if [ -n "${INPUT_CONFIG:-}" ]; then
  command+=(--config "$INPUT_CONFIG")
fi
while IFS= read -r path; do
  if [ -n "$path" ]; then command+=(--only "$path"); fi
done <<< "${INPUT_ONLY:-}"

base=${INPUT_BASE:-}
if [ -n "$base" ]; then
  case $base in
    -* | *[!A-Za-z0-9._/~^@{}-]*) fail "the input 'base' is not a revision" ;;
  esac
  # A pull request is checked out without its base.
  if ! git rev-parse --quiet --verify "$base^{commit}" >/dev/null 2>&1; then
    git fetch --quiet --no-tags --depth=1 origin "$base" ||
      fail "the base revision could not be fetched; check out with 'fetch-depth: 0'"
    if ! git rev-parse --quiet --verify "$base^{commit}" >/dev/null 2>&1; then
      base=$(git rev-parse FETCH_HEAD)
    fi
  fi
  command+=(--base "$base")
fi

# Split at blanks only: no globs, no substitution.
read -r -d '' -a more <<< "${INPUT_ARGS:-}" || true
command+=("${more[@]+"${more[@]}"}" -- .)

code=0
"${command[@]}" || code=$?

output exit-code "$code"
version=$(kate --version 2>/dev/null || true)
output version "${version#kate }"
if [ -s "$out/kate.sarif" ]; then output sarif-file "$out/kate.sarif"; fi
if [ -s "$out/kate.json" ]; then
  # The counts stand in the summary at the end of the report.
  count() { tr -d ' \n' < "$out/kate.json" | grep -o "\"$1\":[0-9]*" | tail -n 1 | cut -d : -f 2 || true; }
  errors=$(count errors) warnings=$(count warnings) infos=$(count infos)
  output errors "${errors:-0}"
  output warnings "${warnings:-0}"
  output findings "$((${errors:-0} + ${warnings:-0} + ${infos:-0}))"
fi
if [ "${INPUT_SUMMARY:-true}" = true ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -s "$out/kate.md" ]; then
  # GitHub drops a summary over 1 MiB as a whole.
  head -c 1000000 "$out/kate.md" >> "$GITHUB_STEP_SUMMARY"
fi
