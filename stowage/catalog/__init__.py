"""The kinds a manager may ask for: one folder each."""
