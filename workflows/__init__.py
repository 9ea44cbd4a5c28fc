"""The state machines, written with the stepfunctions SDK and rendered to statemachines/."""
