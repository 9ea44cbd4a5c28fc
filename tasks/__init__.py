"""What states call: one file per Task state of a machine."""
