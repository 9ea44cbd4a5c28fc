"""What AWS calls: stack events, ended executions, schedules."""
