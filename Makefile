# `make demo` and `make test` set everything up by themselves; Python 3.11 and pip are enough.
PYTHON ?= python3
TOOLS := .tools
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/bin/uv)
RUN := $(UV) run --all-packages --all-extras
RUN_FOLDER := runs/demo-$(shell date +%Y%m%d-%H%M%S)

OLDEST := .tools/oldest

.PHONY: demo test test-oldest docs lint clean

demo: $(UV)
	$(RUN) archivolt search examples/adult.yaml --run $(RUN_FOLDER)

test: lint
	$(RUN) pytest -n 2 --dist loadfile

# The suite on the oldest TensorFlow that is supported, in an environment of its own.
test-oldest: $(UV)
	$(UV) venv --quiet --clear $(OLDEST)
	$(UV) pip install --quiet --python $(OLDEST) -r requirements-oldest.txt --group dev
	$(OLDEST)/bin/python -m pytest -n 2 --dist loadfile

docs: $(UV)
	$(RUN) properdocs build --strict --config-file mkdocs.yml

lint: $(UV)
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

$(TOOLS)/bin/uv:
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet uv

clean:
	rm -rf .venv $(TOOLS) dist build
