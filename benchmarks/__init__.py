"""What is measured, on one machine, and not tested: times depend on the machine."""
