# make app: serve on 127.0.0.1:7860 · make test: all tests · both set up .venv on first use
PYTHON ?= python3
PIP = .venv/bin/pip install --quiet --disable-pip-version-check

app: .venv/app.done
	.venv/bin/python app.py

test: .venv/dev.done
	.venv/bin/python -m pytest

.venv/app.done: requirements.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(PIP) -r requirements.txt
	touch $@

.venv/dev.done: requirements-dev.txt requirements.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(PIP) -r requirements-dev.txt
	touch $@

.PHONY: app test
