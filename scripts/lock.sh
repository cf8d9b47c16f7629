#!/bin/sh
# Resolve pyproject.toml's `dev` extra for every supported Python and platform into requirements-dev.lock.
set -eu
cd "$(dirname "$0")/.."
tools=build/lock
.venv/bin/python -m venv "$tools"
"$tools/bin/python" -m pip install --quiet uv
{
    echo "# Exact versions of everything that \`make\` installs. Made by \`make lock\`; do not edit."
    "$tools/bin/uv" pip compile --quiet --universal --python-version 3.10 --extra dev \
        --no-header --no-annotate pyproject.toml
} >"$tools/requirements-dev.lock"
mv "$tools/requirements-dev.lock" requirements-dev.lock
