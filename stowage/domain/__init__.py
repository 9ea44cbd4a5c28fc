"""The pure heart: resources, changes, locks, stack statuses, errors. No AWS, no environment, no clock."""
