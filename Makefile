# Needs python3 (3.11 or newer) with venv, and make. Everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
RIVALS := .venv/rivals

.PHONY: setup demo test lint docs bench faults system clean

setup: $(READY)

# Once, and again when pyproject.toml changes. Mode compat puts the checkout on the path; setuptools' own way is an import
# hook that costs every process 12 ms and 2 MB. The warm-up compiles Basilisp's core library, some 20 s, so that nobody
# waits for it later.
$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --config-settings editable_mode=compat --editable '.[dev]'
	$(BIN)/python -m device_server --warm
	@touch $@

demo: $(READY)
	@$(BIN)/python examples/demo.py

test: $(READY) system
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(READY)
	@$(BIN)/python -m docs.operations
	@$(BIN)/python -m docs.pictures
	@$(BIN)/python -m docs.session

bench: $(RIVALS)
	@$(BIN)/python tests/bench/run.py

# What reloading is compared with.
$(RIVALS): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --config-settings editable_mode=compat --editable '.[bench]'
	@touch $@

faults: $(READY)
	@$(BIN)/python tests/faults/run.py

# What the tests need beyond Python: netcat, socat and rlwrap to speak the device protocol by hand, Emacs for elisp/, and
# FriBiDi, which Pillow looks for when it draws text that runs from the right.
PROGRAMS := nc socat rlwrap emacs
PACKAGES := netcat-openbsd socat rlwrap emacs-nox libfribidi0

system:
	@for program in $(PROGRAMS); do command -v $$program >/dev/null || missing="$$missing $$program"; done; \
	/sbin/ldconfig -p | grep -q 'libfribidi\.so\.0' || missing="$$missing libfribidi"; \
	test -z "$$missing" && exit 0; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	if command -v apt-get >/dev/null && $$sudo true 2>/dev/null; then \
	  $$sudo apt-get update -qq && \
	  $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends $(PACKAGES) >/dev/null; \
	else \
	  echo "The tests need:$$missing. Please install them; on Debian: sudo apt-get install $(PACKAGES)" >&2; exit 1; \
	fi

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
