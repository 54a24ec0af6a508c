# Everything a person runs. `make help` lists it.
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
RUN := PYTHONPATH=plugins $(VENV)/bin/python
# Three on two cores: while some wait for an Airflow, the others compute. Which runs what: tests/sharing.py.
TESTS := $(RUN) -m pytest -n $(or $(WORKERS),3)
SOURCES := plugins dags tests bench
# Without compiled modules every start of Airflow costs several times as much.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONHOME
# The shell's own MAIL names a mailbox; `make report MAIL=again` is no such thing.
ifeq ($(origin MAIL),environment)
unexport MAIL
endif

.PHONY: help demo celery-demo test test-long test-ci test-all crash-test up down psql airflow load mapping plan check previews test-send stop resume coupons
.PHONY: replies erase evaluate-file report housekeeping backup restore migrate superset-bundle bench lint lock docs venv venv-dev clean

help:  ## This list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | awk -F '\t' '{ printf "  make %-15s %s\n", $$1, $$2 }'
	@echo; echo '  CRM_HOME=<folder> moves all run-time files (default .crm); CRM_POSTGRES_PORT, CRM_AIRFLOW_PORT, CRM_REDIS_PORT set the ports.'

demo:  ## The sample shop from daily orders to campaign results, in one command
	@started=$$(date +%s) && $(MAKE) --no-print-directory venv && \
		CRM_STARTED=$$started $(RUN) -m crm.local.units 'make demo' -- $(VENV)/bin/python -m crm.local demo

celery-demo:  ## A short demo on Celery: Redis and two workers on this machine; which worker ran what
	@started=$$(date +%s) && $(MAKE) --no-print-directory venv && CRM_HOME=$${CRM_HOME:-.crm-celery} CRM_STARTED=$$started $(RUN) -m crm.local celery-demo

test: venv-dev  ## The tests that take seconds, on a PostgreSQL of their own
	$(TESTS) -m "not long and not proof"

test-long: venv-dev  ## Those that take minutes: Airflow, Celery, a browser, the demo in short, a short run of each proof
	$(TESTS) -m "long and not proof"

test-ci: venv-dev  ## Both at once, as .ci/run does: what waits lets the others compute
	$(TESTS) -m "not proof"

test-all: venv-dev  ## All tests: also the year of the demo, 20,000 draws, 200 crashes; an hour or more
	CRM_EXAMPLES=all $(TESTS) -m ""

crash-test: venv-dev  ## 200 sendings that are killed, cut off from the database or refused at random: nobody twice, nobody lost
	@PYTHONPATH=plugins:tests:tests/messages $(VENV)/bin/python -m crash_test --runs $(or $(RUNS),200)

up: venv  ## Start PostgreSQL and Airflow, print the sign-in
	@$(RUN) -m crm.local up

down:  ## Stop everything of this home
	@if [ -x $(VENV)/bin/python ]; then $(RUN) -m crm.local down; else echo 'nothing runs: there is no $(VENV)'; fi

psql: venv  ## Open the warehouse in psql
	@$(RUN) -m crm.local psql --options="$$OPTIONS"

airflow: venv  ## Airflow's own command over this home: CMD="dags list", after make up
	@$(RUN) -m crm.local airflow --arguments="$$CMD"

load: venv  ## Your own orders: SOURCE=<mapping> FROM=<date> TO=<date> [FILES=<folder or file>] [KNOWN_ON=<date>] [ALLOW_EMPTY=yes]
	@$(RUN) -m crm.local load --source="$$SOURCE" --from="$$FROM" --to="$$TO" --files="$$FILES" \
		--known-on="$$KNOWN_ON" --allow-empty="$$ALLOW_EMPTY"

mapping: venv  ## A mapping is proposed for files of an unknown shop: FILES=<file or folder> [SHOP=<name>]
	@$(RUN) -m crm.local mapping --files="$$FILES" --shop="$$SHOP"

plan: venv  ## Whom would a date have written to? DATE=<business date> [CAMPAIGN=<name>]
	@$(RUN) -m crm.local plan --date="$$DATE" --campaign="$$CAMPAIGN"

check: venv  ## Settings, campaigns, mappings, templates and order files, without a database [SOURCE=<mapping>] [FILES=<folder or file>]
	@$(RUN) -m crm.local check --source="$$SOURCE" --files="$$FILES"

previews: venv  ## Every e-mail that the campaigns may write, as pages to open in a browser
	@$(RUN) -m crm.local previews

test-send: venv  ## One message to somebody of the staff: CAMPAIGN=<name> TO=<name> [CUSTOMER=<shop>:<id>] [LOCALE=…]
	@$(RUN) -m crm.local test-send --campaign="$$CAMPAIGN" --to="$$TO" --customer="$$CUSTOMER" --date="$$DATE" \
		--channel="$$CHANNEL" --locale="$$LOCALE" --variant="$$VARIANT" --wave="$$WAVE"

report: venv  ## What the campaigns earned, as pages to open in a browser: [DATE=<business date>] [MAIL=again]
	@$(RUN) -m crm.local report --date="$$DATE" --mail="$$MAIL"

housekeeping: venv  ## What is older than its period: counted, and with YES=1 removed: [DATE=<business date>]
	@$(RUN) -m crm.local housekeeping --date="$$DATE" --yes="$$YES"

stop: venv  ## Stop the sending of a campaign, within one batch: CAMPAIGN=<name> DATE=<business date>
	@$(RUN) -m crm.local stop --campaign="$$CAMPAIGN" --date="$$DATE"

resume: venv  ## Go on with it: CAMPAIGN=<name> DATE=<business date>
	@$(RUN) -m crm.local resume --campaign="$$CAMPAIGN" --date="$$DATE"

coupons: venv  ## The codes of a planned date for the shop platform: CAMPAIGN=<name> DATE=<business date> [FORMAT=shopify]
	@$(RUN) -m crm.local coupons --campaign="$$CAMPAIGN" --date="$$DATE" --format="$$FORMAT"

replies: venv  ## Replies to SMS (TD, STOP, …) become opt-outs: FILE=<csv or xlsx: mobile, text, time>
	@$(RUN) -m crm.local replies --file="$$FILE"

erase: venv  ## Erase a customer's personal data by request: CUSTOMER=<key, as the page Customer shows it>
	@$(RUN) -m crm.local erase --customer="$$CUSTOMER"

evaluate-file: venv  ## A past campaign or a published experiment: MAPPING=<name or YAML> FILE=<csv, parquet or xlsx>
	@$(RUN) -m crm.local evaluate-file --mapping="$$MAPPING" --file="$$FILE"

backup: venv  ## The warehouse and the key of its links, into a folder: [TO=<new folder>]
	@$(RUN) -m crm.local backup --to="$$TO"

restore: venv  ## A backup into a home that holds nothing yet: FROM=<folder of a backup>
	@$(RUN) -m crm.local restore --from="$$FROM"

migrate: venv  ## Bring the warehouse's schema up to date
	@$(RUN) -m crm.local migrate

superset-bundle: venv  ## The dashboards for Superset, as a file that it imports (docs/bi.md)
	@mkdir -p "$${CRM_HOME:-.crm}" && $(VENV)/bin/python -c 'import shutil, sys; print("written:", shutil.make_archive(sys.argv[1], "zip", "include/superset", "bundle"))' "$${CRM_HOME:-.crm}/superset"

bench: venv-dev  ## The measurements, kept in docs/benchmarks.md
	@$(RUN) -m bench $(PARTS)

lint: venv-dev  ## Style, types and SQL
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/ruff format --check $(SOURCES)
	$(VENV)/bin/mypy
	$(VENV)/bin/sqlfluff lint --processes 0 include/sql

docs: venv  ## The generated pages: data dictionary, DAG catalogue; the queries of Superset's charts
	@$(RUN) -m crm.local.dictionary
	@$(RUN) -m crm.local.catalogue
	@$(RUN) -m crm.local.superset_queries

lock: venv-dev  ## Compile the three locks from their requirements*.in; each holds the one before it, to the version
	for lock in requirements requirements-demo requirements-dev; do $(VENV)/bin/uv pip compile --universal \
		--python-version 3.11 --no-header --no-annotate --quiet $$lock.in -o $$lock.txt || exit 1; done

venv: LOCKS = requirements-demo.txt requirements-dev.txt
venv-dev: LOCKS = requirements-dev.txt
venv venv-dev:  # The virtual environment, with the first of LOCKS; does nothing where any of them is installed already
	@if [ -z "$(PYTHON)" ]; then \
		echo 'Python 3.11 or newer is needed: install it, or name it: make PYTHON=/path/to/python3.11 …' >&2; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("%s is Python %d.%d; 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …" % (sys.executable, *sys.version_info[:2]))'
	@for lock in $(LOCKS); do cmp -s $$lock $(VENV)/requirements.installed && exit; done; $(PYTHON) .ci/environment.py $(VENV) $(LOCKS)

clean:  ## Stop everything and delete the run-time files of this home, ledger and opt-outs too: asks first, or YES=1
	@if [ -x $(VENV)/bin/python ]; then $(RUN) -m crm.local clean --yes="$$YES"; fi
