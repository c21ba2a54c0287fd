# The verbs. Each works from a clean clone: it first installs what is missing (ci/setup.sh), then builds what it needs.
# Thin on purpose: what a verb does is in the programs it names.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.SUFFIXES:

PROFILES := smoke quick full
PROFILE ?= quick
RUN ?= out/latest
JOBS ?= $(shell nproc)
# SECONDS is a variable of the shell's own, so only the command line's counts.
SECONDS_EACH := $(if $(filter command line,$(origin SECONDS)),$(SECONDS),10)
SOAK ?= 60
CLOCKS ?= inform
PYTHON := build/venv/bin/python

export PATH := $(PATH):/usr/local/go/bin
# Nothing is downloaded behind one's back, and a build is the same whether or not it stands in a git checkout.
export GOTOOLCHAIN := local
export GOFLAGS := -buildvcs=false -trimpath

# Said at once, before anything is installed or built.
ifneq ($(filter bench,$(MAKECMDGOALS)),)
ifneq ($(words $(PROFILE)) $(filter $(PROFILE),$(PROFILES)),1 $(PROFILE))
$(error unknown PROFILE "$(PROFILE)"; known: $(PROFILES))
endif
endif

# The same for what make gate is given.
ifneq ($(filter gate,$(MAKECMDGOALS)),)
ifeq ($(strip $(BASE)),)
$(error make gate needs BASE=COMMIT, the commit to compare with, as BASE=main)
endif
ifneq ($(words $(CLOCKS)) $(filter inform gate,$(CLOCKS)),1 $(CLOCKS))
$(error unknown CLOCKS "$(CLOCKS)"; known: inform gate)
endif
endif

# The same for the seconds of make stress.
ifneq ($(filter stress,$(MAKECMDGOALS)),)
bad_seconds := $(strip $(foreach given,$(SECONDS_EACH) $(SOAK),$(shell [[ '$(given)' =~ ^[0-9]+([.][0-9]+)?$$ ]] || echo '$(given)')))
ifneq ($(bad_seconds),)
$(error SECONDS and SOAK are numbers of seconds, not "$(bad_seconds)")
endif
endif

# $(call step,what it is,command): runs it; where it fails, the last line says which step it was.
step = @($(2)) || { code=$$?; printf '%s: step "%s" failed (exit %s)\n' 'make $@' '$(1)' $$code >&2; exit $$code; }
# $(call preset,name[,configure flags]): configures (the first time, or after a change of the presets) and builds.
preset = $(call step,build $(1),ci/build.sh $(1) $(JOBS) $(2))

##@ bench [PROFILE=smoke|quick|full | RESUME=1]: runs every threading model over every workload; prints the path of its page
# RESUME=1 goes on with the latest run, in the profile it was begun with, where that was stopped.
.PHONY: bench
bench: setup build
	$(call step,run,build/release/bin/threadmark run $(if $(RESUME),--resume,--profile $(PROFILE)))
	@# A rule that a model breaks is a result, and on the page (exit 1); anything else is not.
	$(call step,conformance,JOBS=$(JOBS) ci/conformance.sh out/latest/conformance.json || [[ $$? == 1 ]])
	@$(MAKE) report RUN=out/latest

##@ test: runs every test of the usual build (C++, Go, Python); ends with the counts
.PHONY: test
test: setup build
	@JOBS=$(JOBS) ci/test.sh

##@ stress [SECONDS=10 SOAK=60]: scenarios, random programs, failing calls, so long each; ends with a table of what happened
.PHONY: stress
stress: setup build
	$(call step,stress,$(PYTHON) -m benchmarks.stress --seconds $(SECONDS_EACH) --soak-seconds $(SOAK))

##@ trust: slows mn by 2 to 20 % and counts how often the analysis finds it, and what is not there; some five minutes
# In a folder of its own: out/latest stays the run that is reported on.
.PHONY: trust
trust: setup build
	$(call step,run,build/release/bin/threadmark run --profile trust --out out/trust)
	$(call step,trust,$(PYTHON) -m analysis.trust out/trust/latest)

##@ gate BASE=COMMIT [HEAD=COMMIT | CLOCKS=inform|gate]: whether mn is worse than at BASE; some six minutes
# HEAD is what is built here unless named. Exit code of the program: 1 worse, 2 no verdict.
.PHONY: gate
gate: setup build
	@$(PYTHON) -m ci.gate '$(BASE)' $(if $(HEAD),--head '$(HEAD)') --clocks $(CLOCKS) --jobs $(JOBS)

##@ counts [RUN=out/…]: instructions, allocations, system calls of an operation of mn, into a run (the latest unless named)
.PHONY: counts
counts: setup build
	$(call step,counts,$(PYTHON) -m ci.counts $(RUN) --jobs $(JOBS))
	$(call step,analysis,$(PYTHON) -m analysis $(RUN))

##@ conformance: tries the rules on every model and on Go; counts them, and names those that are broken
.PHONY: conformance
conformance: setup build
	$(call step,conformance,JOBS=$(JOBS) ci/conformance.sh out/conformance.json)

##@ report [RUN=out/…]: analyses a run again (the latest unless named), draws its figures and writes its page
.PHONY: report
report: setup
	$(call step,analysis,$(PYTHON) -m analysis $(RUN))
	$(call step,plots,$(PYTHON) -m plots $(RUN))
	$(call step,reports,$(PYTHON) -m reports $(RUN))
	@realpath $(RUN)/index.html

##@ gallery: draws the README's figures anew, of the run that is recorded in reports/gallery/run
.PHONY: gallery
gallery: setup
	$(call step,gallery,$(PYTHON) -m reports.gallery)

##@ bars [RUN=out/…]: which bars of reports/bars.toml a run meets (the latest unless named); fails where one was not measured
.PHONY: bars
bars: setup
	@$(PYTHON) -m reports.bars $(RUN)

##@ dashboard [STORE=… PROFILE=quick]: makes a static site of the store of past runs; prints the path of its page
# COMMITS_URL=https://…/commit/ makes links of the commits.
.PHONY: dashboard
dashboard: setup
	@$(PYTHON) -m ci.dashboard --profile '$(PROFILE)' $(if $(STORE),--store '$(STORE)') \
	  $(if $(COMMITS_URL),--commits-url '$(COMMITS_URL)')

##@ check: format and lint, without changing a file
.PHONY: check
check: setup_lint build
	@JOBS=$(JOBS) ci/check.sh

##@ race: mn's tests and the rules for it under ThreadSanitizer, the Go tests under Go's race detector
.PHONY: race
race: setup
	$(call preset,tsan,-DTHREADMARK_BENCHMARKS=OFF)
	$(call step,ctest,ctest --preset tsan -j $(JOBS))
	$(call step,go test -race,cd runtimes/go && go test -race ./...)

##@ asan: the C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer
.PHONY: asan
asan: setup
	$(call preset,asan)
	$(call step,ctest,ctest --preset asan -j $(JOBS))

##@ portability: mn's tests with other compilers, optimised at link time, with the portable switch, and for aarch64
.PHONY: portability
portability: setup_portability build
	@JOBS=$(JOBS) ci/portability.sh

##@ build: builds the contenders, the conductor and their tests into build/release/bin
.PHONY: build
build: setup
	$(call preset,release)
	$(call step,go build bench_go,cd runtimes/go && go build -o ../../build/release/bin/bench_go .)
	$(call step,go build differential_go,cd runtimes/go && go build -o ../../build/release/bin/differential_go ./differential)

##@ setup: installs what is missing, says so, and does nothing the second time
.PHONY: setup setup_lint setup_portability
setup:
	@ci/setup.sh
setup_lint:
	@ci/setup.sh lint
setup_portability:
	@ci/setup.sh portability

##@ help: lists these verbs
.PHONY: help
help:
	@sed -n 's/^##@ \([^:]*\): /\1\t/p' Makefile | while IFS=$$'\t' read -r verb does; do \
	  printf '  make %s\n      %s\n' "$$verb" "$$does"; done
