# Paths in here are relative and quoted: the folder may be called anything.
.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench starter starter-eval clean
.PHONY: bundle deb portable appimage package-test package-twice

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: ## set everything up: system packages, Python packages, llama.cpp (ARGS=--dry-run: only say what)
	@sh packaging/setup/start.sh $(if $(filter setup,$(MAKECMDGOALS)),$(ARGS))

run: setup ## set up what is missing and open the window (ARGS='--profile DIR')
	@.venv/bin/python -m nextword $(ARGS)

test: setup ## set up what is missing and run all tests on all cores, without a screen (ARGS='tests/history -k tree')
	@QT_QPA_PLATFORM=offscreen .venv/bin/python -m pytest -n auto --dist loadfile --max-worker-restart 0 $(ARGS)

lint: setup ## formatting, rules, types, and who may import whom
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m mypy
	@.venv/bin/lint-imports

bench: setup ## measure: one line of JSON for each figure (ARGS='NAME [options]')
	@QT_QPA_PLATFORM=offscreen .venv/bin/python -m tests.bench $(or $(ARGS),all)

starter: setup ## train the starter models anew, from the corpus to the GGUF files (hours)
	@sh packaging/setup/start.sh --starter
	@cd packaging && ../.venv-starter/bin/python -m starter build $(ARGS)

starter-eval: setup ## measure the starter models on held-out text
	@cd packaging && ../.venv/bin/python -m starter eval $(ARGS)

bundle: setup ## freeze the program into one folder, dist/nextword
	@cd packaging && ../.venv/bin/python -m bundle bundle

deb: setup ## make the Debian package, dist/nextword_*.deb (ARGS=--as-is: of the folder that is there)
	@cd packaging && ../.venv/bin/python -m bundle deb $(ARGS)

portable: setup ## make the portable archive, dist/nextword-*.tar.zst (ARGS=--as-is)
	@cd packaging && ../.venv/bin/python -m bundle portable $(ARGS)

appimage: setup ## make the AppImage, where appimagetool is at hand (ARGS=--as-is)
	@cd packaging && APPIMAGETOOL='$(APPIMAGETOOL)' ../.venv/bin/python -m bundle appimage $(ARGS)

package-test: setup ## install the package into clean systems and try it there (root; ARGS=--help lists the parts)
	@cd packaging && ../.venv/bin/python -m package_test $(ARGS)

package-twice: setup ## build the folder twice and say where the two differ
	@cd packaging && ../.venv/bin/python -m bundle compare

clean: ## remove what builds and tests left behind (.venv stays; delete that folder to begin anew)
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find app tests packaging -type d -name __pycache__ -prune -exec rm -rf {} +
