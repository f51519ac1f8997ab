# make app: serve on 127.0.0.1:7860 · make check: lint, types, scripts, quick tests · make test: all tests,
# which end with the time they took; WORKERS=4 make test, where there are more cores than two.
# Each sets up what it needs on first use: .venv, and for `make check` tools/node_modules.
PYTHON ?= python3
PIP = .venv/bin/pip install --quiet --disable-pip-version-check -c constraints.txt
NPM = PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix tools --no-audit --no-fund --loglevel=error
WORKERS ?= 2
PYTEST = OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

app: .venv/app.done
	.venv/bin/python app.py

test: .venv/dev.done tools/node_modules/.package-lock.json
	$(PYTEST)

check: .venv/dev.done tools/node_modules/.package-lock.json
	$(MAKE) --no-print-directory --jobs=2 --output-sync lint types scripts quick

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types:
	.venv/bin/pyright

scripts:
	$(NPM) run lint
	$(NPM) run format:check
	$(NPM) run test

quick:
	$(PYTEST) tests/unit -m "not (slow or process)"

format:
	.venv/bin/ruff format .
	$(NPM) run format

.venv/app.done: requirements.txt constraints.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(PIP) -r requirements.txt
	touch $@

.venv/dev.done: requirements-dev.txt requirements.txt constraints.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(PIP) -r requirements-dev.txt
	touch $@

tools/node_modules/.package-lock.json: tools/package.json tools/package-lock.json .venv/dev.done
	$(NPM) ci
	touch $@

.PHONY: app test check lint types scripts quick format
