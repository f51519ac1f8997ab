# make app: serve on 127.0.0.1:7860 · make check: lint, types, scripts with their tests, and quick tests · make test: all tests
# Each sets up what it needs on first use: .venv, and for `make check` tools/node_modules.
PYTHON ?= python3
PIP = .venv/bin/pip install --quiet --disable-pip-version-check -c constraints.txt
NPM = PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix tools --no-audit --no-fund --loglevel=error
QUICK = $(patsubst %,tests/test_%.py,captions clip dalle diffusion gan judge layout metrics optimizers pca \
	playground_pictures playground_share playground_texts prior samplers unet upsampler)

app: .venv/app.done
	.venv/bin/python app.py

test: .venv/dev.done
	.venv/bin/python -m pytest

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
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest $(QUICK)

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
