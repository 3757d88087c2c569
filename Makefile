# Everything from a fresh clone, with nothing but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CYLC := $(VENV)-cylc/.ready
DEMO ?= demo
RANKS ?= 2
JOBS ?= 2

# mpirun as it must be in a container: as root, more ranks than cores allowed
export OMPI_ALLOW_RUN_AS_ROOT = 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = 1
export PRTE_MCA_rmaps_default_mapping_policy = :oversubscribe
export OMPI_MCA_mpi_yield_when_idle = 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help install test demo study dist site bench worth fuzz soak season lint docs clean

help:            ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

install: $(READY) ## build the environment in .venv

$(CYLC): setup.cfg # apart: it wants other versions than the documentation does
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet 'cylc-flow>=8.4'
	touch $@

$(READY): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[mpi,plot,docs,dev]'
	touch $@

test: $(READY) $(CYLC)   ## lint and run every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --no-loadscope-reorder --durations=40

demo: $(READY)   ## write the embedded case, run it on two processes, draw it
	$(BIN)/ldas demo $(DEMO)
	mpirun -n $(RANKS) ldas run $(DEMO)/open_loop.nml
	$(BIN)/ldas plot $(DEMO)/open_loop.nml
	@echo "summary: $(DEMO)/output/open_loop/summary.json"
	@echo "picture: $(DEMO)/output/open_loop/soil_moisture.png"

study: $(READY)  ## the study of the embedded region, from radar images to its report (minutes)
	$(BIN)/snakemake --cores $(JOBS)
	@echo "report: study/embedded/output/evaluation/report.html"

dist: $(READY)   ## build wheel and sdist, install the wheel elsewhere, run a case there
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python tests/wheel/try_wheel.py dist/*.whl

site: $(READY)   ## build the documentation site in site/
	$(BIN)/python docs/make_site.py site

bench: $(READY)  ## print the speed of model, evaluation and retrieval
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/evaluation.py
	$(BIN)/python benchmarks/radar.py
	$(BIN)/python benchmarks/full_frame.py bench/frame
	$(BIN)/python benchmarks/real_backscatter.py
	$(BIN)/python benchmarks/operations.py
	$(BIN)/python benchmarks/coupling.py

worth: $(READY)  ## what the analysis is worth: ten twins, then seven real sites (half an hour)
	$(BIN)/python benchmarks/twins.py worth/twins
	$(BIN)/python benchmarks/sites.py worth/sites

fuzz: $(READY)   ## damage namelists and files at random, for hours; FUZZ="--namelists 1000 --files 100"
	$(BIN)/python tests/fuzz/fuzz.py $(FUZZ)

soak: $(READY)   ## kill every command at random instants, for an hour; SOAK="--kills 20"
	$(BIN)/python tests/fuzz/soak.py $(SOAK)

season: $(READY) ## 120 days of operations in disorder, for an hour; SEASON="--days 30 --kills 20"
	$(BIN)/python tests/operations/season.py $(SEASON)

lint: $(READY)   ## format and check the sources
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY)   ## write the reference pages that are made from the code
	$(BIN)/python docs/make_reference.py

clean:           ## remove the environment and what runs left
	rm -rf $(VENV) $(VENV)-cylc $(DEMO) study .snakemake build dist site .pytest_cache
	rm -rf .ruff_cache .hypothesis *.egg-info
