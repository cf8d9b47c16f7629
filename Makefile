# Everything from a fresh clone, with Python >= 3.10, Node >= 20, git and make.
# The two commands to know are `make demo` and `make test`.

PY := .venv/bin/python
STATIC := daggr_nb/_canvas/static
BUNDLE := $(STATIC)/index.js
JS_SOURCES := $(shell find js/src js/scripts -type f 2>/dev/null) js/package.json js/tsconfig.json

.PHONY: help demo test quick bench stress torch apps hosts pictures docs lint format protocol bundle install lock clean

help:
	@echo "make demo              open the quickstart in JupyterLab"
	@echo "make demo HEADLESS=1   run it without a browser; leaves build/quickstart.html"
	@echo "make test              all checks and tests, browsers included"
	@echo "make quick             lint and all tests that need no browser and no server"
	@echo "make lint              style, types and layers only"
	@echo "make format            rewrite code in the project's style"
	@echo "make bench             measure; leaves build/benchmarks.json"
	@echo "make bench PEERS=1     measure more libraries beside ours; takes minutes longer"
	@echo "make stress            the tests that run for minutes"
	@echo "make torch              the tests that need torch; installs it below build/"
	@echo "make apps              call apps of older versions of Gradio; installs them below build/"
	@echo "make hosts             play one scenario in every host; keeps the README's table of them"
	@echo "make pictures          five graphs in JupyterLab, light and dark; leaves build/pictures"
	@echo "make docs              build the documentation and check its links; leaves build/docs"
	@echo "make protocol          regenerate the TypeScript types of the wire"
	@echo "make bundle            build the canvas"
	@echo "make lock              add what is new in pyproject.toml to requirements-dev.lock"
	@echo "make lock UPGRADE=1    choose new versions of everything"
	@echo "make clean             remove everything that make has made"

demo: .venv/.ready $(BUNDLE)
	@$(PY) scripts/demo.py $(if $(HEADLESS),--headless)

test: .venv/.ready js/node_modules/.ready
	@$(PY) scripts/check.py

quick: .venv/.ready js/node_modules/.ready
	@$(PY) scripts/check.py --only lint --only js --only unit

lint: .venv/.ready js/node_modules/.ready
	@$(PY) scripts/check.py --only lint

format: .venv/.ready js/node_modules/.ready
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .
	cd js && npm run --silent format

bench: .venv/.ready $(BUNDLE)
	@$(PY) -m tests.benchmarks $(if $(PEERS),--peers)

stress: .venv/.ready $(BUNDLE)
	@$(PY) -m pytest -m stress tests/stress

torch: .venv/.ready $(BUNDLE)
	@sh scripts/torch.sh

apps: .venv/.ready
	@sh scripts/apps.sh

hosts: .venv/.ready $(BUNDLE)
	@$(PY) -m tests.hosts.matrix
	@$(PY) -m pytest -q -m everywhere tests/hosts tests/serve tests/unit

pictures: .venv/.ready $(BUNDLE)
	@$(PY) -m tests.hosts.pictures

docs: .venv/.ready $(BUNDLE)
	@$(PY) scripts/docs.py

protocol: .venv/.ready js/node_modules/.ready
	$(PY) -m daggr_nb._protocol.schema > build/schema.json
	cd js && npm run --silent protocol < ../build/schema.json

bundle: $(BUNDLE)

install: .venv/.ready $(BUNDLE)

lock: .venv/.ready
	@sh scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean:
	rm -rf .venv build dist js/node_modules $(STATIC)/index.js $(STATIC)/index.css $(STATIC)/more.js $(STATIC)/math.js $(STATIC)/model.js
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The lock names every version, so pip has nothing to choose. The build hook is left out
# because the bundle is a target of its own.
.venv/.ready: requirements-dev.lock pyproject.toml scripts/make-venv.sh
	@sh scripts/make-venv.sh
	@mkdir -p build
	@echo "Installing Python packages (a few minutes the first time) ..."
	@$(PY) -m pip install -qq --disable-pip-version-check -r requirements-dev.lock
	@HATCH_BUILD_NO_HOOKS=true $(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

js/node_modules/.ready: js/package-lock.json scripts/check-node.sh
	@sh scripts/check-node.sh
	@echo "Installing npm packages ..."
	@cd js && npm ci --loglevel=error --no-audit --no-fund </dev/null >/dev/null
	@touch $@

$(BUNDLE): $(JS_SOURCES) js/node_modules/.ready
	@echo "Building the canvas ..."
	@cd js && npm run --silent build </dev/null
	@touch $@
