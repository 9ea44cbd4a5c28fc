# The functions' package, for `sam build`: SAM calls build-<logical id> once per function (Metadata.BuildMethod of
# template.yaml) and gives the folder to fill in ARTIFACTS_DIR. The first call makes the package, the others link to it.
# STOWAGE_TARGET=local|lambda says where it will run; without it, AWS_ENDPOINT_URL does (see operate/package.py).
PYTHON ?= python3

build-%:
	@$(PYTHON) -m operate.package "$(ARTIFACTS_DIR)" --target "$(STOWAGE_TARGET)" --endpoint "$(AWS_ENDPOINT_URL)"
