"""One machine as a whole AWS: the local cloud, `make run`, the demo."""
