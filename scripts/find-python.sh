#!/bin/sh
# Print the Python to use: $PYTHON, else the first sufficient one on PATH. Say what to install if there is none.
set -eu

sufficient() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1
}

for python in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.10}; do
    if sufficient "$python"; then
        "$python" -c 'import sys; print(sys.executable)'
        exit 0
    fi
done

seen=$("${PYTHON:-python3}" --version 2>/dev/null || true)
cat >&2 <<END
daggr_nb needs Python 3.10 or newer. Found: ${seen:-none}.
  Debian, Ubuntu:  sudo apt-get install python3 python3-venv
  macOS:           brew install python@3.13
  elsewhere:       https://www.python.org/downloads/
Another one can be named: make PYTHON=/path/to/python3 ...
END
exit 1
