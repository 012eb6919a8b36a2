# Sourced by the other scripts, from the root of the checkout: where tools are, and quiet ones.
export PATH="$PWD/.tools/node_modules/.bin:$PWD/.venv/bin:$PATH"
export REFLEX_TELEMETRY_ENABLED=false REFLEX_CHECK_LATEST_VERSION=false
export PYTHONUNBUFFERED=1

# bun reads neither npm's global settings nor its certificate file: hand both on. Written by scripts/setup.
if [ -r .tools/npm-settings ]; then
  . .tools/npm-settings
fi
