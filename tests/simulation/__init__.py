"""A deterministic simulation: the rendered machine and the real tasks on a virtual clock, against fakes that fail."""
