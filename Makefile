# Stowage's commands. `make help` lists them; `make run` and `make test` are the whole set-up.
PYTHON ?= python3
DEV := .venv/dev/bin
PREPARE = @$(PYTHON) -m local.prepare
SOURCES := api tasks listeners workflows stowage operate local benchmarks tests

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## the whole product on this machine, until Ctrl-C (PORT, CLOUD_PORT, STATE_DIR, FRESH=1)
	@began=$$(date +%s); $(PYTHON) -m local.prepare dev cloud sam node web && \
		exec $(DEV)/python -m local.run --began $$began

.PHONY: demo
demo: ## play the main job and a handover, with timings, against a running `make run`
	$(PREPARE) dev sftp
	@$(DEV)/python -m local.demo

.PHONY: token
token: ## an access token for curl, from a running `make run`: PERSON=anna@example.com
	@$(DEV)/python -m local.token "$(PERSON)"

.PHONY: test
test: ## every test: checks, unit, integration, contract, end to end
	$(PREPARE)
	@$(MAKE) --no-print-directory check-only
	$(DEV)/pytest

.PHONY: test-quick
test-quick: ## unit and integration tests alone (no local cloud)
	$(PREPARE) dev node web
	$(DEV)/pytest tests/unit tests/integration

.PHONY: simulate
simulate: ## what may go wrong with lock and mirror, played at large (SEEDS=10000; SEED=17 or NAME="…" plays one again)
	$(PREPARE) dev
	@$(DEV)/python -m tests.simulation $(if $(SEEDS),--seeds $(SEEDS)) $(if $(EVERYWHERE),--everywhere) $(if $(NAME)$(SEED),--play "$(or $(NAME),SEED=$(SEED))")

.PHONY: chaos
chaos: ## stop executions and kill functions during 50 changes on a local cloud, and count what is left (SEEDS="1 2", CHANGES=50)
	$(PREPARE) dev cloud sam
	@$(DEV)/python -m tests.e2e.chaos $(if $(SEEDS),--seeds $(SEEDS)) $(if $(CHANGES),--changes $(CHANGES))

.PHONY: check
check: ## what a reviewer's machine checks first: lint, types, import rules, drift, templates, unit tests
	$(PREPARE) dev sam checkov node web
	@$(MAKE) --no-print-directory check-only
	$(call judge,$(DEV)/pytest -q -n 2 tests/unit,each failure says what no longer holds: the line marked E and the promise under it)

.PHONY: check-only
check-only:
	$(call judge,$(DEV)/ruff check $(SOURCES),make format mends most of it; each of the others is told above with its rule)
	$(call judge,$(DEV)/ruff format --check $(SOURCES),run make format)
	$(call judge,$(DEV)/mypy $(SOURCES),mend the types told above)
	$(call judge,$(DEV)/lint-imports,an import crosses a border: see who may import whom in CONTRIBUTING.md)
	$(call judge,$(DEV)/python -m workflows --check,change workflows/ and not what is made of it; then run make render)
	$(call judge,$(DEV)/python -m workflows --lint,mend the machine in workflows/; then run make render)
	$(call judge,$(DEV)/python -m api.openapi --check,run make openapi)
	$(call judge,npm --prefix web run --silent check:api,run make openapi)
	$(call judge,npm --prefix web run --silent check:machine,run make render)
	$(call judge,npm --prefix web run --silent types,mend the types told above)
	$(call judge,npm --prefix web run --silent test,mend what no longer holds)
	$(call judge,$(DEV)/python -m operate.console_build,mend the build)
	$(call judge,npm --prefix web run --silent check:sizes,load less on the first page: a lazy route or a smaller import)
	$(call judge,$(DEV)/python -m local.scan,mend the template; what may stay is listed with its reason in docs/security-exceptions.yaml)

# A check, and what to do when it fails.
judge = @echo "$(1)"; $(1) || { echo "make check: $(2)." >&2; exit 1; }

.PHONY: render
render: ## render the state machines and their pictures from workflows/
	$(PREPARE) dev node
	$(DEV)/python -m workflows
	$(DEV)/python -m workflows --draw
	npm --prefix web run --silent generate:machine

.PHONY: openapi
openapi: ## write docs/openapi.json from the routes and the kinds, and the console's types from it
	$(PREPARE) dev web
	$(DEV)/python -m api.openapi
	npm --prefix web run --silent generate:api

.PHONY: onboard
onboard: ## onboard a project: PROJECT=atlas ACCOUNT=123456789012 [NAME="Atlas" REGION=… SFTP=1 (a server, costs by the hour; 0: none) ARGS=…]
	$(PREPARE) dev
	@$(DEV)/python -m operate.onboard --project "$(PROJECT)" --account "$(ACCOUNT)" $(if $(NAME),--name "$(NAME)") $(if $(REGION),--region "$(REGION)") $(if $(SFTP),--sftp "$(SFTP)") $(ARGS)

.PHONY: upgrade-baselines
upgrade-baselines: ## bring the projects' baseline stacks to this version [PROJECT=atlas ARGS=…]
	$(PREPARE) dev
	@$(DEV)/python -m operate.baseline upgrade $(if $(PROJECT),--project "$(PROJECT)",--all) $(ARGS)

.PHONY: reconcile
reconcile: ## compare the projects' stacks with the mirror now, and show what was found [PROJECT=atlas ARGS=…]
	$(PREPARE) dev
	@$(DEV)/python -m operate.reconcile $(if $(PROJECT),--project "$(PROJECT)") $(ARGS)

.PHONY: offboard
offboard: ## let go of a project's AWS account, and forget the project: PROJECT=atlas YES=atlas [ARGS=…]
	$(PREPARE) dev
	@$(DEV)/python -m operate.offboard --project "$(PROJECT)" --yes "$(YES)" $(ARGS)

.PHONY: publish
publish: ## build the console and publish it where the stack says [ARGS="--stack stowage-test"]
	$(PREPARE) dev web
	@$(DEV)/python -m operate.console $(ARGS)

.PHONY: screenshots
screenshots: ## take the pictures of docs/console.md anew, in a Stowage of its own
	$(PREPARE) dev cloud sam node web browser
	@$(DEV)/python -m local.screenshots

.PHONY: format
format: ## format the Python code
	$(PREPARE) dev
	$(DEV)/ruff check --fix $(SOURCES)
	$(DEV)/ruff format $(SOURCES)

.PHONY: clean
clean: ## remove what was made here: environments, builds, the local cloud's data
	rm -rf .venv node_modules web/node_modules web/dist .aws-sam .local .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

-include package.mk
