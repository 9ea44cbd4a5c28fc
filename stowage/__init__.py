"""What api, tasks, listeners and operate share."""
