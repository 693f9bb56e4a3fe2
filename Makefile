# One word per task. A fresh machine needs python3 (3.11 or newer) and make, nothing else;
# `make judges` also needs node and npm.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JUDGES := .venv-judges
BOT    := .venv-bot
REPORT := build/reports
PIP    := -m pip --quiet --disable-pip-version-check install

# pinned: the judges are measuring instruments, they change only on purpose
CCXT           := ccxt==4.5.90
PYTHON_BINANCE := python-binance==1.0.37
BINANCE_SDK    := binance-sdk-spot==13.3.0
LIBRARIES      := requests==2.34.2 httpx==0.28.1 websocket-client==1.9.2 websockets==17.4
FREQTRADE      := freqtrade==2026.9
NEWMAN_VERSION := newman@6.2.2
NEWMAN         := .judges/.$(NEWMAN_VERSION)
NODE_SDK       := @binance/spot@32.0.4
NODE_LIBRARIES := axios@1.21.1 ws@8.23.0
NODE_READY     := .judges/.$(subst /,-,$(NODE_SDK))-axios-ws

# other people's settings must not lead a test to another host
export NO_PROXY := 127.0.0.1,localhost

.PHONY: help demo test check format judges planted coverage bench bot fuzz-engine kills clean

help:             ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

demo: $(VENV)/.base        ## start a box, play the tour and run a bot on it, then show it live
	@$(BIN)/tradewind demo $(ARGS)

test: $(VENV)/.dev         ## every test that needs nobody else's software
	@mkdir -p $(REPORT)
	$(BIN)/python -m pytest -n 2 --junitxml=$(REPORT)/test.xml $(ARGS)
	@$(BIN)/python -m tests.house.skips $(REPORT)/test.xml

check: $(VENV)/.dev        ## style, types, shape
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/python -m pytest tests/house -m "not slow and not judge"

format: $(VENV)/.dev       ## let ruff set the layout
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

judges: $(JUDGES)/.ready $(NEWMAN) $(NODE_READY)   ## the same truth, asked by software we did not write
	@mkdir -p $(REPORT)
	$(JUDGES)/bin/python -m pytest tests/judges tests/planted tests/house tests/testing -m judge --junitxml=$(REPORT)/judges.xml $(ARGS)
	@$(JUDGES)/bin/python -m tests.house.skips $(REPORT)/judges.xml

peers: $(JUDGES)/.ready    ## long: the same faults on ccxt, python-binance and our client; ARGS=--write: docs/peers.md
	$(JUDGES)/bin/python -m tests.peers $(ARGS)

incidents: $(JUDGES)/.ready   ## long: the incidents that people reported, on three libraries and ours; docs/incidents.md
	$(JUDGES)/bin/python -m tests.judges.incidents.matrix $(ARGS)

planted: $(JUDGES)/.ready $(NEWMAN) $(NODE_READY)   ## long: mistakes on the wire, one by one, and who sees them
	$(JUDGES)/bin/python -m tests.planted --by-rule 300 --seed 7 --write docs/planted-mistakes.md $(ARGS)

coverage: judges           ## COVERAGE.md from the judges' last run
	$(JUDGES)/bin/python -m tests.judges.coverage $(REPORT)/judged.json COVERAGE.md

bench: $(VENV)/.bench      ## what is fast, measured beside peers in one run
	$(BIN)/python -m bench $(ARGS)

fuzz-engine: $(VENV)/.dev  ## long: a million random commands, engine against the obvious one
	$(BIN)/python -m tests.engine.fuzz --commands 1000000 --seed 7 $(ARGS)

kills: $(VENV)/.dev        ## long: kill the box and the client again and again, and compare what was said
	$(BIN)/python -m tests.exchange.kills $(ARGS)
	$(BIN)/python -m tests.client.kills --kills 100

fuzz: $(VENV)/.dev         ## long: 200,000 requests of all kinds against a box; which codes were met
	$(BIN)/python -m tests.fuzz --inputs 200000 --seed 7 $(ARGS)

hostile: $(VENV)/.dev      ## long: bad clients, and what an honest one notices of them
	$(BIN)/python -m tests.hostile $(ARGS)

books: $(VENV)/.dev        ## long: two million book updates with faults against the true book
	$(BIN)/python -m tests.protocol.books_soak --updates 2000000 --seed 7 $(ARGS)

simulate: $(VENV)/.dev     ## long: client and box from recorded seeds, under every fault
	$(BIN)/python -m tests.simulation $(ARGS)

soak: $(VENV)/.dev         ## long: memory over a day of venue time with 500 subscribers
	$(BIN)/python -m bench.soak $(ARGS)

long: fuzz-engine kills fuzz hostile books   ## the long runs that prove most; planted, simulate, soak, bot apart

bot: $(BOT)/.ready         ## long: freqtrade trades ten minutes, its profit computed three ways
	$(BOT)/bin/python -m tests.testing.bot_run $(ARGS)

clean:            ## everything that can be made again
	rm -rf $(VENV) $(JUDGES) $(BOT) .judges build dist .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -prune -exec rm -rf {} + ; rm -rf src/*.egg-info

# --- what the words above stand on -------------------------------------------------------------

define need_python
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
  echo "tradewind needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12" >&2; exit 1; }
$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
  echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
endef

$(VENV)/bin/python:
	@$(need_python)
	@$(PYTHON) -m venv $(VENV)

$(JUDGES)/bin/python:
	@$(need_python)
	@$(PYTHON) -m venv $(JUDGES)

$(VENV)/.base: $(VENV)/bin/python pyproject.toml
	@echo "installing tradewind into $(VENV) ..."
	@$(BIN)/python $(PIP) -e ".[fast]"
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml
	@echo "installing tradewind and its tools into $(VENV) ..."
	@$(BIN)/python $(PIP) -e ".[fast,dev]"
	@touch $@ $(VENV)/.base

$(VENV)/.bench: $(VENV)/bin/python pyproject.toml
	@echo "installing tradewind and the peers it is measured beside into $(VENV) ..."
	@$(BIN)/python $(PIP) -e ".[fast,dev,bench]"
	@touch $@ $(VENV)/.base $(VENV)/.dev

$(JUDGES)/.ready: $(JUDGES)/bin/python pyproject.toml Makefile
	@echo "installing the judges into $(JUDGES) ..."
	@$(JUDGES)/bin/python $(PIP) -e ".[fast]" pytest $(CCXT) $(PYTHON_BINANCE) $(BINANCE_SDK) \
	  $(LIBRARIES)
	@touch $@

$(BOT)/bin/python:
	@$(need_python)
	@$(PYTHON) -m venv $(BOT)

$(BOT)/.ready: $(BOT)/bin/python pyproject.toml Makefile
	@echo "installing freqtrade into $(BOT) ..."
	@$(BOT)/bin/python $(PIP) -e ".[fast]" $(FREQTRADE)
	@touch $@

$(NEWMAN):
	@command -v npm >/dev/null || { \
	  echo "the Postman judge needs node and npm. On Debian and Ubuntu: apt install nodejs npm" >&2; exit 1; }
	@npm install --silent --no-audit --no-fund --no-package-lock --prefix .judges $(NEWMAN_VERSION)
	@touch $@

$(NODE_READY): $(NEWMAN)
	@npm install --silent --no-audit --no-fund --no-package-lock --prefix .judges $(NEWMAN_VERSION) $(NODE_SDK) \
	  $(NODE_LIBRARIES)
	@touch $@
